import { createParser } from 'eventsource-parser';

import { LimitError } from '../errors/LimitError.ts';
import type { Frame } from './Frame.ts';

/** Room for a field's name, colon and space before its value. */
const fieldPrefixChars = 8;

/** From how much text on another call of the parser costs less than another copy: `npm run bench -- decode`, 16KiB and 64B. */
const minCostlyCopyChars = 1_024;

const lineEnd = /[\r\n]/g;

/** Where the line that `from` is in ends, in any of the standard's ways; or the length of the text. */
const lineEndAt = (text: string, from: number): number => {
  lineEnd.lastIndex = from;
  return lineEnd.exec(text)?.index ?? text.length;
};

const hasLineEnd = (text: string): boolean => text.includes('\n') || text.includes('\r');
const isAtLineEnd = (text: string): boolean => text.endsWith('\n') || text.endsWith('\r');

/** How many characters of the text belong to a last line that has not ended; all of them if no line ends in it. */
const unfinishedChars = (text: string): number => {
  // What most reads are, and quicker to tell than by a search from behind: whole events, or a piece of a line.
  if (isAtLineEnd(text)) return 0;
  if (!hasLineEnd(text)) return text.length;
  const lf = text.lastIndexOf('\n');
  // Behind the last LF there is little to look through.
  const cr = text.indexOf('\r', lf + 1) < 0 ? -1 : text.lastIndexOf('\r');
  return text.length - 1 - Math.max(lf, cr);
};

/** Where the line end is that a `{` follows, at or after `from`; or -1. A search for one character takes a third of one for two. */
const braceLineAt = (text: string, lineEnd: string, from: number): number => {
  let at = text.indexOf(lineEnd, from);
  while (at >= 0 && text[at + 1] !== '{') at = text.indexOf(lineEnd, at + 1);
  return at;
};

/** Finds, from left to right, the lines of a text that start with `{`; each part of the text is looked at once. */
class StraySearch {
  readonly #text: string;
  #lf: number;
  #cr: number;

  constructor(text: string) {
    this.#text = text;
    this.#lf = braceLineAt(text, '\n', 0);
    this.#cr = braceLineAt(text, '\r', 0);
  }

