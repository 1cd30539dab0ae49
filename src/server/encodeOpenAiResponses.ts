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

/**
 * Says an answer as events of OpenAI's Responses: the `openai` client resumes it with `starting_after`, and stops it with `cancel`.
 *
 * The steps of `runTools` are one answer, without the calls that are run here. Text that was shown cannot be taken back: where a
 * new attempt or a redaction makes it void, the response ends with an error rather than say it twice.
 *
 * - **Shape:** options to an `Encoder`, for choice 0. The answer's id is the one that the client has for it. Events are numbered
 *   from 0 without a gap, but for pieces that were joined; a number is the same place in every response. `snapshot` gives the
 *   response as one object: `in_progress`, `completed`, `incomplete`, `failed` or `cancelled`
 * - **Time:** each delta goes out at once but those before the first token of an attempt, and what comes behind a call of a tool
 *   until it is known who runs it (`toolCalls`)
 * - **Memory:** the answer so far, and what waits, at most 8,388,608 UTF-16 code units; behind a place all of the answer is
 *   encoded again, and only the rest of it sent
 * - **Errors:** `InvalidOptionError` thrown at the call. Those of the answer go out as `response.failed` and `error`, which say no
 *   more than a client may know; so does an answer that has no `end`
 * - **Completes:** with `response.completed` or `response.incomplete`. An answer that was stopped ends with the latter, and the
 *   status `cancelled` in it: the client knows no event of that name
 *
 * @example The rest of an answer, behind an event
 * ```ts
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeOpenAiResponses, toResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('question-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const encoder = encodeOpenAiResponses();
 * const request = new Request('https://chat.test/v1/responses/question-1?stream=true&starting_after=5');
 * const isSeen = encoder.seenBy(request);
 * const body = await toResponse(await log.open('question-1'), encoder, { isSeen }).text();
 *
 * [...body.matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
 * // => ['response.output_text.done', 'response.content_part.done', 'response.output_item.done', 'response.completed']
 * ```
 *
 * @category server
 * @since 0.1.0
 */
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
