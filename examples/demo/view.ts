import { styleText } from 'node:util';

import { cellsOf, clip, wrap } from './cells.ts';
import type { Reading, Scene } from './measure.ts';
import { harmless, numbersOf, type Phase, phaseOf, stateOf } from './words.ts';

type Format = Parameters<typeof styleText>[0];

/** A line before it is coloured: escape codes would be in the way of measuring it. */
interface Line {
  readonly text: string;
  readonly format: Format;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const emptyLine: Line = { text: '', format: 'reset' };
const gap = 2;
const statusRows = 3;
const minColumnsBeside = 76;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const signs: Partial<Record<Phase, readonly [sign: string, format: Format]>> = {
  whole: ['✓', 'green'],
  failed: ['✗', 'red'],
  stopped: ['■', 'yellow'],
};

const titleOf = ({ title }: Reading, columns: number): Line => {
  const text = clip(`── ${harmless(title)} `, columns);
  return { text: text + '─'.repeat(columns - cellsOf(text)), format: ['bold', 'cyan'] };
};

const bodyOf = ({ completion }: Reading, columns: number): readonly Line[] => {
  const { reasoning = '', text = '', refusal = '' } = completion?.choices[0] ?? {};
  const stretch = (said: string, format: Format): readonly Line[] =>
    said.trim() === '' ? [] : ['', ...wrap(harmless(said).trim(), columns)].map((line) => ({ text: line, format }));
  return [...stretch(reasoning, 'dim'), ...stretch(text, 'reset'), ...stretch(refusal, 'yellow')].slice(1);
};

const statusOf = (reading: Reading, tick: number): readonly Line[] => {
  const [sign, format] = signs[phaseOf(reading)] ?? [spinner[tick % spinner.length] ?? '', 'cyan'];
  const details = numbersOf(reading).map((numbers): Line => ({ text: `  ${numbers}`, format: 'dim' }));
  return [{ text: `${sign} ${stateOf(reading)}`, format }, ...details];
};

/** The last lines of a body, or the body and empty lines. */
const fit = (body: readonly Line[], rows: number): readonly Line[] => {
  const end = body.slice(-rows);
  return [...end, ...Array.from({ length: rows - end.length }, () => emptyLine)];
};

/** `scene` in panels of equal height, each at most so large. */
const panelsOf = (scene: Scene, { columns, rows }: Size, tick: number): readonly (readonly Line[])[] => {
  const bodies = scene.map((reading) => bodyOf(reading, columns));
  const room = Math.max(1, rows - 1 - statusRows);
  const bodyRows = Math.min(room, Math.max(1, ...bodies.map(({ length }) => length)));
  return scene.map((reading, at) => [
    titleOf(reading, columns),
    ...fit(bodies[at] ?? [], bodyRows),
    ...statusOf(reading, tick),
  ]);
};

/**
 * The lines that show `scene`, coloured as `stream` can show it: panels beside each other where there is
 * room, else one above the other. Of an answer that is too long, the end is shown.
 */
export const linesOf = (scene: Scene, size: Size, stream: NodeJS.WritableStream, tick = 0): readonly string[] => {
  const paint = ({ text, format }: Line, columns: number): string =>
    text === '' ? '' : styleText(format, clip(text, columns), { stream });
  const count = scene.length;
  if (size.columns < minColumnsBeside) {
    const each = { ...size, rows: Math.floor((size.rows + 1) / count) - 1 };
    const lines = scene.flatMap((reading) => [emptyLine, ...panelsOf([reading], each, tick).flat()]).slice(1);
    return lines.slice(0, size.rows).map((line) => paint(line, size.columns));
  }
  const columns = Math.floor((size.columns - gap * (count - 1)) / count);
  const panels = panelsOf(scene, { ...size, columns }, tick);
  const besides = (at: number): string =>
    panels
      .map((panel) => panel[at] ?? emptyLine)
      .map(
        (line, place) =>
          paint(line, columns) + ' '.repeat(place === count - 1 ? 0 : columns - cellsOf(line.text) + gap),
      )
      .join('');
  return (panels[0] ?? []).slice(0, size.rows).map((_, at) => besides(at));
};
