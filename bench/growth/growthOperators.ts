import { setImmediate } from 'node:timers/promises';

import { marked } from 'marked';
import { type Observable, Subject } from 'rxjs';

import type { Delta } from '../../src/deltas/Delta.ts';
import {
  accumulateDelta,
  batchDeltas,
  bufferForUi,
  markdownBlocks,
  retryWithBackoff,
  smoothText,
  splitSentences,
  splitThinkTags,
  streamStatus,
  timeouts,
  trackProgress,
  withProgress,
} from '../../src/index.ts';
import type { GrowthClient } from './GrowthClient.ts';
import { growthDeltas } from './growthDeltas.ts';

/** How many deltas come before timers get their turn. */
const deltasPerTurn = 100;

const operatorClient = (name: string, operator: (deltas: Observable<Delta>) => Observable<unknown>): GrowthClient => ({
  name,
  async run(feed) {
    const deltas = new Subject<Delta>();
    let text = '';
    let last: unknown;
    const subscription = operator(deltas).subscribe((value) => (last = value));
    let count = 0;
    for (const delta of growthDeltas(feed)) {
      deltas.next(delta);
      if (delta.type === 'text') text += delta.text;
      count += 1;
      if (count % deltasPerTurn === 0) await setImmediate();
    }
    subscription.unsubscribe();
    return { held: last, text };
  },
});

/** Operators that see every delta, or every snapshot, and must not mind how many came before. */
export const growthOperators: readonly GrowthClient[] = [
  operatorClient('no operator', (deltas) => deltas),
  operatorClient('timeouts', (deltas) => deltas.pipe(timeouts())),
  operatorClient('retryWithBackoff', (deltas) => deltas.pipe(retryWithBackoff())),
  operatorClient('bufferForUi', (deltas) => deltas.pipe(accumulateDelta(), bufferForUi())),
  operatorClient('batchDeltas', (deltas) => deltas.pipe(batchDeltas())),
  operatorClient('smoothText', (deltas) => deltas.pipe(smoothText())),
  operatorClient('trackProgress', (deltas) => deltas.pipe(trackProgress())),
  operatorClient('withProgress', (deltas) => deltas.pipe(accumulateDelta(), withProgress())),
  operatorClient('streamStatus', (deltas) => deltas.pipe(streamStatus())),
  operatorClient('splitThinkTags', (deltas) => deltas.pipe(splitThinkTags({ anywhere: true }))),
  operatorClient('splitSentences', (deltas) => deltas.pipe(splitSentences())),
  operatorClient('markdownBlocks', (deltas) => deltas.pipe(markdownBlocks((text) => marked.lexer(text)))),
];
