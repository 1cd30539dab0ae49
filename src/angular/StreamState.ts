/** A stream as it can be shown: what came last, and how things stand. */
export interface StreamState<T> {
  /** The last value, also after an error or a stop; `undefined` before the first. */
  readonly value: T | undefined;
  readonly status: 'idle' | 'connecting' | 'streaming' | 'done' | 'stopped' | 'error';
  /** What the stream ended in, where `status` is `error`. */
  readonly error: unknown;
}

/** Nothing was asked for yet. */
export const idleState: StreamState<never> = { value: undefined, status: 'idle', error: undefined };
