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

/** Deltas as chunks of Chat Completions. */
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
