import type { Delta } from '../deltas/Delta.ts';
import { errorFromJson } from '../errors/errorFromJson.ts';
import { type ErrorJson, errorToJson } from '../errors/errorToJson.ts';

/** A delta as it can be posted: errors lose their class on the way, so they go as plain data. */
export const carriedDelta = (delta: Delta): Delta =>
  'error' in delta ? ({ ...delta, error: errorToJson(delta.error) } as unknown as Delta) : delta;

/** The delta that was posted. */
export const revivedDelta = (delta: Delta): Delta =>
  'error' in delta ? ({ ...delta, error: errorFromJson(delta.error as unknown as ErrorJson) } as Delta) : delta;
