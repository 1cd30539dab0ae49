import type { Delta } from '../deltas/Delta.ts';
import { encodeMessages, encodeMessagesError } from '../dialects/anthropic-messages/encodeMessages.ts';
import type { Encoder } from './Encoder.ts';
import { type EncoderOptions, plainOptions } from './EncoderOptions.ts';
import { joinPieces } from './joinPieces.ts';
import { PlainWriter } from './PlainWriter.ts';

/** Where arguments may be whole the block of the call may end, and another begin. */
const mayBeWhole = (delta: Delta): boolean => delta.type === 'tool-call' && /[}\]]/.test(delta.argumentsText ?? '');

/** Deltas as events of Messages. */
export const encodeAnthropic = (options: EncoderOptions = {}): Encoder => {
  const plain = plainOptions({ name: 'anthropic-messages' }, options);
  return {
    resumeBy: 'history',
    writer: (id) => new PlainWriter({ ...plain, id, wire: { encode: encodeMessages(), fail: encodeMessagesError } }),
    join: (first, second) => (mayBeWhole(first) || mayBeWhole(second) ? undefined : joinPieces(first, second)),
  };
};
