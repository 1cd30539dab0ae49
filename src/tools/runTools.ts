import {
  concat,
  defer,
  EMPTY,
  filter,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  repeat,
  takeWhile,
  tap,
  throwError,
} from 'rxjs';

import { answerLimiter } from '../completions/answerLimiter.ts';
import type { Completion, Part, ToolCall } from '../completions/Completion.ts';
import { reduceDelta } from '../completions/reduceDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect, ToolAnswer } from '../dialects/Dialect.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { LimitError } from '../errors/LimitError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import { within } from '../pipeline/within.ts';
import { answerCall, type AnswerCallOptions } from './answerCall.ts';
import { sendablePart } from './sendablePart.ts';
import type { Tool } from './tool.ts';

export interface RunToolsOptions extends Pick<AnswerCallOptions, 'approve'> {
  /** Requests in all: the first, and one for each round of tool calls. @defaultValue 10 */
  readonly maxSteps?: number | undefined;
  /** How many calls of a step are under way at the same time: running, or waiting for `approve`. @defaultValue 8 */
  readonly concurrency?: number | undefined;
  /**
   * What to do about a call that cannot be run (cut off, invalid, of an unknown tool) or whose tool failed: tell the model,
   * which may then do better, or end the stream with a `ToolError`. @defaultValue 'tell-model'
   */
  readonly onToolError?: AnswerCallOptions['onToolError'] | undefined;
}

interface PlacedCall {
  readonly call: ToolCall;
  readonly part: number;
}

/** The calls of an answer that are for this program; those of the provider's own server are its own affair. */
const clientCalls = (parts: readonly Part[]): readonly PlacedCall[] =>
  parts.flatMap((call, part) => (call.kind === 'tool-call' && call.executedBy === 'client' ? [{ call, part }] : []));

/** Whether the model waits for something: it paused, or wants to hear what became of its calls. */
const goesOn = ({ finishReason }: Completion, calls: readonly PlacedCall[]): boolean =>
  finishReason === 'pause' || (calls.length > 0 && ['tool-calls', 'stop', 'length'].includes(finishReason ?? ''));

const toolsByName = (tools: readonly Tool[]): ReadonlyMap<string, Tool> => {
  // Callers without types pass all sorts of things.
  if (
    !tools.every(({ input, run }: Partial<Tool>) => typeof input?.decode === 'function' && typeof run === 'function')
  ) {
    throw new InvalidOptionError('tools', 'must be made by tool(): each has an input and a run');
  }
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size < tools.length) throw new InvalidOptionError('tools', 'must have a name of their own each');
  return byName;
};

/**
 * Streams an answer, runs the tools that the model calls, sends their results back, and goes on until it is done.
 *
 * Only calls that are complete and whose input fits are run. Those of the provider's own server are shown, never run. The
 * answer goes back to the model whole, sealed reasoning included.
 *
 * - **Shape:** a dialect, a request and tools to `Observable<Delta>`: the deltas of all steps, each from `start` with its
 *   `step` to `step-end`, the runs of its tools (`tool-running`, then `tool-result` or `tool-error`) behind its answer; one
 *   `end`. Behind it `accumulateDelta` makes one completion of them all
 * - **Time:** the clocks in `timeouts` hold for each request; `totalMs` for all of it, tools and approvals included. Tools of
 *   a step run at the same time; no clock of ours runs while `approve` waits for a person
 * - **Memory:** the answer of one step, the messages so far; `limits` bound the whole of what is shown
 * - **Errors:** any `StreamError`; `ToolError` where `onToolError` says so; `LimitError` when the model still calls tools in
 *   the last of `maxSteps`. `InvalidOptionError` thrown at the call
 * - **Completes:** after `end`, once the model asks for nothing more
 * - **Unsubscribe:** closes the request, unsubscribes from tools that are Observables, aborts the `signal` of the others
 *
 * @example A question that takes a tool
 * ```ts
 * import * as t from 'io-ts';
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, lastCompletion, runTools, tool } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: [
 *     { deltas: answer({ toolCalls: [{ id: 'c1', name: 'get_weather', arguments: '{"city":"Rome"}' }] }) },
 *     { deltas: answer({ text: 'It is sunny in Rome.' }) },
 *   ],
 * });
 * const weather = tool({
 *   name: 'get_weather',
 *   description: 'The weather in a city, now',
 *   input: t.type({ city: t.string }),
 *   run: async ({ city }) => `sunny in ${city}`,
 * });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'How is the weather in Rome?' }] };
 * const deltas$ = runTools(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body }, [weather]);
 * const { text, toolCalls } = await lastValueFrom(deltas$.pipe(accumulateDelta(), lastCompletion()));
 *
 * text; // => 'It is sunny in Rome.'
 * toolCalls[0]?.run; // => { status: 'done', result: 'sunny in Rome' }
 * ```
 *
 * @category tools
 * @since 0.1.0
 */
