import type { Delta } from '../deltas/Delta.ts';
import type { MessageFrame } from '../frames/Frame.ts';
import type { Encoder } from './Encoder.ts';
import { type EncoderOptions, plainOptions } from './EncoderOptions.ts';
import { joinPieces } from './joinPieces.ts';
import { PlainWriter } from './PlainWriter.ts';
import { ResponsesWire } from './ResponsesWire.ts';
import { ResponsesWriter } from './ResponsesWriter.ts';

const startingAfter = (request: Request): number | undefined => {
  const after = new URL(request.url).searchParams.get('starting_after') ?? '';
  return /^\d{1,15}$/.test(after) ? Number(after) : undefined;
};

const lastEvents: readonly unknown[] = ['response.completed', 'response.incomplete', 'response.failed'];

const responseIn = ({ data }: MessageFrame): object => (JSON.parse(data) as { readonly response: object }).response;

/** Deltas with a beginning, and with pieces joined: then there is less to be written. */
const inShort = (deltas: readonly Delta[]): readonly Delta[] => {
  const hasStart = deltas.some(({ type }) => type === 'start');
  const short: Delta[] = hasStart ? [] : [{ type: 'start', id: '', model: '', attempt: 1, step: 0 }];
  for (const delta of deltas) {
    const last = short.at(-1);
    const joined = last && joinPieces(last, delta);
    if (joined) short[short.length - 1] = joined;
    else short.push(delta);
  }
  return short;
};

/** Deltas as events of Responses. */
export const encodeOpenAiResponses = (
  options: EncoderOptions = {},
): Encoder & Required<Pick<Encoder, 'seenBy' | 'snapshot'>> => {
  const plain = plainOptions({ name: 'openai-responses' }, options);
  return {
    resumeBy: 'history',
    writer: (id) => new ResponsesWriter({ ...plain, id, wire: new ResponsesWire() }),
    join: joinPieces,
    seenBy(request) {
      const after = startingAfter(request);
      if (after === undefined) return undefined;
      return (frame) =>
        frame.kind === 'message' &&
        (JSON.parse(frame.data) as { readonly sequence_number: number }).sequence_number <= after;
    },
    snapshot(id, deltas, outcome) {
      const wire = new ResponsesWire();
      const writer = new PlainWriter({ ...plain, id, wire });
      const frames = [
        ...inShort(deltas).flatMap((delta) => writer.write(delta)),
        ...(outcome ? writer.end(outcome) : []),
      ];
      const last = frames.findLast(({ event }) => lastEvents.includes(event));
      return last ? responseIn(last) : wire.inProgress();
    },
  };
};
