import { TestScheduler } from 'rxjs/testing';

import { escapeHtml } from '../escapeHtml.ts';
import { type MarbleMoment, marbleMoments } from './marbleMoments.ts';
import type { MarbleRow } from './MarbleRow.ts';

// In pixels at full size; a narrow page shrinks all of it.
const frameWidth = 16;
const rowHeight = 42;
const lineY = 28;
const radius = 8;
const margin = 14;

const isSubscription = ({ marbles }: MarbleRow): boolean => /^[-^! ]*\^[-^! ]*$/.test(marbles);

const xOf = (frame: number): number => margin + frame * frameWidth;

const drawSign = (sign: string, x: number): string => {
  switch (sign) {
    case '|':
      return `<line class="marble-end" x1="${x}" y1="${lineY - 10}" x2="${x}" y2="${lineY + 10}"/>`;
    case '#':
      return `<path class="marble-error" d="M${x - 7} ${lineY - 7}l14 14m0 -14l-14 14"/>`;
    default:
      return (
        `<circle class="marble" cx="${x}" cy="${lineY}" r="${radius}"/>` +
        `<text class="marble-letter" x="${x}" y="${lineY + 4}">${escapeHtml(sign)}</text>`
      );
  }
};

/** What comes at one moment stands side by side, in a frame of its own if it is more than one. */
const drawMoment = ({ frame, signs }: MarbleMoment): string => {
  const x = xOf(frame);
  const drawn = signs.map((sign, at) => drawSign(sign, x + at * frameWidth)).join('');
  if (signs.length === 1) return drawn;
  const width = (signs.length - 1) * frameWidth + 2 * radius + 4;
  const box = `x="${x - radius - 2}" y="${lineY - 11}" width="${width}" height="22" rx="11"`;
  return `<rect class="marble-group" ${box}/>${drawn}`;
};

const drawTrack = (from: number, to: number): string =>
  `<line class="marble-track" x1="${xOf(from)}" y1="${lineY}" x2="${xOf(to)}" y2="${lineY}"/>`;

const drawSubscription = ({ marbles }: MarbleRow, endsAt: number): string => {
  const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(marbles, true);
  const from = subscribedFrame / TestScheduler.frameTimeFactor;
  const to = Math.min(unsubscribedFrame / TestScheduler.frameTimeFactor, endsAt);
  const [x, width] = [xOf(from), (to - from) * frameWidth];
  return `<rect class="marble-subscription" x="${x}" y="${lineY - 4}" width="${width}" height="8" rx="4"/>`;
};

const drawRow = (row: MarbleRow, endsAt: number): string => {
  if (isSubscription(row)) return drawSubscription(row, endsAt);
  const moments = marbleMoments(row);
  const last = moments.at(-1);
  const isOver = last?.signs.some((sign) => sign === '|' || sign === '#') === true;
  return drawTrack(row.startsAt, isOver ? last.frame : endsAt) + moments.map(drawMoment).join('');
};

/** The frame behind the last sign of a row; a group takes as many frames as it has characters. */
const lengthOf = (row: MarbleRow): number => {
  if (isSubscription(row)) return row.marbles.length;
  const widest = marbleMoments(row).map(({ frame, signs }) => frame + signs.length);
  const trailing = /-*$/.exec(row.marbles)?.[0].length ?? 0;
  return Math.max(0, ...widest) + trailing;
};

/** Rows of marbles as one SVG, in the colours of the page. */
export const drawMarbles = (rows: readonly MarbleRow[]): string => {
  const endsAt = Math.max(...rows.map(lengthOf));
  const [width, height] = [xOf(endsAt) + margin, rows.length * rowHeight];
  const spoken = rows.map(({ label, startsAt, marbles }) => `${label}: ${' '.repeat(startsAt)}${marbles}`).join('; ');
  const drawn = rows.map(
    (row, at) =>
      `<g transform="translate(0 ${at * rowHeight})">` +
      `<text class="marble-label" x="${margin - radius}" y="12">${escapeHtml(row.label)}</text>${drawRow(row, endsAt)}</g>`,
  );
  return (
    `<svg class="marbles" role="img" aria-label="Marbles. ${escapeHtml(spoken)}" ` +
    `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawn.join('')}</svg>`
  );
};
