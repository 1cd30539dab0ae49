import type { Observable } from 'rxjs';

import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { type Completion, streamCompletion, type Turn, withTurns } from '../../src/index.ts';

/** Goes on with a conversation. In your own project the imports of `src` are `rxllm` and `rxllm/openai`. */
export const ask = (turns: readonly Turn[]): Observable<Completion> =>
  streamCompletion(openAiChat, {
    baseUrl: '/v1', // your own server, which adds the key
    body: withTurns(openAiChat, { model: 'any' }, turns),
  });
