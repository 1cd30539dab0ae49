import type { Dialect } from '../dialects/Dialect.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { lifeLock } from './lifeLock.ts';
import { StreamServer } from './StreamServer.ts';
import { type FromWorker, isOurs, type ToWorker, wireMark } from './WorkerMessage.ts';
import { ownScope, type WorkerScope } from './WorkerScope.ts';

const byName = (dialects: readonly Dialect[]): ReadonlyMap<string, Dialect> => {
  const named = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  if (named.size === dialects.length) return named;
  throw new InvalidOptionError('dialects', 'must have names of their own: the page asks for them by name');
};

/**
 * Streams answers inside a worker for the page that made it: the other end of `inWorker`.
 *
 * The script of a worker is a call of this and little else. All that `streamDeltas` does happens here: retries, timeouts and
 * resumption, too.
 *
 * - **Shape:** the dialects that the page may ask for. In a Web Worker and in `worker_threads` that is all; elsewhere, the port to
 *   be served, too
 * - **Time:** the first delta and the first token are posted at once, then one message for each frame, the end at once
 * - **Memory:** at most two messages are on their way before the page has worked on one; what waits meanwhile is joined, and
 *   with 4,000 deltas or 1,000,000 characters of one stream waiting, no more of its response is read
 * - **Errors:** `InvalidOptionError` thrown at the call outside of a worker, or for two dialects of one name. Those of a stream go
 *   to the page
 *
 * @example A channel for a worker
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 * import { inWorker, serveStreams } from 'rxllm/worker';
 *
 * const { port1, port2 } = new MessageChannel();
 * serveStreams([openAiChat], port2); // in the script of a worker: serveStreams([openAiChat])
 *
 * const runIn = inWorker(() => Object.assign(port1, { terminate: () => port1.close() }));
 * const provider = await fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] }).listen();
 * const body = { model: 'm', messages: [] };
 * const completion$ = streamCompletion(openAiChat, { baseUrl: provider.baseUrl(openAiChat), runIn, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi'
 * await provider.close();
 * ```
 *
 * @category worker
 * @since 0.1.0
 */
export function serveStreams(dialects: readonly Dialect[], scope: WorkerScope | null = null): void {
  const port = scope ?? ownScope();
  const post = (message: FromWorker): void => {
    port.postMessage({ ...message, mark: wireMark });
  };
  const server = new StreamServer(byName(dialects), post);
  port.addEventListener('message', ({ data }: { readonly data: unknown }) => {
    if (isOurs(data)) server.hear(data as ToWorker);
  });
  port.start?.();
  const ready = (lock?: string): void => {
    post({ type: 'ready', lock });
  };
  // A port that closes says so itself.
  if (port === globalThis) lifeLock.hold(ready);
  else ready();
}
