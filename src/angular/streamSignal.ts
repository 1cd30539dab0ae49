import { isPlatformServer } from '@angular/common';
import {
  assertInInjectionContext,
  computed,
  DestroyRef,
  inject,
  Injector,
  NgZone,
  PLATFORM_ID,
  type Signal,
  signal,
  untracked,
} from '@angular/core';
import { takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { type Observable, of, Subject, switchMap, throwError } from 'rxjs';

import type { BufferForUiOptions } from '../ui/bufferForUi.ts';
import { LLM_STAND_IN } from './LLM_STAND_IN.ts';
import { paintedBy } from './paintedBy.ts';
import { idleState, type StreamState } from './StreamState.ts';
import { streamStates } from './streamStates.ts';

export interface StreamSignalOptions {
  /** Where to inject from; the stream ends with it. @defaultValue the current injection context */
  readonly injector?: Injector | undefined;
  /** How often the signal changes at most, as for `bufferForUi`; `false` for every value. @defaultValue once per frame */
  readonly paint?: BufferForUiOptions | false | undefined;
}

/** A stream as a signal. */
export interface StreamSignal<T> extends Signal<StreamState<T>> {
  /** Leaves the stream; what came of it stays. */
  stop(): void;
  /** Subscribes anew, whatever became of the stream so far. */
  restart(): void;
}

type Source<T> = Observable<T> | undefined;

/** A function that gives streams as a signal of them; what it throws is what the stream ends in. */
const streamsOf = <T>(source: () => Source<T>): Signal<Source<T>> =>
  computed(() => {
    try {
      return source();
    } catch (error) {
      return throwError(() => error);
    }
  });

/**
 * A stream as a signal: its last value, how things stand, and the error, should there be one. Reading it never throws.
 *
 * - **Shape:** an Observable, or a function that reads signals and gives one (or `undefined` for none); when those change, what it
 *   gives then replaces what was there. Needs an injection context, or an `injector`
 * - **Time:** an Observable is subscribed to at once, what a function gives with the next change detection; new values once per frame,
 *   or as `paint` says, the last one before the stream ends
 * - **Errors:** none: an error is a status, and the value stays. `InvalidOptionError` thrown at the call
 * - **Unsubscribe:** with the component or service; before, with `stop()`
 *
 * @example An answer as it grows
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectLlm, streamSignal } from 'rxllm/angular';
 * import { fakeLlm } from 'rxllm/angular/testing';
 *
 * const llm = fakeLlm();
 * TestBed.configureTestingModule({ providers: [llm.provider] });
 * const messages = [{ role: 'user', content: 'Hi' }];
 * const answer = TestBed.runInInjectionContext(() => streamSignal(injectLlm().completion({ messages })));
 *
 * answer().status; // => 'connecting'
 * llm.text('Hel');
 * llm.text('lo');
 * answer().value?.text; // => 'Hello'
 * answer.stop();
 * answer().status; // => 'stopped'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function streamSignal<T>(
  source: Observable<T> | (() => Observable<T> | undefined),
  { injector: given, paint }: StreamSignalOptions = {},
): StreamSignal<T> {
  if (given === undefined) assertInInjectionContext(streamSignal);
  paintedBy(paint);
  const injector = given ?? inject(Injector);
  const painted = paintedBy<T>(injector.get(LLM_STAND_IN, null)?.paint ?? paint);
  const zone = injector.get(NgZone);
  const destroyRef = injector.get(DestroyRef);
  const isServer = isPlatformServer(injector.get(PLATFORM_ID));
  const state = signal<StreamState<T>>(idleState);
  const stopped = new Subject<void>();
  const runs = new Subject<Source<T>>();
  let current: Source<T>;

  const show = (next: StreamState<T>): void => {
    // On a server, that is what becomes of a stream which sends nothing there.
    const isSilent = isServer && next.status === 'done' && next.value === undefined;
    state.set(isSilent ? idleState : next);
  };
  const fail = (error: unknown): void => {
    state.update(({ value }) => ({ value, status: 'error', error }));
  };
  const run = (next: Source<T>): void => {
    current = next;
    untracked(() => {
      zone.runOutsideAngular(() => {
        runs.next(next);
      });
    });
  };
  const stop = (): void => {
    stopped.next();
  };

  // Before the streams themselves hear of it, for which it would be their end.
  destroyRef.onDestroy(stop);
  runs
    .pipe(
      switchMap((next) => (next === undefined ? of(idleState) : streamStates(next, painted, stopped))),
      takeUntilDestroyed(destroyRef),
    )
    .subscribe({ next: show, error: fail });

  const streams = typeof source === 'function' ? streamsOf(source) : undefined;
  if (streams === undefined) run(source as Observable<T>);
  else {
    toObservable(streams, { injector }).subscribe({
      next: (next) => {
        if (next !== current) run(next);
      },
      error: fail,
    });
  }
  const restart = (): void => {
    run(streams === undefined ? current : untracked(streams));
  };
  return Object.assign(state.asReadonly(), { stop, restart });
}
