import { describeValue } from './describeValue.ts';
import { drawTrack, type TrackEvent } from './drawTrack.ts';
import type { Kind } from './Kind.ts';
import type { RunEvent } from './RunEvent.ts';

/** The least time that a row shows, in milliseconds. */
const leastSpanMs = 2_000;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** All that happened on the rows of a run. */
export class Recording {
  readonly #kinds: readonly Kind[];
  readonly #rows: TrackEvent[][];

  /** `kinds` says what each row has. */
  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
    this.#rows = kinds.map(() => []);
  }

  add({ row, atMs, type, value }: RunEvent): void {
    const kind = this.#kinds[row];
    if (kind === undefined) return;
    this.#rows[row]?.push({ atMs, type, description: this.#describe(kind, type, value) });
  }

  /** Notes that the rows that are not over were left. */
  leave(atMs: number): void {
    const isOpen = (events: readonly TrackEvent[]): boolean => {
      const last = events.findLast(({ type }) => type !== 'next');
      return last?.type === 'subscribe';
    };
    for (const events of this.#rows) {
      if (isOpen(events)) events.push({ atMs, type: 'unsubscribe', description: { kind: 'other', words: 'left' } });
    }
  }

  /** The row as SVG. */
  draw(row: number, widthPx: number, nowMs: number): string {
    const events = this.#rows[row] ?? [];
    return drawTrack(events, { widthPx, nowMs, spanMs: Math.max(leastSpanMs, nowMs), label: this.#summary(events) });
  }

  #describe(kind: Kind, type: RunEvent['type'], value: unknown): TrackEvent['description'] {
    if (type === 'next') return describeValue(kind, value);
    return { kind: 'other', words: type === 'error' ? String(value) : type };
  }

  #summary(events: readonly TrackEvent[]): string {
    const count = (wanted: TrackEvent['type']): number => events.filter(({ type }) => type === wanted).length;
    const ends = [
      ...(count('error') > 0 ? [counted(count('error'), 'error')] : []),
      ...(count('complete') > 0 ? ['completed'] : []),
      ...(count('unsubscribe') > 0 ? ['left'] : []),
    ];
    return [counted(count('next'), 'value'), ...ends].join(', ');
  }
}
