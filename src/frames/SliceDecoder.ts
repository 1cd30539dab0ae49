import type { StreamSlice } from './StreamSlice.ts';

const streaming = { stream: true };
const firstNonAscii = 0x80;

/** Reads the slices of one stream as text, wherever their characters were cut. */
export class SliceDecoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** What a slice brings; part of a character waits for the rest of it. */
  read(slice: StreamSlice): string {
    if (typeof slice === 'string') return slice;
    // Behind a whole character nothing waits, and where the decoder knows that, Node takes half the time.
    const isWhole = slice instanceof Uint8Array && (slice[slice.length - 1] as number) < firstNonAscii;
    return isWhole ? this.#decoder.decode(slice) : this.#decoder.decode(slice, streaming);
  }

  /** What waits, when nothing more comes. */
  end(): string {
    return this.#decoder.decode();
  }
}
