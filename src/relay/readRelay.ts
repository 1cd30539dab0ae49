import type { OperatorFunction } from 'rxjs';

import { revivedDelta } from '../deltas/carriedDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import { ApiError } from '../errors/ApiError.ts';
import { ChunkParseError } from '../errors/ChunkParseError.ts';
import { errorFromJson } from '../errors/errorFromJson.ts';
import type { ThrownJson } from '../errors/errorToJson.ts';
import { LogError } from '../errors/LogError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { Frame, MessageFrame } from '../frames/Frame.ts';
import { operate } from '../internal/operate.ts';
import type { RelayEnding } from './RelayEnding.ts';
import type { RelayPlace } from './RelayPlace.ts';

const broken = (frame: Frame, problem: string): ChunkParseError =>
  new ChunkParseError({ dialect: 'rxllm relay', frame, path: '', problem });

type Json = Readonly<Record<string, unknown>>;

const jsonIn = (frame: MessageFrame): Json => {
  let json: unknown;
  try {
    json = JSON.parse(frame.data);
  } catch {
    throw broken(frame, 'the data is not JSON');
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw broken(frame, 'the data is no object');
};

const deltaIn = (frame: MessageFrame): Delta => {
  const json = jsonIn(frame);
  if (typeof json['type'] !== 'string') throw broken(frame, 'the data has no type, so it is no delta');
  return revivedDelta(json as unknown as Delta, errorFromJson);
};

const failureIn = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && ('name' in error || 'thrown' in error)
    ? errorFromJson(error as ThrownJson)
    : new ApiError({ message: 'the answer could not be made', code: 'server_error' });

/** How the answer ended; throws the error that it ended in. */
const endingIn = (frame: MessageFrame, id: string): RelayEnding => {
  const { state, reason, error } = jsonIn(frame);
  if (state === 'complete') return { state };
  if (state === 'stopped') return { state, reason: typeof reason === 'string' ? reason : '' };
  if (state === 'lost') throw new LogError('lost', id);
  throw failureIn(error);
};

export interface ReadRelayOptions {
  /** By what the answer is known. */
  readonly id: string;
  readonly place: RelayPlace;
  readonly onCursor: (cursor: string) => void;
  readonly onEnding: (ending: RelayEnding) => void;
  /** Whether a response that ends was empty on purpose, since the client has had everything. */
  readonly hasAll: () => boolean;
}

/** Reads what `encodeDeltas` has written; a response that ends without the word for how the answer ended was cut. */
export const readRelay = ({
  id,
  place,
  onCursor,
  onEnding,
  hasAll,
}: ReadRelayOptions): OperatorFunction<Frame, Delta> =>
  operate((out) => ({
    next(frame) {
      if (frame.kind !== 'message' || !place.isNew(frame)) return;
      if (frame.event === 'end') {
        place.isOver = true;
        onEnding(endingIn(frame, id));
        out.complete();
      } else if (frame.event === 'reset') {
        place.forget();
      } else if (frame.event === undefined) {
        const delta = deltaIn(frame);
        place.reach(frame);
        out.next(delta);
        if (frame.id !== undefined) onCursor(frame.id);
      }
    },
    complete() {
      if (hasAll()) out.complete();
      else out.error(new TruncatedError({ missing: 'marker' }));
    },
  }));
