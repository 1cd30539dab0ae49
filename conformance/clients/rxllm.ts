import { Subscription, takeWhile } from 'rxjs';

import type { Completion } from '../../src/completions/Completion.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { isStreamError } from '../../src/errors/StreamError.ts';
import { streamCompletion } from '../../src/pipeline/streamCompletion.ts';
import type { StreamOptions } from '../../src/pipeline/StreamOptions.ts';
import { leaveAfterMs } from '../catalogue/leavingCases.ts';
import { caseHeader, type FaultCase, type Mode } from '../faults/FaultCase.ts';
import type { Outcome, Seen } from '../faults/judge.ts';
import type { CaseRunner } from '../faults/runTrials.ts';
import type { ConformanceClient } from './ConformanceClient.ts';

/** Waits that are short enough for a test, and long enough for what a server asks. */
const waits = { firstDelayMs: 4, maxDelayMs: 3_000 };

const byMode: Readonly<Record<Mode, Pick<StreamOptions<never>, 'retry' | 'resume'>>> = {
  plain: { retry: false },
  retry: { retry: waits },
  resume: { retry: waits, resume: waits },
};

const seenIn = ({ text, toolCalls, usage, choices }: Completion): Seen => ({
  text,
  runnable: toolCalls.flatMap((call) =>
    call.status === 'complete' ? [{ name: call.name, arguments: call.arguments }] : [],
  ),
  usage: usage && { inputTokens: usage.inputTokens ?? NaN, outputTokens: usage.outputTokens ?? NaN },
  others: choices.slice(1).map((choice) => choice.text),
});

const withoutVersion = ['anthropic-messages', 'ollama'];

const bodyOf = ({ dialect, choices }: FaultCase): object => {
  if (dialect.name === 'gemini') return { model: 'm', contents: [{ role: 'user', parts: [{ text: 'Go' }] }] };
  if (dialect.name === 'openai-responses') return { model: 'm', input: 'Go' };
  const body = { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'Go' }] };
  return choices === undefined ? body : { ...body, n: choices };
};

/** The request of a case. */
export const optionsOf = (
  faultCase: FaultCase,
  origin: string,
  mode: Mode,
  fetch?: typeof globalThis.fetch,
): StreamOptions<never> => ({
  fetch,
  baseUrl: withoutVersion.includes(faultCase.dialect.name) ? origin : `${origin}/v1`,
  apiKey: 'none',
  headers: { [caseHeader]: faultCase.id },
  timeouts: {
    connectMs: faultCase.clocks.connectMs,
    firstFrameMs: faultCase.clocks.silenceMs,
    idleMs: faultCase.clocks.silenceMs,
    firstTokenMs: faultCase.clocks.stallMs,
    stalledMs: faultCase.clocks.stallMs,
  },
  ...byMode[mode],
  body: bodyOf(faultCase) as never,
});

/** `streamCompletion`, every completion of it looked at; over Node's own `fetch` unless told otherwise. */
export const rxllmClient =
  (mode: Mode, fetch?: typeof globalThis.fetch): CaseRunner =>
  (faultCase, origin, signal) =>
    new Promise<Outcome>((resolve) => {
      const shown: Seen[] = [];
      let isWhole = false;
      let timer: NodeJS.Timeout | undefined;
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const subscription = new Subscription();
      const leave = (): void => {
        subscription.unsubscribe();
        settle({ ending: 'left', shown });
      };
      const options = optionsOf(faultCase, origin, mode, fetch);
      const completion$ = streamCompletion(faultCase.dialect, options).pipe(
        takeWhile(({ text }) => faultCase.leave !== 'break' || text === '', true),
      );
      subscription.add(
        completion$.subscribe({
          next: (completion) => {
            shown.push(seenIn(completion));
            isWhole = completion.ended;
            if (faultCase.leave === 'in-text' && completion.text !== '') leave();
          },
          error: (error: unknown) => {
            const partial = isStreamError(error) ? error.partial : undefined;
            settle({
              ending: 'error',
              shown,
              isTyped: isStreamError(error),
              error: isStreamError(error) ? error._tag : String(error),
              partial: partial ? seenIn(partial) : shown.length > 0 ? 'missing' : undefined,
            });
          },
          complete: () => {
            // A completion that does not say it is whole must not be the last word.
            if (faultCase.leave === 'break') settle({ ending: 'left', shown });
            else settle({ ending: 'complete', shown: isWhole ? shown : [] });
          },
        }),
      );
      if (faultCase.leave === 'before-head') timer = setTimeout(leave, leaveAfterMs);
      signal.addEventListener('abort', () => {
        subscription.unsubscribe();
      });
    });

const uses: readonly (Pick<ConformanceClient, 'id' | 'title' | 'how'> & { readonly mode: Mode })[] = [
  {
    id: 'rxllm',
    title: 'rxllm',
    how:
      '`streamCompletion` as it is, every completion looked at; calls with the status `complete` are run. Two retries before the first token ' +
      'are its default (their waits shortened here); its clocks, four and five minutes by default, are set; left by `unsubscribe()`. What ' +
      'arrived before an error is `error.partial`.',
    mode: 'retry',
  },
  {
    id: 'rxllm-resume',
    title: 'rxllm, `resume`',
    how:
      'The same with `resume: true`, which is off by default: it asks the model to go on where the stream dropped, and so pays for a second ' +
      'request. The server here goes on exactly where it was; a model may not.',
    mode: 'resume',
  },
];

/** rxllm, for one dialect. */
export const rxllmClients = ({ name }: Pick<Dialect, 'name'>): readonly ConformanceClient[] =>
  uses.map(({ mode, ...use }) => ({ ...use, packages: [], dialect: name, run: rxllmClient(mode) }));