  /** Where the next such line begins, at or after `from`; the length of the text where there is none. */
  next(from: number, isLineStart: boolean): number {
    const text = this.#text;
    if (isLineStart && text[from] === '{') return from;
    if (this.#lf >= 0 && this.#lf < from) this.#lf = braceLineAt(text, '\n', from);
    if (this.#cr >= 0 && this.#cr < from) this.#cr = braceLineAt(text, '\r', from);
    const lf = this.#lf < 0 ? text.length : this.#lf + 1;
    const cr = this.#cr < 0 ? text.length : this.#cr + 1;
    return Math.min(lf, cr);
  }
}

/** A line that may belong to an error over several lines: indented, or its end. */
const isWithin = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '}';

/**
 * Reads event-stream text, wherever it was cut, and hands out its frames.
 *
 * It prepares the text for the parser in two ways, so that no cut ever shows. The parser skips a line that
 * is no field, and when the line comes in pieces does so without a word; so lines that start with `{` are taken
 * out before it. And it bounds what it holds back, which depends on the cuts; so lines are measured here.
 *
 * Google writes its errors bare and over several lines: `{`, indented lines, `}`, maybe all of it in a list. They become
 * one stray line. Any other line ends such a block, so that nothing of a stream is lost behind a lone `{`.
 */
export class FrameReader {
  readonly #emit: (frame: Frame) => void;
  readonly #fail: (error: LimitError) => void;
  readonly #maxFrameChars: number;
  readonly #parser;
  #state: 'open' | 'ending' | 'failed' = 'open';
  #isStart = true;
  #isBlank = true;
  #isLineStart = true;
  /** Characters of the line that has not ended yet. */
  #lineChars = 0;
  /** Pieces of a line that is kept from the parser and has not ended yet. */
  #stray: string[] | undefined;
  /** The lines of a bare object whose end has not come. */
  #block: string[] | undefined;
  #blockChars = 0;
  /** How much was read of the line end behind the last line of the block. */
  #blockLineEnd: 'none' | 'cr' | 'all' = 'none';

  constructor(maxFrameChars: number, emit: (frame: Frame) => void, fail: (error: LimitError) => void) {
    this.#maxFrameChars = maxFrameChars;
    this.#emit = emit;
    this.#fail = fail;
    this.#parser = createParser({
      // Only bounds memory: the exact checks are here, and strike whenever this one does.
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
    // The parser drops a byte order mark in two forms, one of which is plain text; this one is all it gets to see.
    this.#parser.feed('\uFEFF');
  }

  read(slice: string): void {
    if (this.#state !== 'open' || slice === '') return;
    const text = this.#isStart && slice.startsWith('\uFEFF') ? slice.slice(1) : slice;
    this.#isStart = false;
    if (text === '') return;
    // A body that is a list of errors is no event stream: only the first line can tell.
    if (this.#isBlank && text.startsWith('[')) this.#stray = [];
    this.#isBlank = false;
    const overlong = this.#overlongAt(text);
    this.#readLines(overlong < 0 ? text : text.slice(0, overlong));
    if (overlong < 0) return;
    // The first character of a line tells whether the block before it has ended.
    if (this.#block) this.#readLines(text.charAt(overlong));
    this.#overflow();
  }

  /** A stray last line needs no line end; an unterminated frame is dropped, as the standard requires. */
  end(): void {
    if (this.#state !== 'open') return;
    if (this.#stray) this.#endStray(this.#stray);
    this.#endBlock();
    // A frame that is too large is an error also when it is never finished; only so is its size known.
    this.#state = 'ending';
    this.#parser.feed('\n\n');
  }

  /** Where the first line begins that is longer than a frame may be, or -1; notes how long the last line is. */
  #overlongAt(text: string): number {
    const before = this.#lineChars;
    const unfinished = unfinishedChars(text);
    this.#lineChars = unfinished === text.length ? before + unfinished : unfinished;
    const maxLineChars = this.#maxFrameChars + fieldPrefixChars;
    if (before + text.length <= maxLineChars) return -1;
    for (let start = 0, chars = before; start <= text.length; chars = 0) {
      const end = lineEndAt(text, start);
      if (chars + end - start > maxLineChars) return start;
      start = end + 1;
    }
    return -1;
  }

  #readLines(text: string): void {
    // A piece from the middle of a line can begin nothing that the parser must not see.
    if (text !== '' && !this.#isLineStart && !this.#stray && !this.#block && !hasLineEnd(text)) {
      this.#parser.feed(text);
      return;
    }
    const search = new StraySearch(text);
    let isLineStart = this.#isLineStart;
    let at = this.#stray ? this.#readStray(text, 0) : 0;
    while (at < text.length && this.#state === 'open') {
      if (this.#block) {
        at = this.#readBlock(text, at);
        isLineStart = true;
        continue;
      }
      const stray = search.next(at, isLineStart);
      isLineStart = false;
      if (stray > at) this.#feed(text.slice(at, stray));
      if (stray < text.length) this.#stray = [];
      at = this.#stray ? this.#readStray(text, stray) : stray;
    }
    if (text !== '') this.#isLineStart = isAtLineEnd(text);
  }

  /** The end of a torn line goes first: the parser joins it with what it holds of the line, and would copy all of the text. */
  #feed(text: string): void {
    const rest = this.#isLineStart || text.length < minCostlyCopyChars ? 0 : text.indexOf('\n') + 1;
    if (rest > 0) this.#parser.feed(text.slice(0, rest));
    if (rest < text.length && this.#state === 'open') this.#parser.feed(text.slice(rest));
  }

  /** Reads on in a stray line, and returns where it ends. */
  #readStray(text: string, from: number): number {
    const end = lineEndAt(text, from);
    const pieces = (this.#stray ??= []);
    pieces.push(text.slice(from, end));
    if (end === text.length) return end;
    this.#endStray(pieces);
    // A line that the parser ignores, so that the line end, which it gets to see, is not a blank line to it.
    if (this.#state === 'open' && !this.#block) this.#parser.feed('-');
    return end;
  }

  /** Reads on in a block, from the end of one of its lines on, and returns how far it came. */
  #readBlock(text: string, from: number): number {
    const first = text[from];
    if (this.#blockLineEnd === 'none' ? /[\r\n]/.test(first ?? '') : this.#blockLineEnd === 'cr' && first === '\n') {
      this.#blockLineEnd = first === '\r' ? 'cr' : 'all';
      return from + 1;
    }
    this.#blockLineEnd = 'none';
    if (isWithin(first)) return this.#readStray(text, from);
    this.#endBlock();
    // A line by itself, so that the parser does not take what follows for a part of the last line end it saw.
    this.#parser.feed('-\n');
    return from;
  }

  #endStray(pieces: readonly string[]): void {
    this.#stray = undefined;
    const line = pieces.join('');
    if (this.#block) this.#growBlock(this.#block, line);
    else if (/^\[?\{[ \t]*$/.test(line)) {
      this.#block = [];
      this.#blockLineEnd = 'none';
      this.#growBlock(this.#block, line.replace('[', ''));
    } else {
      const object = line.startsWith('[') ? /^\[(\{.*\})\][ \t]*$/s.exec(line)?.[1] : line;
      if (object !== undefined) this.#frame({ kind: 'stray', line: object }, object.length);
    }
  }

  #growBlock(lines: string[], line: string): void {
    const isEnd = line.startsWith('}');
    lines.push(isEnd ? line.replace(/^\}\][ \t]*$/, '}') : line);
    this.#blockChars += line.length + 1;
    if (this.#blockChars - 1 > this.#maxFrameChars) this.#overflow();
    else if (isEnd) this.#endBlock();
  }

  #endBlock(): void {
    if (!this.#block) return;
    const line = this.#block.join(' ');
    this.#block = undefined;
    this.#blockChars = 0;
    this.#frame({ kind: 'stray', line }, line.length);
  }

  #frame(frame: Frame, chars: number): void {
    if (chars > this.#maxFrameChars) this.#overflow();
    else if (this.#state === 'open') this.#emit(frame);
  }

  #overflow(): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#fail(new LimitError('maxFrameChars', this.#maxFrameChars));
  }
}
