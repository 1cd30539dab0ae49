import type { MarbleRow } from './MarbleRow.ts';

const line = /^(\S+(?: \S+)*)( {2,})(\S+(?: \S+)*)(?: {2,}(\S.*))?$/;

/** `t: text` names a letter; quotation marks around a value, which keep its white space, are not part of it. */
const letter = /^(\S): (.+)$/;

const unquoted = (text: string): string => /^'(.*)'$/.exec(text)?.[1] ?? text;

/**
 * Reads a ```` ```marble ```` block: a row a line, as `label  marbles  notes`, with two spaces or more in between.
 *
 * The strings begin in the same column; one that begins further right is a source that is subscribed to later. The notes
 * name letters (`s: start   t: 'Hello '`) or say something else (`afterMs: 4`).
 */
export const readMarbles = (block: string): readonly MarbleRow[] => {
  const lines = block.split('\n').filter((text) => text.trim() !== '');
  const rows = lines.map((text) => {
    const [, label = '', gap = '', marbles = '', notes = ''] = line.exec(text) ?? [];
    if (marbles === '') throw new Error(`no row of a marble diagram: ${text}`);
    return { label, marbles, column: label.length + gap.length, notes: notes.split(/ {2,}/).filter(Boolean) };
  });
  const firstColumn = Math.min(...rows.map(({ column }) => column));
  return rows.map(({ label, marbles, column, notes }) => ({
    label,
    startsAt: column - firstColumn,
    marbles,
    legend: Object.fromEntries(
      notes.flatMap((note) => {
        const [, key, value] = letter.exec(note) ?? [];
        return key === undefined || value === undefined ? [] : [[key, unquoted(value)] as const];
      }),
    ),
    remarks: notes.filter((note) => !letter.test(note)),
  }));
};
