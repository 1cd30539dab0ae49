import type { Observable } from 'rxjs';

import { filterHeartbeat } from '../../../src/chunks/filterHeartbeat.ts';
import { parseChunk } from '../../../src/chunks/parseChunk.ts';
import { takeUntilDone } from '../../../src/chunks/takeUntilDone.ts';
import { toDeltas } from '../../../src/chunks/toDeltas.ts';
import type { Delta } from '../../../src/deltas/Delta.ts';
import { openAiChat } from '../../../src/dialects/openai-chat/index.ts';
import { fromSse } from '../../../src/frames/fromSse.ts';
import { nodeFetch } from '../../../src/node/nodeFetch.ts';
import { streamDeltas } from '../../../src/pipeline/streamDeltas.ts';
import { retryWithBackoff } from '../../../src/resilience/retryWithBackoff.ts';
import { timeouts } from '../../../src/resilience/timeouts.ts';
import { apiKey, body, type ConcurrentClient, type Sink } from '../ConcurrentClient.ts';

const drain = (delta$: Observable<Delta>, sink: Sink): Promise<void> =>
  delta$.forEach((delta) => {
    if (delta.type === 'text') sink.text(delta.text);
  });

/** In one call, with its retries and clocks. */
export const rxllm: ConcurrentClient = {
  name: 'rxllm',
  read: (baseUrl, sink) => drain(streamDeltas(openAiChat, { baseUrl, apiKey, body }), sink),
};

/** The same from the operators that a user composes. */
export const rxllmPlain: ConcurrentClient = {
  name: 'rxllm-plain',
  read: (baseUrl, sink) =>
    drain(
      fromSse(openAiChat.request({ baseUrl, apiKey, body })).pipe(
        filterHeartbeat(openAiChat),
        takeUntilDone(openAiChat),
        parseChunk(openAiChat),
        toDeltas(openAiChat),
        timeouts(),
        retryWithBackoff(),
      ),
      sink,
    ),
};

/** Without Node's `fetch`. */
export const rxllmNode: ConcurrentClient = {
  name: 'rxllm, nodeFetch',
  read: (baseUrl, sink) => drain(streamDeltas(openAiChat, { baseUrl, apiKey, body, fetch: nodeFetch }), sink),
};
