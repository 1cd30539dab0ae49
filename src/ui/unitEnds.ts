/** What is shown at a time. */
export type RevealUnit = 'char' | 'word' | 'grapheme';

/** Longer ones are no writing but an attack; they are cut all the same. In UTF-16 code units. */
const maxGraphemeChars = 256;

/** Longer ones are shown by the grapheme. In UTF-16 code units. */
const maxWordChars = 64;

type Ends = (text: string) => Generator<number, void, undefined>;

const isInPair = (text: string, at: number): boolean =>
  (text.codePointAt(at - 1) ?? 0) > 0xffff && (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** Half a character says nothing of what it joins to: it stays with the unit before it until the other half is there. */
const withoutHalf = (ends: Ends): Ends =>
  function* (text) {
    const wholeChars = text.length - 1;
    if ((text.charCodeAt(wholeChars) & 0xfc00) !== 0xd800) {
      yield* ends(text);
      return;
    }
    for (const end of ends(text.slice(0, -1))) if (end < wholeChars) yield end;
    yield text.length;
  };

const codePointEnds: Ends = function* (text) {
  for (let at = 1; at <= text.length; at += 1) if (at === text.length || !isInPair(text, at)) yield at;
};

/** Below it stands nothing that joins to what is beside it, but for a line break of two characters. */
const firstJoinerCode = 0x300;

/** Text of which each character is a grapheme by itself: nothing joins, no line break may have two characters. */
const isPlain = (text: string): boolean => !/[\u0300-\uffff\r]/.test(text);

const graphemeEnds = (graphemes: Intl.Segmenter): Ends =>
  function* (text) {
    // Most pieces are. To have them segmented takes 5 µs each, seven times as long.
    if (isPlain(text)) {
      for (let at = 1; at <= text.length; at += 1) yield at;
      return;
    }
    for (const { index, segment } of graphemes.segment(text)) {
      for (let at = maxGraphemeChars; at < segment.length; at += maxGraphemeChars) {
        yield index + (isInPair(segment, at) ? at - 1 : at);
      }
      yield index + segment.length;
    }
  };

/** Words end where graphemes do, nearly always. */
const isGraphemeEnd = (text: string, at: number, segments: Intl.Segments): boolean => {
  const isBetweenPlain = text.charCodeAt(at - 1) < firstJoinerCode && text.charCodeAt(at) < firstJoinerCode;
  return isBetweenPlain || at === text.length || segments.containing(at)?.index === at;
};

/** The ends of the segments of a text, in order; every one that is no word by itself may be dropped. */
const segmentEnds = (words: Intl.Segmenter, graphemes: Intl.Segmenter): Ends =>
  function* (text) {
    const whole = graphemes.segment(text);
    for (const { index, segment } of words.segment(text)) {
      const end = index + segment.length;
      if (isGraphemeEnd(text, end, whole)) yield end;
    }
  };

/** Where there are no rules for words, white space alone tells. */
const runEnds: Ends = function* (text) {
  for (const { index, 0: run } of text.matchAll(/\s+|\S+/g)) yield index + run.length;
};

/** Words with the white space behind them; a long one in `small` pieces. */
const wordEnds = (segments: Ends, small: Ends): Ends =>
  function* (text) {
    let from = 0;
    let end = 0;
    const upTo = function* (to: number): Generator<number, void, undefined> {
      if (to - from <= maxWordChars) yield to;
      else for (const at of small(text.slice(from, to))) yield from + at;
      from = to;
    };
    for (const next of segments(text)) {
      if (end > from && text.slice(end, next).trim() !== '') yield* upTo(end);
      end = next;
    }
    if (end > from) yield* upTo(end);
  };

const segmenterOf = (granularity: 'grapheme' | 'word'): Intl.Segmenter | undefined => {
  const { Segmenter } = Intl as Partial<typeof Intl>;
  return Segmenter && new Segmenter('en', { granularity });
};

/**
 * Where the units of a text end, found one at a time; the last is the end of the text. None lies within a grapheme; without
 * `Intl.Segmenter` none within a surrogate pair. Takes linear time.
 */
export const unitEnds = (unit: RevealUnit): Ends => {
  const graphemes = segmenterOf('grapheme');
  const words = unit === 'word' ? segmenterOf('word') : undefined;
  const small = graphemes ? graphemeEnds(graphemes) : codePointEnds;
  if (unit !== 'word') return withoutHalf(small);
  return withoutHalf(wordEnds(graphemes && words ? segmentEnds(words, graphemes) : runEnds, small));
};
