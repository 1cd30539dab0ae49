import type { Dialect } from '../../src/dialects/Dialect.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { memoryLog } from '../../src/log/memoryLog.ts';
import { streamDeltas } from '../../src/pipeline/streamDeltas.ts';
import type { RelayQuestion } from '../../src/relay/viaRelay.ts';
import { type Resumable, resumable } from '../../src/server/resumable.ts';
import type { FakeProvider } from '../../src/testing/index.ts';
import { sessionOf } from './sessionOf.ts';

const dialects: readonly Dialect[] = [openAiChat, anthropicMessages];

/** The endpoints that the page asks: they ask the provider, and keep its answers for whoever comes back. */
export const playgroundAnswers = (provider: FakeProvider): Resumable =>
  resumable(memoryLog(), {
    basePath: '/answers',
    // It fails when it is asked to, so that is no news for the terminal; a server of yours should log it.
    report: () => undefined,
    authorize: ({ headers }) => sessionOf(headers.get('cookie')),
    start: ({ body: question }) => {
      const { dialect: name, body } = question as RelayQuestion;
      const dialect = dialects.find((one) => one.name === name);
      if (!dialect) throw new Response('no such dialect', { status: 400 });
      // A real provider has an address here, and a key.
      const request = { baseUrl: 'http://provider.test/v1', fetch: provider.fetch, body: body as never };
      return streamDeltas(dialect, { ...request, retry: { maxRetries: 3 } });
    },
  });
