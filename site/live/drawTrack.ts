import { escapeHtml } from '../escapeHtml.ts';
import type { Description } from './describeValue.ts';
import type { RunEvent } from './RunEvent.ts';

/** What happened on a row; values are described. */
export interface TrackEvent {
  readonly atMs: number;
  readonly type: RunEvent['type'];
  readonly description: Description;
}

const height = 30;
const margin = 8;
const middle = height / 2;

/** How large a marble is, by what it tells. */
const radiusOf = { text: 4.5, beat: 3.5, retry: 5.5, other: 3.5 } as const;

/** The sign of an event, at `x`. */
export const drawEvent = ({ type, description: { kind, words } }: TrackEvent, x: number): string => {
  const title = `<title>${escapeHtml(words)}</title>`;
  switch (type) {
    case 'next':
      return `<circle class="live-marble live-${kind}" cx="${x}" cy="${middle}" r="${radiusOf[kind]}">${title}</circle>`;
    case 'complete':
      return `<line class="live-complete" x1="${x}" y1="5" x2="${x}" y2="${height - 5}">${title}</line>`;
    case 'error':
      return `<path class="live-error" d="M${x - 5} ${middle - 5}l10 10m0 -10l-10 10">${title}</path>`;
    case 'unsubscribe':
      return `<path class="live-left" d="M${x} ${middle - 6}v12m-4 -4l4 4l4 -4">${title}</path>`;
    case 'subscribe':
      return '';
  }
};

/** A row as SVG: when it was listened to, and what came. A pixel is a pixel; `spanMs` take all of the width. */
export const drawTrack = (
  events: readonly TrackEvent[],
  { widthPx, spanMs, nowMs, label }: { widthPx: number; spanMs: number; nowMs: number; label: string },
): string => {
  const xOf = (atMs: number): number => Math.round((margin + ((widthPx - 2 * margin) * atMs) / spanMs) * 10) / 10;
  let tracks = '';
  let sinceMs: number | undefined;
  const endTrack = (atMs: number): void => {
    if (sinceMs === undefined) return;
    tracks += `<line class="live-track" x1="${xOf(sinceMs)}" y1="${middle}" x2="${xOf(atMs)}" y2="${middle}"/>`;
    sinceMs = undefined;
  };
  for (const { type, atMs } of events) {
    if (type === 'subscribe') sinceMs = atMs;
    else if (type !== 'next') endTrack(atMs);
  }
  endTrack(nowMs);
  const drawn = events.map((event) => drawEvent(event, xOf(event.atMs))).join('');
  return (
    `<svg role="img" aria-label="${escapeHtml(label)}" width="${widthPx}" height="${height}" ` +
    `viewBox="0 0 ${widthPx} ${height}">${tracks}${drawn}</svg>`
  );
};
