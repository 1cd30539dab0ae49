/** Where text goes, in its order. */
export interface FrameSink {
  /** Where the frame at `at` ends, if that is known without reading it, and what it brings has been taken; else -1. */
  match(stream: string, at: number): number;
  /** Anything else: a frame by itself, the blank line that ends it included, or text that is not one. */
  unknown(text: string, isFrame: boolean): void;
}

/** Text that has not ended in a frame is held back up to here, in UTF-16 code units. */
const maxHeldChars = 4_096;

const frameEnd = '\n\n';

/** Whether nothing comes of `text`, which begins a frame, before a blank line has ended it. */
const isSilent = (text: string): boolean => {
  // Where lines end otherwise, so may frames.
  if (text.length > maxHeldChars || text.includes('\r')) return false;
  if ('event: '.startsWith(text)) return true;
  const data = text.startsWith('event: ') ? text.slice(text.indexOf('\n') + 1 || text.length) : text;
  if (!'data: '.startsWith(data) && !data.startsWith('data: ')) return false;
  const lineEnd = data.indexOf('\n');
  return lineEnd < 0 || lineEnd === data.length - 1;
};

/**
 * Cuts the text of an event stream where frames end, wherever the network cut it, so that they come whole. What could be noticed before its
 * frame has ended (an error without a blank line, a line without an end) goes on at once.
 */
export class FrameFeeder {
  readonly #sink: FrameSink;
  /** Pieces of a frame that has not ended; put together once, when it may have. */
  #held: string[] = [];
  #heldChars = 0;
  /** Whether some of a frame went on that has not ended, and whether that ended in a line end. */
  #isWithin = false;
  #isLineStart = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  read(slice: string): void {
    if (this.#held.length === 0) {
      this.#readFrom(slice, 0);
      return;
    }
    // Only the frame that is held is put together with what follows: the rest is read where it is.
    const end = this.#heldEnd(slice);
    this.#held.push(end === slice.length ? slice : slice.slice(0, end));
    this.#heldChars += end;
    if (this.#heldChars <= maxHeldChars && end === slice.length && !/[\r\n]/.test(slice)) return;
    this.#readFrom(this.#take(), 0);
    if (end < slice.length) this.#readFrom(slice, end);
  }

  /** What is held back, when nothing more comes. */
  end(): void {
    if (this.#held.length > 0) this.#sink.unknown(this.#take(), false);
  }

  #take(): string {
    const text = this.#held.join('');
    this.#held = [];
    this.#heldChars = 0;
    return text;
  }

  /** Where in `slice` the frame ends that is held. */
  #heldEnd(slice: string): number {
    if (slice.startsWith('\n') && this.#held.at(-1)?.endsWith('\n') === true) return 1;
    const end = slice.indexOf(frameEnd);
    return end < 0 ? slice.length : end + frameEnd.length;
  }

  #readFrom(text: string, from: number): void {
    let at = this.#isWithin ? this.#readOn(text, from) : from;
    while (at < text.length) {
      const matched = this.#sink.match(text, at);
      if (matched >= 0) {
        at = matched;
        continue;
      }
      const end = text.indexOf(frameEnd, at);
      if (end < 0) {
        this.#begin(text.slice(at));
        return;
      }
      this.#sink.unknown(text.slice(at, end + frameEnd.length), true);
      at = end + frameEnd.length;
    }
  }

  /** Reads on in a frame that has begun, and returns where it ends. */
  #readOn(text: string, from: number): number {
    const isEndNext = this.#isLineStart && text.startsWith('\n', from);
    const found = isEndNext ? from - 1 : text.indexOf(frameEnd, from);
    this.#isWithin = found < 0 && !isEndNext;
    const end = this.#isWithin ? text.length : found + frameEnd.length;
    this.#isLineStart = text.endsWith('\n');
    this.#sink.unknown(text.slice(from, end), false);
    return end;
  }

  #begin(text: string): void {
    if (isSilent(text)) {
      this.#held.push(text);
      this.#heldChars = text.length;
      return;
    }
    this.#isWithin = true;
    this.#isLineStart = text.endsWith('\n');
    this.#sink.unknown(text, false);
  }
}
