import { Subscription } from 'rxjs';

import type { Dialect } from '../dialects/Dialect.ts';
import { errorFromJson } from '../errors/errorFromJson.ts';
import { errorToJson } from '../errors/errorToJson.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { WorkerError } from '../errors/WorkerError.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import { BatchPoster } from './BatchPoster.ts';
import { carriedDelta } from './carriedDelta.ts';
import { type FromWorker, isOurs, type ToWorker, wireMark } from './WorkerMessage.ts';

/** The inside of a worker: a Web Worker's own global scope, or `parentPort` of `worker_threads`. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Node and browsers have events of their own
  addEventListener(type: 'message', listener: (event: any) => void): void;
}

type StartMessage = Extract<ToWorker, { readonly type: 'start' }>;

/** One answer, while it is being streamed. */
interface RunningStream {
  readonly subscription: Subscription;
  readonly poster: BatchPoster;
  /** Questions for the key that the page has not answered yet. */
  readonly questions: Map<
    number,
    { readonly resolve: (key: string | undefined) => void; readonly reject: (error: unknown) => void }
  >;
}

const scopeOf = (given: WorkerScope | null | undefined): WorkerScope => {
  const scope = given ?? (globalThis as object as Partial<WorkerScope>);
  const isWindow = 'document' in scope;
  if (isWindow || typeof scope.postMessage !== 'function' || typeof scope.addEventListener !== 'function') {
    throw new InvalidOptionError('scope', 'must be the inside of a worker; in worker_threads, pass parentPort');
  }
  return scope as WorkerScope;
};

/**
 * Streams answers inside a worker for the page that made it: the other end of `inWorker`.
 *
 * The script of a worker is a call of this and nothing else. It takes what `streamDeltas` takes, so retries, timeouts and
 * resumption happen here, too.
 *
 * - **Shape:** the dialects that the page may ask for; in a Web Worker that is all, in `worker_threads` pass `parentPort`, too
 * - **Time:** the first delta is posted at once, then one batch for each frame
 * - **Memory:** what the page has not taken yet, pieces of a text joined; at most two batches are on their way
 * - **Errors:** `InvalidOptionError` thrown at the call outside of a worker; those of a stream go to the page
 *
 * @example The script of a worker, in Node (in a browser, without `parentPort`)
 * ```ts
 * import { MessageChannel } from 'node:worker_threads';
 * import { openAiChat } from 'rxllm/openai';
 * import { serveStreams } from 'rxllm/worker';
 *
 * const { port1, port2: parentPort } = new MessageChannel(); // in a worker: import { parentPort } from 'node:worker_threads'
 * const ready = new Promise((resolve) => port1.once('message', resolve));
 * serveStreams([openAiChat], parentPort);
 *
 * await ready; // => { mark: 'rxllm-1', type: 'ready' }
 * port1.close();
 * ```
 *
 * @category worker
 * @since 0.1.0
 */
export function serveStreams(dialects: readonly Dialect[], scope?: WorkerScope | null): void {
  const port = scopeOf(scope);
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  const streams = new Map<number, RunningStream>();
  let questions = 0;

  const post = (message: FromWorker): void => {
    port.postMessage({ ...message, mark: wireMark });
  };
  const end = (stream: number): void => {
    const running = streams.get(stream);
    streams.delete(stream);
    running?.poster.close();
    running?.subscription.unsubscribe();
  };
  const fail = (stream: number, error: unknown): void => {
    end(stream);
    post({ type: 'error', stream, error: errorToJson(error) });
  };

  const askKey =
    (stream: number, { questions: open }: RunningStream) =>
    (): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        questions += 1;
        open.set(questions, { resolve, reject });
        post({ type: 'ask-key', stream, question: questions });
      });

  const start = ({ stream, dialect: name, options, apiKey, pace }: StartMessage): void => {
    const poster = new BatchPoster(
      (deltas) => {
        post({ type: 'deltas', stream, deltas: deltas.map(carriedDelta) });
      },
      (error) => {
        fail(stream, error);
      },
      pace,
    );
    const running: RunningStream = { poster, subscription: new Subscription(), questions: new Map() };
    streams.set(stream, running);
    const dialect = byName.get(name);
    if (!dialect) {
      const known = [...byName.keys()].join(', ') || 'none';
      fail(
        stream,
        new WorkerError('unknown-dialect', `it has no dialect "${name}" (it has: ${known}); give it to serveStreams`),
      );
      return;
    }
    const key = typeof apiKey === 'object' ? askKey(stream, running) : apiKey;
    running.subscription.add(
      streamDeltas(dialect as Dialect<unknown>, { ...options, apiKey: key }).subscribe({
        next: (delta) => {
          poster.add(delta);
        },
        error: (error: unknown) => {
          poster.flush();
          fail(stream, error);
        },
        complete: () => {
          poster.flush();
          end(stream);
          post({ type: 'complete', stream });
        },
      }),
    );
  };

  const hear = (message: ToWorker): void => {
    const running = streams.get(message.stream);
    if (message.type === 'start') start(message);
    else if (message.type === 'stop') end(message.stream);
    else if (message.type === 'taken') running?.poster.taken();
    else {
      const question = running?.questions.get(message.question);
      running?.questions.delete(message.question);
      if (message.type === 'key') question?.resolve(message.apiKey);
      else question?.reject(errorFromJson(message.error));
    }
  };

  port.addEventListener('message', ({ data }: { readonly data: unknown }) => {
    if (!isOurs(data)) return;
    const message = data as ToWorker;
    try {
      hear(message);
    } catch (error) {
      fail(message.stream, error);
    }
  });
  post({ type: 'ready' });
}
