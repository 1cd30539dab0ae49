import { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { errorFromJson } from '../errors/errorFromJson.ts';
import { errorToJson } from '../errors/errorToJson.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkOption } from '../internal/checkOption.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import type { PaintOptions } from '../ui/perPaint.ts';
import type { AnyWorker } from './AnyWorker.ts';
import { revivedDelta } from '../deltas/carriedDelta.ts';
import { postedRequest } from './postedRequest.ts';
import { WorkerClient } from './WorkerClient.ts';
import type { PostedError, PostedRequest } from './WorkerMessage.ts';

export interface InWorkerOptions extends Pick<PaintOptions, 'maxWaitMs' | 'minIntervalMs'> {
  /**
   * How long a worker without work is kept for the next answer, in milliseconds; `Infinity` for ever. To start one takes some
   * tens of milliseconds. @defaultValue 0, it is let go at once
   */
  readonly keepAliveMs?: number | undefined;
  /** How long a new worker may take until its script has called `serveStreams`, in milliseconds. @defaultValue 10_000 */
  readonly readyMs?: number | undefined;
}

type ApiKey = StreamOptions<unknown>['apiKey'];

/** Tells the worker the key; `onRefusal` is told of what asking for it threw. */
const answerKey = async (
  client: WorkerClient,
  apiKey: ApiKey,
  place: { readonly stream: number; readonly question: number },
  onRefusal: (error: unknown) => void,
): Promise<void> => {
  try {
    const key = typeof apiKey === 'function' ? await apiKey() : apiKey;
    client.post({ type: 'key', ...place, apiKey: key });
  } catch (error) {
    onRefusal(error);
    client.post({ type: 'no-key', ...place, error: errorToJson(error) });
  }
};

/** The answer to one request, streamed by the client's worker. */
const deltasFrom = (client: WorkerClient, request: PostedRequest, apiKey: ApiKey): Observable<Delta> =>
  new Observable((out) => {
    // What asking for the key threw comes back as the very error that it was.
    const refusals = new Map<number | undefined, unknown>();
    const revive = (error: PostedError): unknown =>
      refusals.has(error.question) ? refusals.get(error.question) : errorFromJson(error);

    const { leave } = client.open(request, {
      onBatch(deltas) {
        for (const delta of deltas) out.next(revivedDelta(delta, revive));
      },
      onMessage(message) {
        if (message.type === 'complete') out.complete();
        else if (message.type === 'error') out.error(revive(message.error));
        else {
          const { stream, question } = message;
          void answerKey(client, apiKey, { stream, question }, (error) => refusals.set(question, error));
        }
      },
      onFailure(error) {
        out.error(error);
      },
    });
    return leave;
  });

/**
 * Makes what `streamDeltas` does happen in a worker: all from the request to the deltas, retries included. The page gets one batch
 * of deltas for each frame, and its main thread is left to draw.
 *
 * Give it to a request as `runIn`; everything that makes requests (`streamCompletion`, `runTools`, a chat) takes it from there.
 *
 * - **Shape:** a function that makes a worker, a Web Worker or one of `worker_threads`, to a `StreamRunner`. One worker serves all
 *   streams that run at the same time; its script calls `serveStreams`. Same deltas, but for pieces of a text, which are joined
 * - **Time:** the first delta, the first token and the end come at once, the rest once for each frame, or after `maxWaitMs` where
 *   there are none
 * - **Memory:** at most two messages on their way, besides the ends of streams; a page that is busy gets larger ones
 * - **Errors:** those of `streamDeltas`, of the same classes, and `WorkerError`. `InvalidOptionError` thrown at the call, also for
 *   what cannot go into a worker: `fetch`, `readWhen`, functions in `retry` and `resume`. An `apiKey` function is asked here, for
 *   every attempt; `signal` is heeded here
 * - **Unsubscribe:** aborts the request in the worker and closes its socket; without other streams the worker ends, too, once
 *   `keepAliveMs` is over
 *
 * @example A channel for a worker
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 * import { inWorker, serveStreams } from 'rxllm/worker';
 *
 * const provider = await fakeProvider().listen();
 * const runIn = inWorker(() => {
 *   // In a page: return new Worker(new URL('./llm.worker', import.meta.url), { type: 'module' });
 *   const { port1, port2 } = new MessageChannel();
 *   serveStreams([openAiChat], port2);
 *   return Object.assign(port1, { terminate: () => port1.close() });
 * });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(openAiChat, { baseUrl: provider.baseUrl(openAiChat), runIn, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hello! I am a stand-in for a model.'
 * await provider.close();
 * ```
 *
 * @category worker
 * @since 0.1.0
 */
export function inWorker(create: () => AnyWorker, options: InWorkerOptions = {}): StreamRunner {
  const { keepAliveMs = 0, readyMs = 10_000, maxWaitMs, minIntervalMs } = options;
  if (typeof create !== 'function') throw new InvalidOptionError('create', 'must be a function that makes a worker');
  if (keepAliveMs !== Infinity) checkOption('delayMs', 'keepAliveMs', keepAliveMs);
  checkOption('limitMs', 'readyMs', readyMs);
  checkOption('delayMs', 'maxWaitMs', maxWaitMs ?? 0);
  checkOption('delayMs', 'minIntervalMs', minIntervalMs ?? 0);
  const client = new WorkerClient(create, { keepAliveMs, readyMs });

  return (dialect, request) => {
    const posted = postedRequest(dialect, request, { maxWaitMs, minIntervalMs });
    return deltasFrom(client, posted, request.apiKey).pipe(abortedBy(request.signal));
  };
}
