import { Observable } from 'rxjs';

import { errorToJson } from '../errors/errorToJson.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkOption } from '../internal/checkOption.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import type { PaintOptions } from '../ui/perPaint.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { AnyWorker } from './AnyWorker.ts';
import { revivedDelta } from './carriedDelta.ts';
import { plainOptions } from './plainOptions.ts';
import { WorkerClient } from './WorkerClient.ts';

export interface InWorkerOptions extends Pick<PaintOptions, 'maxWaitMs' | 'minIntervalMs'> {
  /**
   * How long a worker without work is kept for the next answer, in milliseconds. To start one takes some tens of milliseconds.
   * @defaultValue 0, it is let go at once
   */
  readonly keepAliveMs?: number | undefined;
  /** How long a new worker may take until its script has called `serveStreams`, in milliseconds. @defaultValue 10_000 */
  readonly readyMs?: number | undefined;
}

type ApiKey = StreamOptions<unknown>['apiKey'];

/**
 * Makes what `streamDeltas` does happen in a worker: from the request to the deltas, retries included. The page gets one batch of
 * deltas for each frame, and its main thread is left to draw.
 *
 * Give it to a request as `runIn`; everything that makes requests (`streamCompletion`, `runTools`, a chat) takes it from there.
 *
 * - **Shape:** a function that makes a worker, a Web Worker or one of `worker_threads`, to a `StreamRunner`. One worker serves all
 *   streams that run at the same time; its script calls `serveStreams`
 * - **Time:** the first delta comes at once, then one batch for each frame, or after `maxWaitMs` where there are none
 * - **Memory:** at most two batches on their way; a page that is busy gets larger ones
 * - **Errors:** those of `streamDeltas`, of the same classes; `WorkerError`. `InvalidOptionError` thrown at the call, also for what
 *   cannot go into a worker: `fetch`, `readWhen`, `retry.shouldRetry`. An `apiKey` function is asked here, `signal` is heeded here
 * - **Unsubscribe:** aborts the request in the worker and closes its socket; without other streams the worker ends, too
 *
 * @example The same answer, made elsewhere
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { inWorker } from 'rxllm/worker';
 *
 * const runIn = inWorker(() => {
 *   throw new Error('in a page: new Worker(new URL("./llm.worker", import.meta.url), { type: "module" })');
 * });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(openAiChat, { baseUrl: 'http://127.0.0.1:11434/v1', runIn, body });
 *
 * await lastValueFrom(completion$).catch((error: Error) => error.message.slice(0, 9)); // => 'in a page'
 * ```
 *
 * @category worker
 * @since 0.1.0
 */
export function inWorker(create: () => AnyWorker, options: InWorkerOptions = {}): StreamRunner {
  const { keepAliveMs = 0, readyMs = 10_000, maxWaitMs, minIntervalMs } = options;
  if (typeof create !== 'function') throw new InvalidOptionError('create', 'must be a function that makes a worker');
  checkOption('delayMs', 'keepAliveMs', keepAliveMs);
  checkOption('limitMs', 'readyMs', readyMs);
  checkOption('delayMs', 'maxWaitMs', maxWaitMs ?? 0);
  checkOption('delayMs', 'minIntervalMs', minIntervalMs ?? 0);
  const client = new WorkerClient(create, { keepAliveMs, readyMs });

  const answerKey = (stream: number, question: number, apiKey: ApiKey): void => {
    const ask = async (): Promise<string | undefined> => (typeof apiKey === 'function' ? apiKey() : apiKey);
    ask().then(
      (key) => {
        client.post({ type: 'key', stream, question, apiKey: key });
      },
      (error: unknown) => {
        client.post({ type: 'no-key', stream, question, error: errorToJson(error) });
      },
    );
  };

  return (dialect, request) => {
    const plain = plainOptions(request);
    // Mistakes in the request are thrown here and now.
    void streamDeltas(dialect, { ...request, runIn: undefined });
    const { apiKey, signal } = request;
    const deltas = new Observable<Delta>((out) =>
      client.open(
        (stream) => ({
          type: 'start',
          stream,
          dialect: dialect.name,
          options: plain,
          apiKey: typeof apiKey === 'function' ? { isAsked: true } : apiKey,
          pace: { maxWaitMs, minIntervalMs },
        }),
        {
          onMessage(message) {
            if (message.type === 'complete') out.complete();
            else if (message.type === 'ask-key') answerKey(message.stream, message.question, apiKey);
            else if (message.type === 'deltas') {
              for (const delta of message.deltas) out.next(revivedDelta(delta));
              client.post({ type: 'taken', stream: message.stream });
            }
          },
          onError(error) {
            out.error(error);
          },
        },
      ),
    );
    return deltas.pipe(abortedBy(signal));
  };
}
