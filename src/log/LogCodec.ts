import type { JsonError } from './LogDriver.ts';

/** How events and errors go into a log and come out again: as JSON holds them. */
export interface LogCodec<T> {
  readonly toJson: (event: T) => unknown;
  readonly fromJson: (json: unknown) => T;
  readonly errorToJson: (error: unknown) => JsonError;
  readonly errorFromJson: (json: JsonError) => unknown;
}
