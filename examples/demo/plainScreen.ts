import { map, pairwise, startWith, takeLast, tap } from 'rxjs';

import type { Reading, Scene } from './measure.ts';
import { onLeaving, type Screen } from './Screen.ts';
import { harmless, numbersOf, phaseOf, stateOf } from './words.ts';

/** What is worth a line, or more once there is a text to be shown. */
const newsOf = (before: Reading | undefined, now: Reading): readonly string[] => {
  const phase = phaseOf(now);
  if (before !== undefined && phaseOf(before) === phase) return [];
  const numbers = phase === 'waiting' ? [] : numbersOf(now);
  const news = `[${harmless(now.title)}] ${[stateOf(now), ...numbers].join(' · ')}`;
  if (phase !== 'whole' && phase !== 'stopped') return [news];
  const { reasoning = '', text = '', refusal = '' } = now.completion?.choices[0] ?? {};
  const texts = [reasoning && `(${reasoning.trim()})`, text, refusal].filter((said) => said.trim() !== '');
  return [news, ...texts.map((said) => harmless(said).trim())];
};

/** Writes a line whenever a stream enters another phase. */
export const plainScreen = (out: NodeJS.WritableStream, errorOut: NodeJS.WritableStream): Screen => {
  const say = (text: string): void => {
    out.write(`${text}\n`);
  };
  const tell = (before: Scene, now: Scene): void => {
    now.flatMap((reading, at) => newsOf(before[at], reading)).forEach(say);
  };

  return {
    say,
    warn: (text) => errorOut.write(`${text}\n`),
    show: (scene$) =>
      scene$.pipe(
        startWith<Scene>([]),
        pairwise(),
        tap(([before, now]) => {
          tell(before, now);
        }),
        map(([, now]) => now),
        onLeaving(tell),
        takeLast(1),
      ),
    close: () => undefined,
  };
};
