/**
 * Asks a server that speaks a dialect of one's own, and breaks its connection once.
 *
 *     node examples/recipes/ask-parrot.ts
 */
import { lastValueFrom } from 'rxjs';

import { isStreamError, streamCompletion } from '../../src/index.ts';
import { answer, fakeProvider } from '../../src/testing/index.ts';
import { parrot } from './parrot.ts';

// A server, made of the dialect's own way back. It breaks off its second answer.
const deltas = answer({ text: 'Pieces of eight!' });
const provider = fakeProvider({
  dialect: parrot,
  replies: [{ deltas }, { deltas, fault: { kind: 'cut', afterBytes: 90, with: 'fin' } }],
});
const { baseUrl, close } = await provider.listen();

const completion$ = streamCompletion(parrot, {
  baseUrl: baseUrl(parrot), // the address of a real one
  retry: false,
  body: { model: 'parrot-2', turns: [{ role: 'user', content: 'Hi' }] },
});

const { text, finishReason } = await lastValueFrom(completion$);
console.log(`${text} (${finishReason})`);

const error: unknown = await lastValueFrom(completion$).catch((reason: unknown) => reason);
if (!isStreamError(error)) throw error;
console.log(`${error._tag}, after: ${error.partial?.text}`);
await close();
