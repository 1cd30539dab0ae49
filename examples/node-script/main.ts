/**
 * One question, its answer on the standard output as it comes; Ctrl-C stops it.
 *
 *     node examples/node-script/main.ts "Why is the sky blue?"
 *
 * Any server that speaks OpenAI's API will do: OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL say which. Without any of them an
 * embedded one answers, which needs no key. In your own project the two imports of `src` are `rxllm` and `rxllm/openai`.
 */
import { defaultIfEmpty, fromEvent, lastValueFrom, tap } from 'rxjs';

import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { accumulateDelta, isStreamError, stoppedBy, streamDeltas } from '../../src/index.ts';
import { embeddedProvider } from './embeddedProvider.ts';

const [question = 'What is a stream?'] = process.argv.slice(2);
const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL = 'gpt-4o-mini' } = process.env;

const embedded = OPENAI_BASE_URL === undefined && OPENAI_API_KEY === undefined ? await embeddedProvider() : undefined;
if (embedded) console.error('No key and no address given: a provider without a model answers.\n');

// Whoever read the answer has left (`| head`): nobody is left to stream for.
process.stdout.on('error', () => process.exit(1));

const completion$ = streamDeltas(openAiChat, {
  baseUrl: embedded?.baseUrl ?? OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
  apiKey: OPENAI_API_KEY,
  body: {
    model: OPENAI_MODEL,
    messages: [{ role: 'user', content: question }],
    stream_options: { include_usage: true },
  },
}).pipe(
  tap((delta) => {
    if (delta.type === 'text') process.stdout.write(delta.text);
    if (delta.type === 'retry') console.error(`Trying again in ${delta.delayMs} ms: ${delta.error.message}`);
  }),
  accumulateDelta(),
  stoppedBy(fromEvent(process, 'SIGINT')), // unsubscribes: the connection is closed, the server stops writing
);

try {
  const completion = await lastValueFrom(completion$.pipe(defaultIfEmpty(undefined)));
  process.stdout.write('\n');
  if (completion?.ended === true) {
    console.error(`\n${completion.usage?.outputTokens ?? '?'} tokens, finish reason: ${completion.finishReason}`);
  } else {
    console.error('\nStopped.');
    process.exitCode = 130; // what a shell expects of Ctrl-C
  }
} catch (error) {
  if (!isStreamError(error)) throw error;
  console.error(`\n${error._tag}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await embedded?.close();
}
