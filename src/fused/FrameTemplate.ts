import { type LeafPath, type LeafSpan, leafSpans } from './leafSpans.ts';

/** The most that a frame has that matches, in UTF-16 code units: it is measured by nobody else. */
export const maxMatchChars = 65_536;

/** Of a frame that is longer, `JSON.parse` makes as little work. */
const maxChars = 4_096;

/** Text of this length and more, cut out of a longer one, would keep that alive in V8. */
const minSliceChars = 13;

/** How many patterns are kept: one for every shape of frame that is seen nowadays, not one for every stream. */
const maxPatterns = 64;

/** A string that says nothing and is of this length is an id, as long in every frame. */
const minIdChars = 24;
const maxIdChars = 64;

/** Each takes some of the engine's stack. */
const maxEscapes = 1_000;

// Not by `String.raw`, which bundlers keep also where nothing uses it.
const plainChar = '[^"\\\\\\u0000-\\u001f]';

/** What may be in a hole, by what was; of the text, the second group holds the first escape and what follows it. */
const inHole = {
  text: () => String.raw`(${plainChar}*((?:\\.${plainChar}*){0,${maxEscapes}}))`,
  // Written out, a known number of characters takes a third of the time of `*`.
  string: ({ length }: string) =>
    length < minIdChars || length > maxIdChars ? `${plainChar}*` : plainChar.repeat(length),
  integer: (digits: string) => (digits === '0' ? '0' : `[1-9]${String.raw`\d`.repeat(digits.length - 1)}`),
};

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

interface Hole {
  readonly kind: 'text' | LeafSpan['kind'];
  /** What was in it. */
  readonly content: string;
}

/** A template, and what only it can tell that it was cut from: that would be kept alive by all of them. */
interface CutTemplate {
  readonly template: FrameTemplate;
  /** The JSON of another frame of this kind: `text` in its place, and `count`, or as many tildes, in the other holes. */
  filled(text: string, count: number): string;
}

const filledIn =
  (segments: readonly string[], holes: readonly Hole[]): CutTemplate['filled'] =>
  (text, count) => {
    const filler = { text: JSON.stringify(text).slice(1, -1), string: '~'.repeat(count), integer: String(count) };
    const contents = holes.map(({ kind }) => filler[kind]);
    return segments.map((segment, at) => segment + (contents[at] ?? '')).join('');
  };

/**
 * A frame of an event stream with holes: where a piece of text stands, and where what may differ from frame to frame and says nothing
 * (padding, a count) does. Text that is the same but for what is in the holes, each of which holds one whole JSON string or number, is
 * the same frame with other leaves: the grammar of JSON leaves no other reading.
 *
 * A regular expression, because engines compile it: it compares a frame in less time than it takes to cut it up.
 */
export class FrameTemplate {
  readonly #pattern: RegExp;
  /** Set by a match: the piece of text in it. */
  text = '';

  private constructor(source: string) {
    this.#pattern = patternOf(source);
  }

  /**
   * The template of a frame: `prefix`, `json`, and a blank line. Its text stands at `textPath`, what else may change at `ignored`.
   * `undefined` where it would be none.
   */
  static of(prefix: string, json: string, textPath: LeafPath, ignored: readonly LeafPath[]): CutTemplate | undefined {
    if (prefix.length + json.length > maxChars) return undefined;
    const spans = leafSpans(json, [textPath, ...ignored]);
    const [text] = spans;
    if (text?.kind !== 'string') return undefined;
    const found = spans.filter((span) => span !== undefined).sort((one, other) => one.start - other.start);
    const holes = found.map((span): Hole => {
      const content = json.slice(span.start, span.end);
      return { kind: span === text ? 'text' : span.kind, content };
    });
    const segments = [...found, undefined].map((span, at) => json.slice(found[at - 1]?.end ?? 0, span?.start));
    const sources = holes.map(({ kind, content }, at) => escaped(segments[at] as string) + inHole[kind](content));
    const source = `${escaped(prefix)}${sources.join('')}${ending(segments.at(-1) as string)}\n\n`;
    return { template: new FrameTemplate(source), filled: filledIn(segments, holes) };
  }

  /** Where the frame ends that is at `at`, if it is one of these; else -1. */
  match(stream: string, at: number): number {
    const pattern = this.#pattern;
    pattern.lastIndex = at;
    const found = pattern.exec(stream);
    if (found === null) return -1;
    const { lastIndex: end } = pattern;
    const [, text = '', fromEscape] = found;
    return end - at <= maxMatchChars && this.#take(text, fromEscape !== '') ? end : -1;
  }

  #take(text: string, isEscaped: boolean): boolean {
    if (text === '') return false;
    try {
      if (isEscaped) this.text = JSON.parse(`"${text}"`) as string;
      else this.text = text.length < minSliceChars ? text : ` ${text}`.slice(1);
      return true;
    } catch {
      return false;
    }
  }
}
