import { Observable } from 'rxjs';

import type { Delta } from '../../../src/deltas/Delta.ts';
import { readAnswerId } from './AnswerId.ts';
import { random } from './random.ts';
import { tokenAt } from './TokenReader.ts';

/** How many tokens of an answer there are already. */
const tokensIn = (soFar: readonly Delta[]): number =>
  soFar.reduce((sum, delta) => sum + (delta.type === 'text' ? delta.text.split(';').length - 1 : 0), 0);

/** How many of the deltas around the text there are already. */
const has = (soFar: readonly Delta[], type: Delta['type']): boolean => soFar.some((delta) => delta.type === type);

/**
 * The answer behind an id, from where it is on: tokens one by one, in bursts and with pauses, as from a model.
 *
 * `mark` stands in each token, so that one sees who wrote it.
 */
export const answerSource = (id: string, mark: string, soFar: readonly Delta[] = []): Observable<Delta> =>
  new Observable((out) => {
    const { tokens, paceUs } = readAnswerId(id);
    const { between, chance } = random(`${id} ${mark}`);
    let index = tokensIn(soFar);
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      if (!has(soFar, 'finish')) out.next({ type: 'finish', choice: 0, reason: 'stop', raw: 'stop' });
      if (!has(soFar, 'end')) out.next({ type: 'end' });
      out.complete();
    };
    const speak = (): void => {
      const count = chance(0.02) ? between(20, 60) : between(1, 3);
      for (const last = Math.min(tokens, index + count); index < last && !out.closed; index += 1) {
        out.next({ type: 'text', choice: 0, part: 0, text: tokenAt(id, index, mark) });
      }
      if (index >= tokens) finish();
      else timer = setTimeout(speak, (count * paceUs) / 1_000);
    };
    if (!has(soFar, 'start')) out.next({ type: 'start', id, model: 'chaos', attempt: 1, step: 0 });
    speak();
    return () => {
      clearTimeout(timer);
    };
  });
