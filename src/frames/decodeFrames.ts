import { createParser } from 'eventsource-parser';
import type { OperatorFunction } from 'rxjs';

import { LimitError } from '../errors/LimitError.ts';
import { operate } from '../internal/operate.ts';
import { checkBound } from '../internal/options.ts';
import type { Frame } from './Frame.ts';

export interface DecodeFramesOptions {
  /** Upper bound on one frame, in UTF-16 code units; `Infinity` for none. @defaultValue 8_388_608 */
  readonly maxFrameChars?: number | undefined;
}

/** Room for a field's name, colon and space before its value. */
const fieldPrefixChars = 8;

/** Where a line begins that starts with `{`, or -1. */
const strayAt = (text: string, isLineStart: boolean): number => {
  if (isLineStart && text.startsWith('{')) return 0;
  const lf = text.indexOf('\n{');
  const cr = text.indexOf('\r{');
  if (lf < 0 && cr < 0) return -1;
  return 1 + (lf < 0 || cr < 0 ? Math.max(lf, cr) : Math.min(lf, cr));
};

/**
 * Reads event-stream text, wherever it was cut. The parser skips a line that is no field, and when the
 * line comes in pieces does so without a word; so lines that start with `{` are taken out before it.
 */
class FrameReader {
  readonly #emit: (frame: Frame) => void;
  readonly #fail: (error: LimitError) => void;
  readonly #maxFrameChars: number;
  readonly #parser;
  #hasFailed = false;
  #isStart = true;
  #isLineStart = true;
  #stray: string[] | undefined;
  #strayChars = 0;

  constructor(maxFrameChars: number, emit: (frame: Frame) => void, fail: (error: LimitError) => void) {
    this.#maxFrameChars = maxFrameChars;
    this.#emit = emit;
    this.#fail = fail;
    this.#parser = createParser({
      // Twice the bound, so that it never strikes before the exact check in `#frame` would, and only bounds memory.
      maxBufferSize: maxFrameChars * 2 + fieldPrefixChars,
      onEvent: ({ event, data, id }) => {
        this.#frame({ kind: 'message', event, data, id }, data.length + (event?.length ?? 0) + (id?.length ?? 0));
      },
      onComment: (comment) => {
        this.#frame({ kind: 'heartbeat', comment }, comment.length);
      },
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#overflow();
      },
    });
  }

  read(text: string): void {
    let rest = this.#withoutByteOrderMark(text);
    while (rest !== '' && !this.#hasFailed) rest = this.#stray ? this.#readStray(rest) : this.#readFields(rest);
  }

  /** A stray last line needs no line end; an unterminated frame is dropped, as the standard requires. */
  end(): void {
    if (this.#stray && !this.#hasFailed) this.#endStray(this.#stray);
  }

  #withoutByteOrderMark(text: string): string {
    if (!this.#isStart || text === '') return text;
    this.#isStart = false;
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** Returns what follows the fields: nothing, or a stray line. */
  #readFields(text: string): string {
    const at = strayAt(text, this.#isLineStart);
    const fields = at < 0 ? text : text.slice(0, at);
    if (fields !== '') {
      this.#parser.feed(fields);
      this.#isLineStart = fields.endsWith('\n') || fields.endsWith('\r');
    }
    if (at < 0) return '';
    this.#stray = [];
    this.#strayChars = 0;
    return text.slice(at);
  }

  /** Returns what follows the stray line, its line end included. */
  #readStray(text: string): string {
    const lineEnd = text.search(/[\r\n]/);
    const piece = lineEnd < 0 ? text : text.slice(0, lineEnd);
    const pieces = (this.#stray ??= []);
    pieces.push(piece);
    this.#strayChars += piece.length;
    if (this.#strayChars > this.#maxFrameChars) this.#overflow();
    if (lineEnd < 0) return '';
    this.#endStray(pieces);
    // A line that the parser ignores, so that the line end is not a blank line to it.
    this.#parser.feed('-');
    this.#isLineStart = false;
    return text.slice(lineEnd);
  }

  #endStray(pieces: readonly string[]): void {
    this.#stray = undefined;
    this.#frame({ kind: 'stray', line: pieces.join('') }, this.#strayChars);
  }

  #frame(frame: Frame, chars: number): void {
    if (chars > this.#maxFrameChars) this.#overflow();
    else if (!this.#hasFailed) this.#emit(frame);
  }

  #overflow(): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#fail(new LimitError('maxFrameChars', this.#maxFrameChars));
  }
}

/**
 * Turns the bytes or text of an event stream into frames, wherever the network happened to cut them.
 *
 * - **Shape:** `Observable<Uint8Array | ArrayBuffer | string>` to `Observable<Frame>`; 0..n frames per slice
 * - **Time:** none; emits synchronously inside the source's `next`
 * - **Memory:** one unfinished frame, at most twice `maxFrameChars` UTF-16 code units
 * - **Errors:** `LimitError`, after the frames before it; `InvalidOptionError` thrown at the call
 * - **Completes:** with the source; an unterminated last frame is dropped, as the standard requires
 * - **Unsubscribe:** releases the source; holds nothing else
 * - **Source:** HTML standard, section 9.2.6 "Interpreting an event stream". Bytes that are not UTF-8 become U+FFFD
 *
 * @example A frame cut in the middle of a character still comes out whole
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeFrames } from 'rxllm';
 *
 * let seen: unknown;
 * const bytes = new TextEncoder().encode('data: é\n\n');
 * of(bytes.slice(0, 7), bytes.slice(7)).pipe(decodeFrames(), toArray()).subscribe((frames) => (seen = frames));
 *
 * seen; // => [{ kind: 'message', event: undefined, data: 'é', id: undefined }]
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export function decodeFrames({ maxFrameChars = 8_388_608 }: DecodeFramesOptions = {}): OperatorFunction<
  Uint8Array | ArrayBuffer | string,
  Frame
> {
  checkBound('maxFrameChars', maxFrameChars);
  return operate((out) => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const reader = new FrameReader(
      maxFrameChars,
      (frame) => {
        out.next(frame);
      },
      (error) => {
        out.error(error);
      },
    );
    return {
      next(slice) {
        reader.read(typeof slice === 'string' ? slice : decoder.decode(slice, { stream: true }));
      },
      complete() {
        reader.read(decoder.decode());
        reader.end();
        out.complete();
      },
    };
  });
}
