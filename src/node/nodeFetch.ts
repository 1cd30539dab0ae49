import { createNodeFetch } from './createNodeFetch.ts';

/**
 * A `fetch` over `node:http` and `node:https`, for servers that read many streams at once: Node's own spends more on
 * each read than all that comes after it.
 *
 * To be handed to a request as its `fetch`. It does what a request of this library asks of one, and refuses the rest by a
 * rejection: a `Request` instead of an address, bodies that are neither text nor bytes, and redirects unless `redirect`
 * is `'manual'`. It has no cookies, no cache, no proxies and no HTTP/2, and what it gives is no instance of `Response`.
 *
 * - **Memory:** 64 KiB of a body that nobody reads, then the server is slowed down
 * - **Errors:** Node's own, with their `code`; the signal's reason
 * - **Unsubscribe:** an abort, and leaving the body, close the socket
 *
 * Connections are kept for four seconds to be used again. Bodies come as they were sent, with gzip, deflate and Brotli undone; none
 * of them is asked for. `createNodeFetch` makes another one, with certificates of your choice.
 *
 * @example An answer over node:http
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { nodeFetch } from 'rxllm/node';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const provider = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
 * const { origin, close } = await provider.listen();
 * const options = { baseUrl: `${origin}/v1`, fetch: nodeFetch, body: { model: 'm', messages: [] } };
 * const { text } = await lastValueFrom(streamCompletion(openAiChat, options));
 * await close();
 *
 * text; // => 'Hi'
 * ```
 *
 * @category node
 * @since 0.1.0
 */
export const nodeFetch: typeof globalThis.fetch = /* @__PURE__ */ createNodeFetch();
