import type { Observable } from 'rxjs';

import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { type Delta, streamDeltas } from '../../src/index.ts';
import { embeddedProvider } from '../node-script/embeddedProvider.ts';

export interface Model {
  readonly ask: (question: string) => Observable<Delta>;
  readonly close: () => Promise<void>;
}

/** The model that OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL name; without any of them, an embedded provider answers. */
export const openModel = async (): Promise<Model> => {
  const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL = 'gpt-4o-mini' } = process.env;
  const embedded = OPENAI_BASE_URL === undefined && OPENAI_API_KEY === undefined ? await embeddedProvider() : undefined;
  return {
    ask: (question) =>
      streamDeltas(openAiChat, {
        baseUrl: embedded?.baseUrl ?? OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
        apiKey: OPENAI_API_KEY,
        body: {
          model: OPENAI_MODEL,
          messages: [{ role: 'user', content: question }],
          stream_options: { include_usage: true },
        },
      }),
    close: async () => embedded?.close(),
  };
};
