import {
  catchError,
  concat,
  distinctUntilChanged,
  EMPTY,
  endWith,
  map,
  NEVER,
  type Observable,
  of,
  type OperatorFunction,
  scan,
  startWith,
  switchMap,
  timer,
} from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { checkOption } from '../internal/checkOption.ts';

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

/** A status, and how long it was announced to last, in milliseconds. */
interface Phase {
  readonly status: StreamStatus;
  readonly waitMs: number | undefined;
}

const phaseOf = ({ status }: Phase, delta: Delta): Phase => ({
  status: statusOf(delta) ?? status,
  waitMs: delta.type === 'retry' || delta.type === 'resume' ? delta.delayMs : undefined,
});

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
  const stalled = stalledAfterMs < 2 ** 31 ? timer(stalledAfterMs).pipe(map((): StreamStatus => 'stalled')) : NEVER;
  /** A phase as it passes: a wait that was announced does not stall, but what comes after it may. */
  const passing = ({ status, waitMs }: Phase): Observable<StreamStatus> => {
    if (status === 'ended' || status === 'failed') return of(status);
    if (waitMs === undefined) return concat(of(status), stalled);
    const after = timer(waitMs).pipe(map((): StreamStatus => (status === 'retrying' ? 'connecting' : status)));
    return concat(of(status), after, stalled);
  };
  return (source) =>
    source.pipe(
      scan(phaseOf, { status: 'connecting', waitMs: undefined }),
      startWith<Phase>({ status: 'connecting', waitMs: undefined }),
      catchError(() => of<Phase>({ status: 'failed', waitMs: undefined })),
      // The end of the source stops the clock, also where no delta told of it.
      endWith(undefined),
      switchMap((phase) => (phase === undefined ? EMPTY : passing(phase))),
      distinctUntilChanged(),
    );
}