export function runTools<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  request: StreamOptions<Body>,
  tools: readonly Tool[],
  { maxSteps = 10, concurrency = 8, onToolError = 'tell-model', approve }: RunToolsOptions = {},
): Observable<Delta> {
  checkOption('bound', 'maxSteps', maxSteps);
  checkOption('bound', 'concurrency', concurrency);
  checkOneOf('onToolError', onToolError, ['tell-model', 'error']);
  const { signal, timeouts = {}, limits } = request;
  const byName = toolsByName(tools);
  if (approve !== undefined && typeof approve !== 'function')
    throw new InvalidOptionError('approve', 'must be a function');
  const firstBody = (tools.length === 0 ? request.body : dialect.withTools(request.body, tools)) as Body;
  // What is around a request is, here, around all of them.
  const answerTo = (body: Body): Observable<Delta> =>
    streamDeltas(dialect, { ...request, body, signal: undefined, timeouts: { ...timeouts, totalMs: Infinity } });
  // Mistakes in the request are thrown here and now.
  void answerTo(firstBody);
  if (dialect.expectedChoices(firstBody) !== 1) {
    throw new InvalidOptionError('body', 'must ask for one answer: tools are run for one');
  }

  return defer(() => {
    const checkLimits = answerLimiter(limits);
    let body = firstBody;
    let step = 0;

    /** A request and its answer, the runs of its tools, and the end of the step; `body` and `step` are then the next one's. */
    const oneStep = (): Observable<Delta> => {
      let answer: Completion | undefined;
      const deltas = answerTo(body).pipe(
        map((delta) => (delta.type === 'start' ? { ...delta, step } : delta)),
        tap((delta) => {
          checkLimits(delta);
          // By itself, the answer of a step is that of a first one.
          answer = reduceDelta(answer, delta.type === 'start' ? { ...delta, step: 0 } : delta);
        }),
        filter(({ type }) => type !== 'end'),
      );
      return concat(
        deltas,
        defer(() => answered(answer as Completion)),
      );
    };

    const answered = (answer: Completion): Observable<Delta> => {
      const parts = answer.choices[0].parts.map(sendablePart);
      const calls = clientCalls(parts);
      const isLast = !goesOn(answer, calls);
      if (!isLast && step + 1 >= maxSteps) return throwError(() => new LimitError('maxSteps', maxSteps));
      const answers = new Map<ToolCall, ToolAnswer>();
      const next = (): Observable<Delta> => {
        if (isLast) return of<Delta>({ type: 'end' });
        const inOrder = calls.map(({ call }) => answers.get(call) as ToolAnswer);
        body = dialect.nextStep(body, parts, inOrder) as Body;
        step += 1;
        return EMPTY;
      };
      return concat(runs(calls, answers), of<Delta>({ type: 'step-end', step }), defer(next));
    };

    /** What becomes of the calls of a step; `answers` gets what the model is told. */
    const runs = (calls: readonly PlacedCall[], answers: Map<ToolCall, ToolAnswer>): Observable<Delta> =>
      from(calls).pipe(
        mergeMap(
          ({ call, part }) => answerCall(call, part, { tools: byName, step, approve, onToolError }),
          concurrency,
        ),
        tap(({ answer: told }) => told && answers.set(told.call, told)),
        map(({ delta }) => delta),
        tap(checkLimits),
      );

    return defer(oneStep).pipe(
      // One after the other, and not within one another: there may be any number of steps.
      repeat(),
      takeWhile(({ type }) => type !== 'end', true),
    );
  }).pipe(
    // No single answer of them makes the whole end early in good order.
    within(timeouts.totalMs ?? Infinity, Infinity),
    abortedBy(signal),
  );
}
