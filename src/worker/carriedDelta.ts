import type { Delta } from '../deltas/Delta.ts';
import type { ThrownJson } from '../errors/errorToJson.ts';

/** A delta as it is posted: an error in it would lose its class on the way, so it goes as plain data. */
export const carriedDelta = (delta: Delta, toJson: (error: unknown) => ThrownJson): Delta =>
  delta.type === 'retry' || delta.type === 'resume'
    ? ({ ...delta, error: toJson(delta.error) } as unknown as Delta)
    : delta;

/** The delta that was posted. */
export const revivedDelta = (delta: Delta, fromJson: (json: ThrownJson) => unknown): Delta =>
  delta.type === 'retry' || delta.type === 'resume'
    ? ({ ...delta, error: fromJson(delta.error as unknown as ThrownJson) } as Delta)
    : delta;
