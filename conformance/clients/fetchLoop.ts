import { dialectsByHand, fetchCase, gatherJson } from './byHand.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { answerIn, gatheredAnswer } from './GatheredAnswer.ts';
import { type Read, reading } from './reading.ts';

/** Lines split at line feeds, as it stands in many tutorials; characters that are cut are put together. */
const read: Read = async (faultCase, origin, notes, signal) => {
  const response = await fetchCase(faultCase, origin, signal);
  if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
  const gathered = gatheredAnswer();
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const bytes of response.body) {
    buffer += decoder.decode(bytes, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const data = line.slice('data: '.length).trim();
      if (data === '[DONE]') {
        notes.whole(answerIn(gathered, false));
        return;
      }
      if (notes.text(gatherJson(gathered, JSON.parse(data) as object, faultCase.dialect.name))) return;
    }
  }
  notes.whole(answerIn(gathered, false));
};

export const fetchLoopClients: readonly ConformanceClient[] = dialectsByHand.map((dialect) => ({
  id: 'fetch-loop',
  title: 'a `fetch` loop',
  how:
    'What many tutorials have: `response.ok` looked at, bytes through one `TextDecoder` with `stream: true`, split at line feeds, `data: ` cut ' +
    'off, `JSON.parse`. It is no package’s fault and stands here because it is what people write; a better one is the column before. It ' +
    'has no clock and no retries; Node’s own `fetch` ends a body that is silent for five minutes.',
  packages: [],
  dialect,
  run: reading(read, () => false),
}));
