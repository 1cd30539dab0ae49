import { type Observable, Subscription } from 'rxjs';

import { bufferForUi, type BufferForUiOptions } from '../../src/index.ts';

/** What a component shows of a stream. An error keeps the value: half an answer is better than none. */
export interface StreamState<T> {
  readonly value: T | undefined;
  readonly status: 'idle' | 'connecting' | 'streaming' | 'done' | 'stopped' | 'error';
  readonly error: unknown;
}

/** A stream in the form that `useSyncExternalStore` wants. */
export class StreamStore<T> {
  readonly #source$: Observable<T>;
  readonly #listeners = new Set<() => void>();
  #state: StreamState<T> = { value: undefined, status: 'idle', error: undefined };
  #running = Subscription.EMPTY;

  constructor(source$: Observable<T>, paint?: BufferForUiOptions) {
    // The latest value for each paint, so that React renders once for it.
    this.#source$ = source$.pipe(bufferForUi(paint));
  }

  /** The state now; the same object until something changes. */
  readonly getSnapshot = (): StreamState<T> => this.#state;

  /** The first listener starts the stream; when the last has gone, it is left. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#state.status === 'idle') this.#start();
    return () => {
      this.#listeners.delete(listener);
      // StrictMode unsubscribes and subscribes again at once; that must not cost a second request.
      setTimeout(() => {
        if (this.#listeners.size === 0) this.stop();
      });
    };
  };

  /** Closes the connection, and keeps what has come. */
  readonly stop = (): void => {
    if (this.#running.closed) return;
    this.#running.unsubscribe();
    this.#set({ status: 'stopped' });
  };

  #start(): void {
    this.#set({ status: 'connecting' });
    this.#running = this.#source$.subscribe({
      next: (value) => {
        this.#set({ status: 'streaming', value });
      },
      error: (error: unknown) => {
        this.#set({ status: 'error', error });
      },
      complete: () => {
        this.#set({ status: 'done' });
      },
    });
  }

  #set(change: Partial<StreamState<T>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
