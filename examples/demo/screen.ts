import type { WriteStream } from 'node:tty';

import {
  asyncScheduler,
  combineLatest,
  defer,
  fromEvent,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  pairwise,
  startWith,
  takeLast,
  takeWhile,
  tap,
  throttleTime,
  timer,
} from 'rxjs';

import { wrap } from './cells.ts';
import { isLive, type Reading, type Scene } from './measure.ts';
import { linesOf, type Size } from './view.ts';
import { harmless, numbersOf, phaseOf, stateOf } from './words.ts';

/** Where the demo is seen. */
export interface Screen {
  /** Writes something that stays. */
  readonly say: (text: string) => void;
  /** Shows a scene as it changes; gives the last one, once it is over. */
  readonly show: (scene$: Observable<Scene>) => Observable<Scene>;
}

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
/** A line that turns out too wide is cut by the terminal, so that it never becomes two. */
const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';
/** What is written between the two appears at once, where the terminal knows them. */
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';
const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : '');

const tickMs = 100;
const frameMs = 40;
const maxColumns = 120;

const sizeOf = ({ columns, rows }: WriteStream): Size => ({
  // Some terminals say 0 for a size that they do not know.
  columns: Math.min(columns || 80, maxColumns),
  rows: rows || 24,
});

const stopped = (reading: Reading): Reading => (isLive(reading) ? { ...reading, ending: 'stopped' } : reading);

/** Calls `leave` with the last scene, also when the subscriber leaves in the middle: its streams are stopped then. */
const leaving = (leave: (last: Scene) => void): MonoTypeOperatorFunction<Scene> => (scene$) =>
  defer(() => {
    let last: Scene = [];
    const end = (): void => {
      leave(last.map(stopped));
    };
    return scene$.pipe(tap({ next: (scene) => (last = scene), complete: end, error: end, unsubscribe: end }));
  });

/** Redraws in place. Between frames the cursor rests at the first cell: there a resize moves it along with its line. */
const liveScreen = (out: WriteStream): Screen => {
  const say = (text: string): void => {
    out.write(`${wrap(text, sizeOf(out).columns).join('\n')}\n`);
  };
  const draw = (scene: Scene, { columns, rows }: Size, tick: number): void => {
    const lines = linesOf(scene, { columns, rows: rows - 1 }, out, tick);
    const frame = lines.map((line) => line + clearLine).join('\r\n');
    out.write(`${beginFrame}\r${frame}${clearBelow}${up(lines.length - 1)}\r${endFrame}`);
  };
  const keep = (scene: Scene): void => {
    const lines = linesOf(scene, { ...sizeOf(out), rows: Infinity }, out);
    out.write(`\r${clearBelow}${lines.join('\r\n')}\r\n${wrapOn}${showCursor}`);
  };
  const show = (scene$: Observable<Scene>): Observable<Scene> =>
    defer(() => {
      out.write(hideCursor + wrapOff);
      const size$ = fromEvent(out, 'resize').pipe(
        startWith(undefined),
        map(() => sizeOf(out)),
      );
      return combineLatest([scene$, size$, timer(0, tickMs)]).pipe(
        takeWhile(([scene]) => scene.some(isLive), true),
        throttleTime(frameMs, asyncScheduler, { leading: true, trailing: true }),
        tap(([scene, size, tick]) => {
          draw(scene, size, tick);
        }),
        map(([scene]) => scene),
        leaving(keep),
        takeLast(1),
      );
    });
  return { say, show };
};

/** A line whenever a stream enters another phase, and its text once that is whole. */
const plainScreen = (out: NodeJS.WritableStream): Screen => {
  const say = (text: string): void => {
    out.write(`${text}\n`);
  };
  const tell = (before: Scene, now: Scene): void => {
    now.forEach((reading, at) => {
      const earlier = before[at];
      if (earlier !== undefined && phaseOf(earlier) === phaseOf(reading)) return;
      const { title, completion, ending } = reading;
      const { reasoning = '', text = '', refusal = '' } = completion?.choices[0] ?? {};
      const numbers = phaseOf(reading) === 'waiting' ? [] : numbersOf(reading);
      say(`[${harmless(title)}] ${[stateOf(reading), ...numbers].join(' · ')}`);
      if (ending !== 'whole' && ending !== 'stopped') return;
      [reasoning, text, refusal].filter((said) => said !== '').forEach((said) => say(harmless(said).trim()));
    });
  };
  const show = (scene$: Observable<Scene>): Observable<Scene> =>
    scene$.pipe(
      startWith<Scene>([]),
      pairwise(),
      tap(([before, now]) => {
        tell(before, now);
      }),
      map(([, now]) => now),
      leaving((last) => tell(last.map..., ))
      takeLast(1),
    );
  return { say, show };
};

/** A terminal is drawn on; a pipe or a file gets lines. */
export const screenOn = (out: WriteStream): Screen =>
  out.isTTY && process.env['TERM'] !== 'dumb' ? liveScreen(out) : plainScreen(out);
