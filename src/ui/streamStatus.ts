import { type OperatorFunction, startWith, type Subscriber } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate, type Stage } from '../internal/operate.ts';
import { LazyTimer } from './LazyTimer.ts';

/** What a user is waiting for, in a word. */
export type StreamStatus =
  'connecting' | 'waiting' | 'thinking' | 'streaming' | 'stalled' | 'retrying' | 'resuming' | 'ended' | 'failed';

export interface StreamStatusOptions {
  /** How long nothing may come before that is told, in milliseconds; `Infinity` for never. @defaultValue 10_000 */
  readonly stalledAfterMs?: number | undefined;
}

/** The status that a delta brings; `undefined` where it brings no other. */
const statusOf = (delta: Delta): StreamStatus | undefined => {
  switch (delta.type) {
    case 'start':
      return 'waiting';
    case 'reasoning':
      return 'thinking';
    case 'text':
    case 'refusal':
    case 'tool-call':
    case 'audio':
      return 'streaming';
    case 'retry':
      return 'retrying';
    case 'resume':
      return 'resuming';
    case 'end':
      return 'ended';
    default:
      return undefined;
  }
};

/** How long what is under way was announced to last, in milliseconds; `undefined` where nothing was. */
const waitMsOf = (delta: Delta): number | undefined =>
  delta.type === 'retry' || delta.type === 'resume' ? delta.delayMs : undefined;

/** Writes the statuses behind the first. */
const tellStatus = (out: Subscriber<StreamStatus>, stalledAfterMs: number): Stage<Delta> => {
  let status: StreamStatus = 'connecting';
  let shown: StreamStatus = status;
  /** Whether a wait is under way that was announced: it does not stall, but what comes after it may. */
  let isWait = false;

  const show = (next: StreamStatus): void => {
    if (next === shown) return;
    shown = next;
    out.next(next);
  };
  const clock = new LazyTimer(() => {
    if (isWait) {
      isWait = false;
      clock.set(stalledAfterMs);
      show(status === 'retrying' ? 'connecting' : status);
    } else show('stalled');
  });

  out.add(() => {
    clock.stop();
  });
  clock.set(stalledAfterMs);
  return {
    next(delta) {
      status = statusOf(delta) ?? status;
      const waitMs = waitMsOf(delta);
      isWait = waitMs !== undefined;
      if (status === 'ended') clock.stop();
      else clock.set(waitMs ?? stalledAfterMs);
      show(status);
    },
    error() {
      show('failed');
      out.complete();
    },
  };
};

/**
 * What a user is waiting for, in a word, for a line above an answer.
 *
 * `connecting` until the answer has a name, `waiting` until its first token, `thinking` or `streaming` as tokens come,
 * `stalled` while nothing does, `retrying` during the wait before another attempt (then `connecting` again), `resuming` from
 * the wait before a resumption to its first token, then `ended` or `failed`.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<StreamStatus>`, without repetitions; `connecting` at once
 * - **Time:** `stalled` after `stalledAfterMs` without a delta; the next delta brings the status back
 * - **Errors:** none: an error of the source is the status `failed`. Handle the error itself where the answer is shown
 * - **Completes:** with the source
 *
 * ```
 * deltas  --s---r--t--t-------t--e|      s: start   r: reasoning   t: text
 * status  c-w---h--s------!---s--(e|)    h: thinking   !: stalled
 * ```
 *
 * @example From the first request to the end
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs';
 * import { streamDeltas, streamStatus } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ reasoning: 'Hm.', text: 'Yes.' }) }] });
 * const deltas$ = streamDeltas(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } });
 *
 * await lastValueFrom(deltas$.pipe(streamStatus(), toArray()));
 * // => ['connecting', 'waiting', 'thinking', 'streaming', 'ended']
 * ```
 *
 * @category ui
 * @since 0.1.0
 */
export function streamStatus({ stalledAfterMs = 10_000 }: StreamStatusOptions = {}): OperatorFunction<
  Delta,
  StreamStatus
> {
  checkOption('limitMs', 'stalledAfterMs', stalledAfterMs);
  return (source) =>
    source.pipe(
      operate<Delta, StreamStatus>((out) => tellStatus(out, stalledAfterMs)),
      startWith<StreamStatus>('connecting'),
    );
}
