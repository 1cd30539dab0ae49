import { Subscription } from 'rxjs';

import { errorFromJson } from '../errors/errorFromJson.ts';
import { WorkerError, type WorkerErrorReason } from '../errors/WorkerError.ts';
import { after } from '../internal/after.ts';
import { type AnyWorker, listenTo } from './AnyWorker.ts';
import { type FromWorker, isOurs, type ToWorker, wireMark } from './WorkerMessage.ts';

/** Whoever waits for a stream of the worker. */
export interface StreamListener {
  onMessage(message: Exclude<FromWorker, { readonly type: 'ready' }>): void;
  onError(error: unknown): void;
}

export interface ClientOptions {
  readonly keepAliveMs: number;
  readonly readyMs: number;
}

/** How a worker of Node's is kept from holding up the end of the process, while it has nothing to do. */
const hold = (worker: AnyWorker, isHeld: boolean): void => {
  const { ref, unref } = worker as { ref?: () => void; unref?: () => void };
  if (isHeld) ref?.call(worker);
  else unref?.call(worker);
};

/** A worker and the streams that run in it: made for the first of them, and let go when there is none left. */
export class WorkerClient {
  readonly #create: () => AnyWorker;
  readonly #options: ClientOptions;
  readonly #streams = new Map<number, StreamListener>();
  #count = 0;
  #worker: AnyWorker | undefined;
  #isReady = false;
  /** What is to be said once the worker listens. */
  #unsaid: ToWorker[] = [];
  #clock = Subscription.EMPTY;

  constructor(create: () => AnyWorker, options: ClientOptions) {
    this.#create = create;
    this.#options = options;
  }

  /** Begins a stream; `say` gives the message for its number. Returns how to leave it. */
  open(say: (stream: number) => ToWorker, listener: StreamListener): () => void {
    this.#count += 1;
    const stream = this.#count;
    this.#streams.set(stream, listener);
    this.#start();
    this.post(say(stream));
    return () => {
      if (!this.#streams.delete(stream)) return;
      this.post({ type: 'stop', stream });
      this.#rest();
    };
  }

  post(message: ToWorker): void {
    if (!this.#worker) return;
    if (this.#isReady) this.#worker.postMessage({ ...message, mark: wireMark });
    else this.#unsaid.push(message);
  }

  #start(): void {
    if (this.#worker) {
      if (this.#isReady) this.#clock.unsubscribe();
      hold(this.#worker, true);
      return;
    }
    const { readyMs } = this.#options;
    const worker = this.#create();
    this.#worker = worker;
    this.#clock = after(readyMs, () => {
      this.#fail('silent', `it said nothing within ${readyMs} ms; does its script call serveStreams?`);
    });
    listenTo(worker, {
      onMessage: (data) => {
        if (worker === this.#worker && isOurs(data)) this.#hear(data as FromWorker);
      },
      onFailure: (problem, cause) => {
        if (worker === this.#worker) this.#fail(this.#isReady ? 'crashed' : 'failed-to-start', problem, cause);
      },
    });
  }

  #hear(message: FromWorker): void {
    if (message.type === 'ready') this.#ready();
    else {
      const listener = this.#streams.get(message.stream);
      if (message.type === 'complete' || message.type === 'error') this.#streams.delete(message.stream);
      if (message.type === 'error') listener?.onError(errorFromJson(message.error));
      else listener?.onMessage(message);
      this.#rest();
    }
  }

  #ready(): void {
    this.#clock.unsubscribe();
    this.#isReady = true;
    for (const message of this.#unsaid.splice(0)) this.post(message);
    this.#rest();
  }

  /** Lets the worker go when there is no more for it to do. */
  #rest(): void {
    if (this.#streams.size > 0 || !this.#worker) return;
    const { keepAliveMs } = this.#options;
    if (keepAliveMs === 0) {
      this.#let();
      return;
    }
    hold(this.#worker, false);
    if (!this.#isReady) return;
    this.#clock.unsubscribe();
    this.#clock = after(keepAliveMs, () => {
      this.#let();
    });
  }

  #let(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    this.#unsaid = [];
    this.#clock.unsubscribe();
    // It ends by itself, sooner or later; nobody waits for it.
    void worker?.terminate();
  }

  #fail(reason: WorkerErrorReason, problem: string, cause?: unknown): void {
    const listeners = [...this.#streams.values()];
    this.#streams.clear();
    this.#let();
    for (const listener of listeners) listener.onError(new WorkerError(reason, problem, { cause }));
  }
}
