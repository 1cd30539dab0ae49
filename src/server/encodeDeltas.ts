import { carriedDelta } from '../deltas/carriedDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import { joinNeighbours } from '../deltas/joinDeltas.ts';
import { errorToJson } from '../errors/errorToJson.ts';
import type { MessageFrame } from '../frames/Frame.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';
import type { Encoder } from './Encoder.ts';
import { shownError } from './shownError.ts';
import { shownToolError } from './shownToolError.ts';

const message = (event: string | undefined, data: unknown): MessageFrame => ({
  kind: 'message',
  event,
  data: JSON.stringify(data),
  id: undefined,
});

/** How an answer ended, as `fromRelay` reads it. */
const ending = (outcome: LogOutcome): object =>
  'error' in outcome ? { state: outcome.state, error: errorToJson(shownError(outcome.error)) } : outcome;

/** Errors of an attempt tell of addresses and keys, too, and those of tools of what is inside. */
const shownDelta = (delta: Delta): Delta =>
  carriedDelta(delta, (error) =>
    errorToJson(delta.type === 'tool-error' ? shownToolError(delta.error) : shownError(error)),
  );

/**
 * Deltas as they are, for `fromRelay`: a frame for each, with its place as `id`; then `event: end` with how the answer ended.
 *
 * - **Shape:** an `Encoder`. `event: reset` tells that the answer begins again, since what was shown is void
 * - **Errors:** those of deltas and of the end say no more than a client may know
 *
 * @example What goes over the wire
 * ```ts
 * import { of } from 'rxjs';
 * import type { Delta } from 'rxllm';
 * import { encodeDeltas, relayResponse } from 'rxllm/server';
 *
 * const deltas$ = of<Delta[]>({ type: 'text', choice: 0, part: 0, text: 'To be' });
 * const text = await relayResponse(deltas$, encodeDeltas()).text();
 *
 * text.split('\n\n')[1]; // => 'data: {"type":"text","choice":0,"part":0,"text":"To be"}'
 * text.split('\n\n')[2]; // => 'event: end\ndata: {"state":"complete"}'
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const encodeDeltas = (): Encoder => ({
  resumeBy: 'place',
  writer: () => ({
    write: (delta) => [message(undefined, shownDelta(delta))],
    end: (outcome) => [message('end', ending(outcome))],
    restart: () => [message('reset', {})],
  }),
  join: joinNeighbours,
});
