import { type LeafPath, type LeafSpan, leafSpans } from './leafSpans.ts';

const lineFeed = 10;
const quote = 34;
const backslash = 92;
const space = 32;
const zero = 48;
const nine = 57;

/** The most that a frame has that matches, in UTF-16 code units: it is measured by nobody else. */
export const maxMatchChars = 65_536;

/** Of what is longer, a frame or what is in a hole, `JSON.parse` makes as little work. */
const maxChars = 4_096;

/** Text of this length and more, cut out of a longer one, would keep that alive in V8. */
const minSliceChars = 13;

const standalone = (slice: string): string => (slice.length < minSliceChars ? slice : ` ${slice}`.slice(1));

interface Hole extends LeafSpan {
  readonly isText: boolean;
}

/**
 * A frame of an event stream with holes: where a piece of text stands, and where what changes from frame to frame and says nothing
 * (padding, a count) does. Text that is the same but for what is in the holes, each of which holds one whole JSON string or number, is
 * the same frame with other leaves: the grammar of JSON leaves no other reading.
 */
export class FrameTemplate {
  readonly #head: string;
  readonly #holes: readonly Hole[];
  /** What follows each hole. */
  readonly #segments: readonly string[];
  /** The brackets that end the JSON: providers pad frames with spaces among them. */
  readonly #brackets: string;
  /** Set by a match: the piece of text in it. */
  text = '';

  private constructor(head: string, holes: readonly Hole[], segments: readonly string[], brackets: string) {
    this.#head = head;
    this.#holes = holes;
    this.#segments = segments;
    this.#brackets = brackets;
  }

  /**
   * The template of a frame: `prefix`, `json`, and a blank line. Its text stands at `textPath`, what else may change at `ignored`.
   * `undefined` where it would be none.
   */
  static of(prefix: string, json: string, textPath: LeafPath, ignored: readonly LeafPath[]): FrameTemplate | undefined {
    if (prefix.length + json.length > maxChars) return undefined;
    const spans = leafSpans(json, [textPath, ...ignored]);
    if (spans[0]?.kind !== 'string') return undefined;
    const holes = spans
      .flatMap((span, at): readonly Hole[] => (span ? [{ ...span, isText: at === 0 }] : []))
      .sort((a, b) => a.start - b.start);
    // The quote behind a string is looked for, not compared.
    const ends = holes.map(({ kind, end }) => (kind === 'string' ? end + 1 : end));
    const segments = holes.map((_, at) => json.slice(ends[at], holes[at + 1]?.start ?? json.length));
    const last = segments.pop() as string;
    const brackets = /^[ }\]]*$/.test(last) ? last.replaceAll(' ', '') : '';
    const head = prefix + json.slice(0, holes[0]?.start);
    return new FrameTemplate(head, holes, [...segments, brackets === '' ? last : ''].map(standalone), brackets);
  }

  /** A frame of this kind without what ends it: `text` in its place, and `count`, or as many tildes, in the other holes. */
  filled(text: string, count: number): string {
    const filler = { string: '~'.repeat(count), integer: String(count) };
    const holes = this.#holes.map(({ kind, isText }, at) => {
      const value = isText ? JSON.stringify(text).slice(1, -1) : filler[kind];
      return `${value}${kind === 'string' ? '"' : ''}${this.#segments[at] as string}`;
    });
    return `${this.#head}${holes.join('')}${this.#brackets}`;
  }

  /** Where the frame ends that is at `at`, if it is one of these; else -1. */
  match(stream: string, at: number): number {
    const head = this.#head;
    let end = at + head.length;
    // Comparing a slice is the fastest that there is: three times `startsWith`.
    if (stream.slice(at, end) !== head) return -1;
    for (let index = 0; index < this.#holes.length; index += 1) {
      const hole = this.#holes[index] as Hole;
      end = hole.kind === 'string' ? this.#string(stream, end, hole.isText) : integerEnd(stream, end);
      if (end < 0) return -1;
      const segment = this.#segments[index] as string;
      if (stream.slice(end, end + segment.length) !== segment) return -1;
      end += segment.length;
    }
    const brackets = this.#brackets;
    for (let index = 0; index < brackets.length; index += 1) {
      while (stream.charCodeAt(end) === space) end += 1;
      if (stream.charCodeAt(end) !== brackets.charCodeAt(index)) return -1;
      end += 1;
    }
    const isWhole = stream.charCodeAt(end) === lineFeed && stream.charCodeAt(end + 1) === lineFeed;
    return isWhole && end - at <= maxMatchChars ? end + 2 : -1;
  }

  /** Where the string ends whose first character is at `start`, its quote included; -1 if it is none, or not a plain one. */
  #string(stream: string, start: number, isText: boolean): number {
    let end = start;
    let isEscaped = false;
    for (let code = stream.charCodeAt(end); code !== quote; code = stream.charCodeAt(end)) {
      // Not so at the end of the stream, where there is no code.
      if (!(code >= space) || end - start > maxChars) return -1;
      if (code === backslash) isEscaped = true;
      end += code === backslash ? 2 : 1;
    }
    if (isText) return this.#take(stream, start, end, isEscaped) ? end + 1 : -1;
    return isEscaped ? -1 : end + 1;
  }

  #take(stream: string, start: number, end: number, isEscaped: boolean): boolean {
    if (start === end) return false;
    try {
      this.text = isEscaped
        ? (JSON.parse(stream.slice(start - 1, end + 1)) as string)
        : standalone(stream.slice(start, end));
      return true;
    } catch {
      return false;
    }
  }
}

const integerEnd = (stream: string, start: number): number => {
  let end = start;
  for (let code = stream.charCodeAt(end); code >= zero && code <= nine; code = stream.charCodeAt(end)) end += 1;
  const digits = end - start;
  const isPlain = digits === 1 || (digits > 0 && digits < 16 && stream.charCodeAt(start) !== zero);
  return isPlain ? end : -1;
};
