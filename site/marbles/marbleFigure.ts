import { escapeHtml } from '../escapeHtml.ts';
import { drawMarbles } from './drawMarbles.ts';
import { readMarbles } from './readMarbles.ts';

/** A ```` ```marble ```` block as HTML: the drawing, and below it what its letters mean. */
export const marbleFigure = (block: string): string => {
  const rows = readMarbles(block);
  const letters = rows.flatMap(({ legend }) =>
    Object.entries(legend).map(([key, text]) => `<b>${escapeHtml(key)}</b> ${escapeHtml(text.trim())}`),
  );
  const remarks = rows.flatMap((row) => row.remarks).map(escapeHtml);
  const notes = [...letters, ...remarks].map((note) => `<span>${note}</span>`).join(' ');
  const caption = notes === '' ? '' : `<figcaption>${notes}</figcaption>`;
  return `<figure class="marbles">${drawMarbles(rows)}${caption}</figure>\n`;
};
