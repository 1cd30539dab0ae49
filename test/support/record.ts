import { config, type Observable } from 'rxjs';

/** What a synchronous stream gave, and how it ended. */
export interface Recorded<T> {
  readonly values: readonly T[];
  readonly ending: 'complete' | 'error' | 'none';
  readonly error?: unknown;
}

/** Subscribes, writes down what comes of it at once, and leaves. */
export const record = <T>(source: Observable<T>): Recorded<T> => {
  const values: T[] = [];
  let end: Omit<Recorded<T>, 'values'> = { ending: 'none' };
  const subscription = source.subscribe({
    next: (value) => values.push(value),
    error: (error: unknown) => (end = { ending: 'error', error }),
    complete: () => (end = { ending: 'complete' }),
  });
  subscription.unsubscribe();
  return { values, ...end };
};

/** Counts what a consumer takes from an endless synchronous source. */
export const endless = <T>(value: T): { readonly source: Iterable<T>; readonly pulled: () => number } => {
  let pulled = 0;
  return {
    source: (function* () {
      for (;;) {
        pulled += 1;
        yield value;
      }
    })(),
    pulled: () => pulled,
  };
};

/** What `work` throws; `undefined` when it does not. */
export const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** Fails the suite that calls it if RxJS has an error that nobody took. */
export const expectNoUncaughtError = (): void => {
  const uncaught: unknown[] = [];
  beforeAll(() => {
    config.onUnhandledError = (error) => uncaught.push(error);
  });
  afterAll(async () => {
    // RxJS reports them from a timer.
    await new Promise((resolve) => setTimeout(resolve, 1));
    config.onUnhandledError = null;
    expect(uncaught).toEqual([]);
  });
};
