import { type LeafPath, leafSpans } from './leafSpans.ts';

/** The most that a frame has that matches, in UTF-16 code units: it is measured by nobody else. */
export const maxMatchChars = 65_536;

/** Of a frame that is longer, `JSON.parse` makes as little work. */
const maxChars = 4_096;

/** Text of this length and more, cut out of a longer one, would keep that alive in V8. */
const minSliceChars = 13;

/** How many patterns are kept: one for every shape of frame that is seen nowadays, not one for every stream. */
const maxPatterns = 64;

/** A leaf before the text is as long in every frame, an id that is; one that is longer than this has no hole, as one with an escape. */
const maxIdChars = 64;

/** Each takes some of the engine's stack. */
const maxEscapes = 1_000;

const quote = 34;
const backslash = 92;

// Not by `String.raw`, which bundlers keep also where nothing uses it: inside a function, as below, they do not.
const plainChar = '[^"\\\\\\u0000-\\u001f]';

const inText = (): string => String.raw`${plainChar}*(?:\\.${plainChar}*){0,${maxEscapes}}`;

/** What may be in the hole of what says nothing. Before the text, by what was: written out, that takes a third of the time of `*`. */
const inHole = {
  string: ({ length }: string, isBeforeText: boolean) => (isBeforeText ? plainChar.repeat(length) : `${plainChar}*`),
  integer(digits: string, isBeforeText: boolean) {
    if (digits === '0') return '0';
    return `[1-9]${isBeforeText ? String.raw`\d`.repeat(digits.length - 1) : String.raw`\d{0,14}`}`;
  },
};

const isPlainId = (content: string): boolean => content.length <= maxIdChars && !content.includes('\\');

const escaped = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);

/** The pattern for what ends a frame: providers pad frames with spaces among the last brackets. */
const ending = (last: string): string =>
  /^"?[ }\]]*$/.test(last) ? last.replaceAll(' ', '').replaceAll(/[}\]]/g, String.raw` *\$&`) : escaped(last);

/** By their source, the one that was asked for last at the end: the streams of one provider share theirs. */
const patterns = new Map<string, RegExp>();

const patternOf = (source: string): RegExp => {
  const pattern = patterns.get(source) ?? new RegExp(source, 'y');
  patterns.delete(source);
  patterns.set(source, pattern);
  const [oldest] = patterns.keys();
  if (patterns.size > maxPatterns) patterns.delete(oldest as string);
  return pattern;
};

/** A template, and what only it can tell that it was cut from: that would be kept alive by all of them. */
interface CutTemplate {
  readonly template: FrameTemplate;
  /** The JSON of another frame of this kind: `text` in its place, and `count`, or as many tildes, in the other holes. */
  filled(text: string, count: number): string;
}

/**
 * A frame of an event stream with holes: where a piece of text stands, and where what may differ from frame to frame and says nothing
 * (padding, a count) does. Text that is the same but for what is in the holes, each of which holds one whole JSON string or number, is
 * the same frame with other leaves: the grammar of JSON leaves no other reading.
 *
 * A regular expression, because engines compile it: it compares a frame in less time than it takes to cut it up.
 */
export class FrameTemplate {
  readonly #pattern: RegExp;
  /** How far behind the beginning of a frame its text begins. */
  readonly #textAt: number;
  /** Set by a match: the piece of text in it. */
  text = '';

  private constructor(source: string, textAt: number) {
    this.#pattern = patternOf(source);
    this.#textAt = textAt;
  }

  /**
   * The template of a frame: `prefix`, `json`, and a blank line. Its text stands at `textPath`, what else may change at `ignored`.
   * `undefined` where it would be none.
   */
  static of(prefix: string, json: string, textPath: LeafPath, ignored: readonly LeafPath[]): CutTemplate | undefined {
    if (prefix.length + json.length > maxChars) return undefined;
    const [text, ...others] = leafSpans(json, [textPath, ...ignored]);
    if (text?.kind !== 'string') return undefined;
    const holes = [text, ...others]
      .filter((span) => span !== undefined)
      .filter(({ start, end }) => start >= text.start || isPlainId(json.slice(start, end)))
      .sort((one, other) => one.start - other.start);
    const segments = [...holes, undefined].map((hole, at) => json.slice(holes[at - 1]?.end ?? 0, hole?.start));
    const sources = holes.map((hole, at) => {
      const content = json.slice(hole.start, hole.end);
      const inside = hole === text ? inText() : inHole[hole.kind](content, hole.start < text.start);
      return escaped(segments[at] as string) + inside;
    });
    const source = `${escaped(prefix)}${sources.join('')}${ending(segments.at(-1) as string)}\n\n`;
    return {
      template: new FrameTemplate(source, prefix.length + text.start),
      filled(newText, count) {
        const filler = { string: '~'.repeat(count), integer: String(count) };
        const contents = holes.map((hole) =>
          hole === text ? JSON.stringify(newText).slice(1, -1) : filler[hole.kind],
        );
        return segments.map((segment, at) => segment + (contents[at] ?? '')).join('');
      },
    };
  }

  /** Where the frame ends that is at `at`, if it is one of these; else -1. */
  match(stream: string, at: number): number {
    const pattern = this.#pattern;
    pattern.lastIndex = at;
    // What `exec` makes for its groups would cost a third of that.
    if (!pattern.test(stream)) return -1;
    const { lastIndex: end } = pattern;
    return end - at <= maxMatchChars && this.#take(stream, at + this.#textAt) ? end : -1;
  }

  /** Takes the text that begins at `start`, where there is some. */
  #take(stream: string, start: number): boolean {
    let end = start;
    let isEscaped = false;
    for (let code = stream.charCodeAt(end); code !== quote; code = stream.charCodeAt(end)) {
      if (code === backslash) isEscaped = true;
      end += code === backslash ? 2 : 1;
    }
    if (start === end) return false;
    const text = stream.slice(start, end);
    try {
      if (isEscaped) this.text = JSON.parse(`"${text}"`) as string;
      else this.text = text.length < minSliceChars ? text : ` ${text}`.slice(1);
      return true;
    } catch {
      return false;
    }
  }
}
