import type { ThrownJson } from '../errors/errorToJson.ts';
import type { Delta } from './Delta.ts';

/** Which deltas tell of an error. */
const hasError = ({ type }: Delta): boolean => type === 'retry' || type === 'resume' || type === 'tool-error';

/** A delta as it is sent elsewhere: an error in it would lose its class on the way, so it goes as plain data. */
export const carriedDelta = (delta: Delta, toJson: (error: unknown) => ThrownJson): Delta =>
  hasError(delta) ? ({ ...delta, error: toJson((delta as { error?: unknown }).error) } as unknown as Delta) : delta;

/** The delta that was sent. */
export const revivedDelta = (delta: Delta, fromJson: (json: ThrownJson) => unknown): Delta =>
  hasError(delta)
    ? ({ ...delta, error: fromJson((delta as { error?: unknown }).error as ThrownJson) } as Delta)
    : delta;
