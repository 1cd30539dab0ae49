import { carriedDelta, revivedDelta } from '../deltas/carriedDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import { errorFromJson } from '../errors/errorFromJson.ts';
import { errorToJson } from '../errors/errorToJson.ts';

/** How an event goes into a log and comes out again: as a value that JSON can hold. */
export interface LogCodec<T> {
  readonly toJson: (event: T) => unknown;
  readonly fromJson: (json: unknown) => T;
}

const isDelta = (event: unknown): event is Delta => typeof event === 'object' && event !== null && 'type' in event;

/**
 * Deltas, and anything else that JSON can hold: the errors that some deltas tell of keep their class.
 *
 * @example A retry, there and back
 * ```ts
 * import { TruncatedError } from 'rxllm';
 * import { deltaCodec } from 'rxllm/log';
 *
 * const error = new TruncatedError();
 * const json = JSON.stringify(deltaCodec.toJson({ type: 'retry', attempt: 2, delayMs: 500, error }));
 * const delta = deltaCodec.fromJson(JSON.parse(json)) as { error: unknown };
 *
 * delta.error instanceof TruncatedError; // => true
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const deltaCodec: LogCodec<unknown> = {
  toJson: (event) => (isDelta(event) ? carriedDelta(event, errorToJson) : event),
  fromJson: (json) => (isDelta(json) ? revivedDelta(json, errorFromJson) : json),
};
