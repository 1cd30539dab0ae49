import { computed, type NgZone, signal } from '@angular/core';
import {
  connect,
  defer,
  EMPTY,
  ignoreElements,
  merge,
  type Observable,
  type OperatorFunction,
  Subject,
  takeUntil,
  tap,
} from 'rxjs';

import { accumulateDelta, type AccumulateDeltaOptions } from '../completions/accumulateDelta.ts';
import type { Completion } from '../completions/Completion.ts';
import { cutToolCallsShort } from '../completions/settleToolCalls.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { BufferForUiOptions } from '../ui/bufferForUi.ts';
import type { StreamProgress } from '../ui/StreamProgress.ts';
import { type StreamStatus, streamStatus } from '../ui/streamStatus.ts';
import { trackProgress, type TrackProgressOptions } from '../ui/trackProgress.ts';
import type { ChatRetry, ChatStatus } from './Chat.ts';
import { ChatApprovals } from './ChatApprovals.ts';
import type { ChatEntry } from './ChatEntry.ts';
import { emittedOutside } from './emittedOutside.ts';
import { paintedBy } from './paintedBy.ts';

export interface ChatAnswerOptions extends TrackProgressOptions {
  readonly paint: BufferForUiOptions | false;
  readonly limits: AccumulateDeltaOptions | undefined;
  readonly zone: NgZone;
}

type Outcome = 'done' | 'stopped' | 'error';
type Phase = Exclude<StreamStatus, 'ended' | 'failed'>;

const without = (parts: ReadonlySet<number>, part: number): ReadonlySet<number> =>
  new Set([...parts].filter((one) => one !== part));

/** One answer, from the request for it to its end, and all that is told of it meanwhile. */
export class ChatAnswer {
  readonly entry: ChatEntry;
  readonly approvals: ChatApprovals;
  readonly #options: ChatAnswerOptions;
  readonly #phase = signal<Phase>('connecting');
  readonly #outcome = signal<Outcome | undefined>(undefined);
  readonly #retry = signal<ChatRetry | undefined>(undefined);
  /** The parts of this step whose tools run. */
  readonly #running = signal<ReadonlySet<number>>(new Set());
  readonly #stop$ = new Subject<void>();
  #isOver = false;
  #completion: Completion | undefined;
  #progress: StreamProgress | undefined;

  readonly retry = this.#retry.asReadonly();
  readonly isBusy = computed(() => this.#outcome() === undefined);
  readonly status = computed<ChatStatus>(() => {
    const outcome = this.#outcome();
    if (outcome !== undefined) return outcome;
    if (this.approvals.list().length > 0) return 'awaiting-approval';
    return this.#running().size > 0 || this.approvals.isAsking() ? 'running-tools' : this.#phase();
  });

  constructor(entry: ChatEntry, options: ChatAnswerOptions) {
    this.entry = entry;
    this.approvals = new ChatApprovals(options.zone);
    this.#options = options;
  }

  /** Asks for the answer; `onEnd` hears when it has come to its end by itself. */
  begin(ask: () => Observable<Delta>, onEnd: () => void): void {
    if (this.#isOver) return;
    defer(() => {
      const deltas = ask();
      // A function that says what to ask for may have put an end to it.
      return this.#isOver ? EMPTY : deltas;
    })
      .pipe(emittedOutside(this.#options.zone), this.#told(), takeUntil(this.#stop$))
      .subscribe({
        error: (error: unknown) => {
          if (this.#settle('error', error)) onEnd();
        },
        complete: () => {
          // Without its end it has been left: the place where it was shown is no more.
          const isWhole = this.#completion?.ended === true;
          if (this.#settle(isWhole ? 'done' : 'stopped') && isWhole) onEnd();
        },
      });
  }

  /** Ends the answer, with what there is of it; returns whether it was under way. */
  stop(): boolean {
    const isStopped = this.#settle('stopped');
    this.#stop$.next();
    return isStopped;
  }

  /** Reads the one stream in three ways: what it does, at once; how it fares; what it says, for each paint. */
  #told(): OperatorFunction<Delta, never> {
    const { limits, countTokens, paint } = this.#options;
    return connect((deltas) => {
      // The last is kept from before the paint, so that it is there whenever the end comes.
      const said = deltas.pipe(
        accumulateDelta(limits),
        tap((completion) => (this.#completion = completion)),
      );
      const progress = deltas.pipe(
        trackProgress({ countTokens }),
        tap((news) => (this.#progress = news)),
      );
      return merge(
        // First, so that an error comes as it is: those behind it change it, or keep it.
        deltas.pipe(
          tap((delta) => {
            this.#note(delta);
          }),
        ),
        deltas.pipe(
          streamStatus(),
          tap((status) => {
            this.#enter(status);
          }),
        ),
        merge(said, progress).pipe(
          paintedBy(paint),
          tap(() => {
            this.entry.show(this.#completion, this.#progress);
          }),
        ),
      ).pipe(ignoreElements());
    });
  }

  #note(delta: Delta): void {
    switch (delta.type) {
      case 'retry': {
        const { attempt, delayMs, error } = delta;
        this.#retry.set({ attempt, delayMs, atMs: Date.now() + delayMs, error });
        return;
      }
      case 'tool-running':
        this.#running.update((parts) => (parts.has(delta.part) ? parts : new Set([...parts, delta.part])));
        return;
      case 'tool-result':
      case 'tool-error':
        this.#running.update((parts) => without(parts, delta.part));
        return;
      case 'step-end':
        this.#phase.set('connecting');
        return;
      default:
        return;
    }
  }

  #enter(status: StreamStatus): void {
    if (status !== 'retrying') this.#retry.set(undefined);
    if (status !== 'ended' && status !== 'failed') this.#phase.set(status);
  }

  #settle(outcome: Outcome, error?: unknown): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const completion = this.#completion;
    const isCut = outcome !== 'done' && completion !== undefined;
    this.entry.show(isCut ? cutToolCallsShort(completion) : completion, this.#progress);
    this.entry.end(outcome, error);
    this.#retry.set(undefined);
    this.#outcome.set(outcome);
    return true;
  }
}
