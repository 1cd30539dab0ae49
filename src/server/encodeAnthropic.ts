import type { Delta } from '../deltas/Delta.ts';
import { encodeMessages, encodeMessagesError } from '../dialects/anthropic-messages/encodeMessages.ts';
import type { Encoder } from './Encoder.ts';
import { type EncoderOptions, plainOptions } from './EncoderOptions.ts';
import { joinPieces } from './joinPieces.ts';
import { PlainWriter } from './PlainWriter.ts';

/**
 * Whether a delta may do more than lengthen the block that it is of: where arguments may be whole the block ends for another, and
 * behind that only white space may come.
 */
const isTurn = (delta: Delta): boolean =>
  delta.type === 'tool-call' && (delta.name !== undefined || /[}\]]|^\s*$/.test(delta.argumentsText ?? ''));

/**
 * Says an answer as events of Anthropic's Messages: for `@anthropic-ai/sdk`, and whatever reads that API.
 *
 * The steps of `runTools` are one answer, without the calls that are run here. Text that was shown cannot be taken back: where a
 * new attempt or a redaction makes it void, the response ends with an error rather than say it twice.
 *
 * - **Shape:** options to an `Encoder`, for choice 0. The answer's id is the one that the client has for it
 * - **Time:** each delta goes out at once but those before the first token of an attempt, what comes behind a call of a tool
 *   until it is known who runs it (`toolCalls`), and what interleaves, since blocks follow one another
 * - **Memory:** what waits, at most 8,388,608 UTF-16 code units; behind a place all of the answer is encoded again, and only the
 *   rest of it sent
 * - **Errors:** `InvalidOptionError` thrown at the call. Those of the answer go out as an `error` event that says no more
 *   than a client may know; so does an answer that has no `end`
 * - **Completes:** with `message_stop`. An answer that was stopped has the stop reason `end_turn`
 *
 * @example An answer as the events of Messages
 * ```ts
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeAnthropic, toResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('question-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const body = await toResponse(await log.open('question-1'), encodeAnthropic()).text();
 *
 * [...body.matchAll(/^event: (.*)$/gm)].map(([, event]) => event).slice(0, 3);
 * // => ['message_start', 'content_block_start', 'content_block_delta']
 * body.includes('event: message_stop'); // => true
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const encodeAnthropic = (options: EncoderOptions = {}): Encoder => {
  const plain = plainOptions({ name: 'anthropic-messages' }, options);
  return {
    resumeBy: 'history',
    writer: (id) => new PlainWriter({ ...plain, id, wire: { encode: encodeMessages(), fail: encodeMessagesError } }),
    join: (first, second) => (isTurn(first) || isTurn(second) ? undefined : joinPieces(first, second)),
  };
};
