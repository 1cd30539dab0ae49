import { encodeChat, encodeChatError } from '../dialects/openai-chat/encodeChat.ts';
import type { Encoder } from './Encoder.ts';
import { type EncoderOptions, plainOptions } from './EncoderOptions.ts';
import { joinPieces } from './joinPieces.ts';
import { PlainWriter } from './PlainWriter.ts';

export interface EncodeOpenAiChatOptions extends EncoderOptions {
  /**
   * Whether the last chunk, without choices, tells what the answer cost. OpenAI's API sends it only where a request has
   * `stream_options.include_usage`. @defaultValue true
   */
  readonly includeUsage?: boolean | undefined;
}

/**
 * Says an answer as chunks of Chat Completions: for the `openai` client, and whatever reads that API.
 *
 * The steps of `runTools` are one answer, without the calls that are run here. Text that was shown cannot be taken back: where a
 * new attempt or a redaction makes it void, the response ends with an error rather than say it twice.
 *
 * - **Shape:** options to an `Encoder`. The answer's id is the one that the client has for it
 * - **Time:** each delta goes out at once but those before the first token of an attempt, and what comes behind a call of a tool
 *   until it is known who runs it (`toolCalls`)
 * - **Memory:** what waits, at most 8,388,608 UTF-16 code units; behind a place all of the answer is encoded again, and only the
 *   rest of it sent
 * - **Errors:** `InvalidOptionError` thrown at the call. Those of the answer go out as a chunk with an `error` that says no
 *   more than a client may know, without a marker behind it; so does an answer that has no `end`
 * - **Completes:** with `[DONE]`. An answer that was stopped has the finish reason `stop`
 *
 * @example An answer as the chunks of Chat Completions
 * ```ts
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeOpenAiChat, toResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('question-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const body = await toResponse(await log.open('question-1'), encodeOpenAiChat()).text();
 *
 * body.includes('"id":"question-1","object":"chat.completion.chunk"'); // => true
 * /data: \[DONE\]\nid: \S+\n\n$/.test(body); // => true
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const encodeOpenAiChat = ({ includeUsage = true, ...options }: EncodeOpenAiChatOptions = {}): Encoder => {
  const plain = plainOptions({ name: 'openai-chat' }, options);
  return {
    resumeBy: 'history',
    writer(id) {
      const encodeDelta = encodeChat();
      return new PlainWriter({
        ...plain,
        id,
        wire: {
          encode: (delta) => (delta.type === 'usage' && !includeUsage ? [] : encodeDelta(delta)),
          fail: encodeChatError,
        },
      });
    },
    join: joinPieces,
  };
};
