import type { ConcurrentClient } from '../ConcurrentClient.ts';

/** Each is loaded in a process of its own, so that nobody's modules are in another's heap. */
export const clients: Readonly<Record<string, () => Promise<ConcurrentClient>>> = {
  'fetch, drained': async () => (await import('./drains.ts')).fetchDrain,
  'node:http, drained': async () => (await import('./drains.ts')).nodeDrain,
  'eventsource-parser': async () => (await import('./bareParser.ts')).bareParser,
  rxllm: async () => (await import('./rxllmClients.ts')).rxllm,
  'rxllm-plain': async () => (await import('./rxllmClients.ts')).rxllmPlain,
  'rxllm, nodeFetch': async () => (await import('./rxllmClients.ts')).rxllmNode,
  openai: async () => (await import('./openAi.ts')).openAi,
  ai: async () => (await import('./aiSdk.ts')).aiSdk,
};
