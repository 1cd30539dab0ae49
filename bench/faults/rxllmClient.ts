import type { Completion } from '../../src/completions/Completion.ts';
import { isStreamError } from '../../src/errors/StreamError.ts';
import { streamCompletion } from '../../src/pipeline/streamCompletion.ts';
import type { StreamOptions } from '../../src/pipeline/StreamOptions.ts';
import { caseHeader, type FaultCase, type Mode } from './FaultCase.ts';
import type { Outcome, Seen } from './judge.ts';
import type { CaseRunner } from './runTrials.ts';

/** Waits that are short enough for a test, and long enough for what a server asks. */
const waits = { firstDelayMs: 4, maxDelayMs: 3_000 };

const byMode: Readonly<Record<Mode, Pick<StreamOptions<never>, 'retry' | 'resume'>>> = {
  plain: { retry: false },
  retry: { retry: waits },
  resume: { retry: waits, resume: waits },
};

const seenIn = ({ text, toolCalls }: Completion): Seen => ({
  text,
  runnable: toolCalls.flatMap((call) =>
    call.status === 'complete' ? [{ name: call.name, arguments: call.arguments }] : [],
  ),
});

/** The request of a case. */
export const optionsOf = (
  { id, dialect, clocks }: FaultCase,
  origin: string,
  mode: Mode,
  fetch?: typeof globalThis.fetch,
): StreamOptions<never> => ({
  fetch,
  baseUrl: ['anthropic-messages', 'ollama'].includes(dialect.name) ? origin : `${origin}/v1`,
  apiKey: 'none',
  headers: { [caseHeader]: id },
  timeouts: {
    connectMs: clocks.connectMs,
    firstFrameMs: clocks.silenceMs,
    idleMs: clocks.silenceMs,
    firstTokenMs: clocks.stallMs,
    stalledMs: clocks.stallMs,
  },
  ...byMode[mode],
  body: { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'Go' }] } as never,
});

/** `streamCompletion`, every completion of it looked at; over Node's own `fetch` unless told otherwise. */
export const rxllmClient =
  (mode: Mode, fetch?: typeof globalThis.fetch): CaseRunner =>
  (faultCase, origin, signal) =>
    new Promise<Outcome>((resolve) => {
      const shown: Seen[] = [];
      let isWhole = false;
      const subscription = streamCompletion(faultCase.dialect, optionsOf(faultCase, origin, mode, fetch)).subscribe({
        next: (completion) => {
          shown.push(seenIn(completion));
          isWhole = completion.ended;
        },
        error: (error: unknown) => {
          const partial = isStreamError(error) ? error.partial : undefined;
          resolve({
            ending: 'error',
            shown,
            isTyped: isStreamError(error),
            error: isStreamError(error) ? error._tag : String(error),
            partial: partial ? seenIn(partial) : shown.length > 0 ? 'missing' : undefined,
          });
        },
        complete: () => {
          // A completion that does not say it is whole must not be the last word.
          resolve({ ending: 'complete', shown: isWhole ? shown : [] });
        },
      });
      signal.addEventListener('abort', () => {
        subscription.unsubscribe();
      });
    });
