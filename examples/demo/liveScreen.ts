import type { WriteStream } from 'node:tty';

import {
  asyncScheduler,
  combineLatest,
  fromEvent,
  map,
  startWith,
  takeLast,
  takeWhile,
  tap,
  throttleTime,
  timer,
} from 'rxjs';

import { wrap } from './cells.ts';
import { isLive } from './measure.ts';
import { onLeaving, type Screen } from './Screen.ts';
import { linesOf, type Size } from './view.ts';

const tickMs = 100;
const frameMs = 40;
const maxColumns = 120;

/** A screen of its own, where a resize wraps nothing anew and nothing scrolls into the history. */
const enterScreen = '\x1b[?1049h';
const leaveScreen = '\x1b[?1049l';
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
/** A line that turns out too wide is cut off by the terminal, so that it never becomes two. */
const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';
/** What is written between these appears at once, in terminals that know them. */
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';
const home = '\x1b[H';
/** Goes before a line: after one of full width it would take its last character. */
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';

/** Terminals that do not know their size say 0. */
const sizeOf = ({ columns, rows }: WriteStream): Size => ({
  columns: Math.min(columns || 80, maxColumns),
  rows: rows || 24,
});

/** Something that was said or shown, as it looks in so many columns. */
type Block = (columns: number) => readonly string[];

/** Draws on a terminal, anew for every frame and every size; what was shown stays in its history after `close`. */
export const liveScreen = (out: WriteStream): Screen => {
  const blocks: Block[] = [];
  const settledLines = (columns: number): readonly string[] => blocks.flatMap((block) => block(columns));

  const draw = (size = sizeOf(out), live: readonly string[] = []): void => {
    const lines = [...settledLines(size.columns), ...live].slice(-size.rows);
    out.write(`${beginFrame}${home}${lines.map((line) => clearLine + line).join('\r\n')}${clearBelow}${endFrame}`);
  };
  const add = (block: Block): void => {
    blocks.push(block);
    draw();
  };
  const say = (text: string): void => {
    add((columns) => wrap(text, columns));
  };

  out.write(enterScreen + hideCursor + wrapOff);
  return {
    say,
    warn: say,
    show: (scene$) => {
      const size$ = fromEvent(out, 'resize').pipe(
        startWith(undefined),
        map(() => sizeOf(out)),
      );
      return combineLatest([scene$, size$, timer(0, tickMs)]).pipe(
        takeWhile(([scene]) => scene.some(isLive), true),
        throttleTime(frameMs, asyncScheduler, { leading: true, trailing: true }),
        tap(([scene, size, tick]) => {
          draw(size, linesOf(scene, size, out, tick));
        }),
        map(([scene]) => scene),
        onLeaving((_, settled) => {
          add((columns) => linesOf(settled, { columns, rows: Infinity }, out));
        }),
        takeLast(1),
      );
    },
    close: () => {
      const lines = settledLines(sizeOf(out).columns);
      out.write(wrapOn + showCursor + leaveScreen + lines.map((line) => `${line}\n`).join(''));
    },
  };
};
