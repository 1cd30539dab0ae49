import { EventSourceParserStream } from 'eventsource-parser/stream';

import { dialectsByHand, fetchCase, gatherJson } from './byHand.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { answerIn, gatheredAnswer } from './GatheredAnswer.ts';
import { type Read, reading } from './reading.ts';

const read: Read = async (faultCase, origin, notes, signal) => {
  const response = await fetchCase(faultCase, origin, signal);
  if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
  const gathered = gatheredAnswer();
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) {
    if (data === '') continue;
    if (data === '[DONE]') break;
    const json = JSON.parse(data) as { type?: string; error?: { message?: string } };
    if (json.error !== undefined) throw new Error(json.error.message);
    if (notes.text(gatherJson(gathered, json, faultCase.dialect.name))) return;
    if (json.type === 'message_stop') break;
  }
  notes.whole(answerIn(gathered, true));
};

export const eventsourceParserClients: readonly ConformanceClient[] = dialectsByHand.map((dialect) => ({
  id: 'eventsource-parser',
  title: 'eventsource-parser, by hand',
  how:
    '`fetch`, `TextDecoderStream` and `EventSourceParserStream`, iterated by a careful reader: `response.ok` and an `error` in an event ' +
    'throw, a stream without a stop reason throws, calls run only where it says that they are whole. The package frames events and ' +
    'promises nothing else, so what is not framing is the reader’s: no clock, no retries, no errors of its own. Node’s own `fetch` ends a ' +
    'body that is silent for five minutes.',
  packages: ['eventsource-parser'],
  dialect,
  run: reading(read, () => false),
}));
