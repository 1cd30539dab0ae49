import type { Delta } from '../deltas/Delta.ts';
import type { MessageFrame } from '../frames/Frame.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';
import type { FrameWriter } from './Encoder.ts';
import { PlainWriter, type PlainWriterOptions } from './PlainWriter.ts';

const number = /"sequence_number":\d+/;

/** What a delta adds to a text, or to arguments. */
const pieceOf = (delta: Delta): string | undefined => {
  if (delta.type === 'tool-call') return delta.argumentsText;
  return 'text' in delta && delta.type !== 'redact' ? delta.text : undefined;
};

const isPiece = (frame: MessageFrame | undefined, delta: Delta): boolean => {
  if (frame?.event?.endsWith('.delta') !== true) return false;
  return (JSON.parse(frame.data) as { readonly delta: unknown }).delta === pieceOf(delta);
};

/**
 * Numbers the events of a response as if no pieces had been joined: the last event of joined ones has the number of the last of
 * them. So a number is the same place in every response.
 */
export class ResponsesWriter implements FrameWriter {
  readonly #writer: PlainWriter;
  #next = 0;

  constructor(options: PlainWriterOptions) {
    this.#writer = new PlainWriter(options);
  }

  write(delta: Delta, joined: number): readonly MessageFrame[] {
    const frames = this.#writer.write(delta);
    return this.#numbered(frames, joined > 1 && isPiece(frames.at(-1), delta) ? joined - 1 : 0);
  }

  end(outcome: LogOutcome): readonly MessageFrame[] {
    return this.#numbered(this.#writer.end(outcome), 0);
  }

  #numbered(frames: readonly MessageFrame[], leftOut: number): readonly MessageFrame[] {
    return frames.map((frame, at) => {
      if (at === frames.length - 1) this.#next += leftOut;
      // It stands before anything that a model has written.
      const data = frame.data.replace(number, `"sequence_number":${this.#next}`);
      this.#next += 1;
      return { ...frame, data };
    });
  }
}
