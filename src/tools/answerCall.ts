import {
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  filter,
  finalize,
  from,
  isObservable,
  map,
  type Observable,
  of,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';

import type { ToolCall } from '../completions/Completion.ts';
import type { Delta, ToolPlace } from '../deltas/Delta.ts';
import type { ToolAnswer } from '../dialects/Dialect.ts';
import { ToolError, type ToolErrorFields } from '../errors/ToolError.ts';
import { explainMismatch } from '../internal/explainMismatch.ts';
import { shortened } from '../errors/shortened.ts';
import type { Tool } from './tool.ts';
import { toolAnswer } from './toolAnswer.ts';

/** A call that waits for a person's word. */
export interface PendingCall {
  readonly callId: string;
  readonly toolName: string;
  /** The input, checked. */
  readonly input: unknown;
  /** The round of the answer that the call stands in, counted from 0. */
  readonly step: number;
}

/** The word itself; the model is told the reason of a no. */
export type Approval = boolean | { readonly isApproved: boolean; readonly reason?: string | undefined };

export interface AnswerCallOptions {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly step: number;
  readonly approve?: ((call: PendingCall) => Approval | PromiseLike<Approval> | Observable<Approval>) | undefined;
  readonly onToolError: 'tell-model' | 'error';
}

/** What becomes of a call: a delta for whoever watches and, with the last one, what the model is told. */
export interface CallNews {
  readonly delta: Delta;
  readonly answer?: ToolAnswer;
}

type Output<T> = T | PromiseLike<T> | Observable<T>;

const isPromise = (output: unknown): output is PromiseLike<unknown> =>
  typeof (output as { then?: unknown } | null | undefined)?.then === 'function';

const toObservable = <T>(output: Output<T>): Observable<T> => {
  if (isObservable(output)) return output;
  return isPromise(output) ? from(output) : of(output);
};

/** What is thrown by others, in words; anything may be, and some of it has none. */
const wordsOf = (error: unknown): string => {
  try {
    return (error instanceof Error ? error.message : String(error)) || 'it gave no reason';
  } catch {
    return 'it gave no reason';
  }
};

/** The word, if it is one: what only looks like a yes runs nothing. */
const readApproval = (approval: unknown): Exclude<Approval, boolean> => {
  if (typeof approval === 'boolean') return { isApproved: approval };
  if (typeof approval === 'object' && approval !== null && 'isApproved' in approval) {
    if (typeof approval.isApproved === 'boolean') return approval as Exclude<Approval, boolean>;
  }
  throw new TypeError('runTools: approve must answer with true, false, or an object that has isApproved');
};

/** One call on its way from the model's words to a result. */
class CallRun {
  readonly #call: ToolCall;
  readonly #place: ToolPlace;
  readonly #options: AnswerCallOptions;

  constructor(call: ToolCall, part: number, options: AnswerCallOptions) {
    this.#call = call;
    this.#place = { choice: 0, part, id: call.id, name: call.name };
    this.#options = options;
  }

  answer(): Observable<CallNews> {
    const { id: callId, name: toolName } = this.#call;
    const tool = this.#options.tools.get(toolName);
    if (tool === undefined) {
      const known = [...this.#options.tools.keys()].join(', ');
      return this.#fail({ reason: 'unknown-tool', problem: `there is no such tool; there is ${known || 'none'}` });
    }
    const input = this.#inputOf(tool);
    if (!('input' in input)) return this.#fail(input);
    const pending = { callId, toolName, input: input.input, step: this.#options.step };
    return this.#approval(pending).pipe(
      switchMap((approval) => {
        const { isApproved, reason } = readApproval(approval);
        if (isApproved) return this.#run(tool, pending);
        return of(this.#failure({ reason: 'denied', problem: `it was not approved${reason ? `: ${reason}` : ''}` }));
      }),
    );
  }

  /** The input of a call that may be run, or why it may not. */
  #inputOf(tool: Tool): { readonly input: unknown } | Pick<ToolErrorFields, 'reason' | 'problem'> {
    const call = this.#call;
    if (call.status === 'invalid') {
      return {
        reason: 'invalid-arguments',
        problem: `the arguments cannot be read as JSON: ${wordsOf(call.error.cause)}`,
      };
    }
    if (call.status !== 'complete') return { reason: 'cut-short', problem: 'the answer ended before it was whole' };
    try {
      const validation = tool.input.decode(call.arguments);
      if (validation._tag === 'Right') return { input: validation.right };
      const { path, problem } = explainMismatch(validation.left);
      return { reason: 'invalid-arguments', problem: `${path === '' ? 'the input' : shortened(path)} ${problem}` };
    } catch (error) {
      // A codec that calls itself may meet input that is too deep for it.
      return { reason: 'invalid-arguments', problem: `the input cannot be checked: ${wordsOf(error)}` };
    }
  }

  #approval(pending: PendingCall): Observable<Approval> {
    const { approve } = this.#options;
    if (approve === undefined) return of(true);
    // One that completes without a word has not approved.
    return defer(() => toObservable(approve(pending))).pipe(endWith(false), take(1));
  }

  #run(tool: Tool, { callId, input, step }: PendingCall): Observable<CallNews> {
    const started: CallNews = { delta: { type: 'tool-running', ...this.#place } };
    let result: unknown;
    const working = defer(() => {
      const controller = new AbortController();
      let isOver = false;
      const over = (): void => {
        isOver = true;
      };
      const output = tool.run(input, { callId, step, signal: controller.signal });
      return toObservable(output).pipe(
        tap({ next: (value) => (result = value), error: over, complete: over }),
        // A promise or a value is its own result, and no progress.
        filter(() => isObservable(output)),
        map((progress) => this.#progress(progress)),
        finalize(() => {
          if (!isOver) controller.abort();
        }),
      );
    });
    const done = defer(() => of(this.#done(result)));
    return concat(of(started), concat(working, done).pipe(catchError((error: unknown) => this.#failed(error))));
  }

  #progress(progress: unknown): CallNews {
    return { delta: { type: 'tool-running', ...this.#place, progress } };
  }

  #done(result: unknown): CallNews {
    const answer = toolAnswer(this.#call, { result });
    return { delta: { type: 'tool-result', ...this.#place, result }, answer };
  }

  #failed(cause: unknown): Observable<CallNews> {
    return this.#fail({ reason: 'failed', problem: wordsOf(cause) }, { cause });
  }

  #fail(why: Pick<ToolErrorFields, 'reason' | 'problem'>, options?: ErrorOptions): Observable<CallNews> {
    const news = this.#failure(why, options);
    const ending = this.#options.onToolError === 'error' ? throwError(() => news.delta.error) : EMPTY;
    return concat(of(news), ending);
  }

  #failure(
    why: Pick<ToolErrorFields, 'reason' | 'problem'>,
    options?: ErrorOptions,
  ): CallNews & { readonly delta: Extract<Delta, { type: 'tool-error' }> } {
    const { id: callId, name: toolName } = this.#call;
    const error = new ToolError({ ...why, toolName, callId }, options);
    const answer = toolAnswer(this.#call, { problem: why.problem });
    return { delta: { type: 'tool-error', ...this.#place, error }, answer };
  }
}

/**
 * Runs one of the model's calls, if it may be run: complete, for a tool that is there, with input that fits, approved.
 * Emits what becomes of it; the last value tells what the model is to hear.
 */
export const answerCall = (call: ToolCall, part: number, options: AnswerCallOptions): Observable<CallNews> =>
  defer(() => new CallRun(call, part, options).answer());
