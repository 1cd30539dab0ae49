// What a terminal gives two cells: emoji, and the scripts and punctuation of East Asia.
const wide =
  '\\p{RGI_Emoji}|[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]';
const wides = new RegExp(wide, 'gv');
const marks = /[\p{Mn}\p{Me}\p{Cf}]/gu;
const isAscii = /^[ -~]*$/;

/** What is never parted: a space, a wide character with the punctuation that clings to it, a word. */
const units = new RegExp(`\\s+|[“‘（「『]*(?:${wide})[、。，．！？：；」』）”’,.]*|(?:[!-~]|(?!${wide})\\S)+`, 'gv');

/** How many cells of a terminal `text` takes. */
export const cellsOf = (text: string): number =>
  isAscii.test(text) ? text.length : Array.from(text.replace(wides, '--').replace(marks, '')).length;

const graphemes = new Intl.Segmenter();

/** As much of the start of `text` as fits. */
export const clip = (text: string, cells: number): string => {
  if (cellsOf(text) <= cells) return text;
  let clipped = '';
  for (const { segment } of graphemes.segment(text)) {
    if (cellsOf(clipped + segment) > cells) break;
    clipped += segment;
  }
  return clipped;
};

/** `text` in pieces that fit; one piece at least is made of a character that is too wide by itself. */
const chop = (text: string, cells: number): string[] => {
  const pieces: string[] = [];
  for (let rest = text; rest !== ''; rest = rest.slice(pieces.at(-1)?.length)) {
    pieces.push(clip(rest, cells) || (Array.from(graphemes.segment(rest))[0]?.segment ?? rest));
  }
  return pieces;
};

const wrapParagraph = (paragraph: string, cells: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const unit of (paragraph.match(units) ?? []).flatMap((one) => chop(one, cells))) {
    if (line !== '' && cellsOf(line + unit) > cells) {
      lines.push(line.trimEnd());
      line = '';
    }
    // A space between two lines is neither's.
    if (line !== '' || lines.length === 0 || unit.trim() !== '') line += unit;
  }
  return [...lines, line.trimEnd()];
};

/** `text` in lines of at most so many cells, parted between words where it can be. */
export const wrap = (text: string, cells: number): string[] =>
  text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, cells));
