import { Subscription } from 'rxjs';

import { WorkerError, type WorkerErrorReason } from '../errors/WorkerError.ts';
import { after } from '../internal/after.ts';
import { type AnyWorker, listenTo } from './AnyWorker.ts';
import { lifeLock } from './lifeLock.ts';
import {
  type Batch,
  type FromWorker,
  isOurs,
  type PostedRequest,
  type StreamMessage,
  type ToWorker,
  wireMark,
} from './WorkerMessage.ts';

/** Whoever waits for a stream of the worker. */
export interface StreamListener {
  onBatch(deltas: Batch['deltas']): void;
  onMessage(message: StreamMessage): void;
  /** It ends here. */
  onFailure(error: WorkerError): void;
}

export interface ClientOptions {
  readonly keepAliveMs: number;
  readonly readyMs: number;
}

interface OpenStream {
  readonly request: PostedRequest;
  readonly listener: StreamListener;
}

/** How long a worker may take to let go of what a stream held, in milliseconds, before it is terminated nevertheless. */
const maxStopMs = 1_000;

/** Workers that were handed to any client: one cannot be shared, nor used again once it was let go. */
const used = /* @__PURE__ */ new WeakSet<AnyWorker>();

/** How a worker of Node's is kept from holding up the end of the process while it has nothing to do. */
const hold = (worker: AnyWorker, isHeld: boolean): void => {
  const { ref, unref } = worker as { ref?: () => void; unref?: () => void };
  if (isHeld) ref?.call(worker);
  else unref?.call(worker);
};

/** Calls back later, without holding up the end of a process either. */
const idly = (ms: number, callback: () => void): Subscription => {
  if (ms === Infinity) return new Subscription();
  const timer = setTimeout(callback, ms) as number | { unref?: () => void };
  if (typeof timer === 'object') timer.unref?.();
  return new Subscription(() => {
    clearTimeout(timer as number);
  });
};

/** A worker and the streams that run in it: made for the first of them, and let go when there is none left. */
export class WorkerClient {
  readonly #create: () => AnyWorker;
  readonly #options: ClientOptions;
  readonly #streams = new Map<number, OpenStream>();
  #count = 0;
  #worker: AnyWorker | undefined;
  #isReady = false;
  /** How many streams it was told to stop and has not stopped yet: browsers may forget to close what a terminated one had open. */
  #stopping = 0;
  /** Until the worker is to be ready; later, until it may go. */
  #clock = Subscription.EMPTY;
  #stopWatching = (): void => undefined;

  constructor(create: () => AnyWorker, options: ClientOptions) {
    this.#create = create;
    this.#options = options;
  }

  /** Begins a stream. Returns how to leave it. */
  open(request: PostedRequest, listener: StreamListener): { readonly stream: number; readonly leave: () => void } {
    this.#count += 1;
    const stream = this.#count;
    this.#streams.set(stream, { request, listener });
    this.#start();
    if (this.#isReady) this.#begin(stream);
    const leave = (): void => {
      if (!this.#streams.delete(stream)) return;
      if (this.#isReady) this.#stopping += 1;
      this.post({ type: 'stop', stream });
      this.#rest();
    };
    return { stream, leave };
  }

  post(message: ToWorker): void {
    if (this.#isReady) this.#worker?.postMessage({ ...message, mark: wireMark });
  }

  #start(): void {
    if (this.#worker) {
      if (this.#isReady) this.#clock.unsubscribe();
      hold(this.#worker, true);
      return;
    }
    try {
      this.#listen(this.#made());
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#fail('failed-to-start', `it could not be made: ${why}`, cause);
    }
  }

  #made(): AnyWorker {
    const worker = this.#create();
    if (used.has(worker)) throw new Error('inWorker was given one that it had before; make a new one each time');
    used.add(worker);
    return worker;
  }

  #listen(worker: AnyWorker): void {
    const { readyMs } = this.#options;
    this.#worker = worker;
    this.#clock = after(readyMs, () => {
      this.#fail('silent', `it was not ready within ${readyMs} ms; does its script call serveStreams?`);
    });
    listenTo(worker, {
      onMessage: (data) => {
        if (worker === this.#worker && isOurs(data)) this.#hear(data as FromWorker);
      },
      onFailure: (problem, { cause, isSilent = false } = {}) => {
        if (worker !== this.#worker) return;
        const reason = isSilent ? 'silent' : 'failed-to-start';
        this.#fail(this.#isReady ? 'crashed' : reason, problem, cause);
      },
    });
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#ready(message.lock);
        break;
      case 'deltas':
        for (const { stream, deltas } of message.batches) this.#streams.get(stream)?.listener.onBatch(deltas);
        this.post({ type: 'taken' });
        break;
      case 'stopped':
        this.#stopping -= 1;
        this.#rest();
        break;
      default:
        this.#hearOf(message);
    }
  }

  #hearOf(message: StreamMessage): void {
    const { stream, type } = message;
    const listener = this.#streams.get(stream)?.listener;
    if (type !== 'ask-key') this.#streams.delete(stream);
    listener?.onMessage(message);
    this.#rest();
  }

  #ready(lock: string | undefined): void {
    this.#clock.unsubscribe();
    this.#isReady = true;
    if (lock !== undefined) {
      this.#stopWatching = lifeLock.whenFree(lock, () => {
        this.#fail('crashed', 'it was terminated');
      });
    }
    for (const stream of this.#streams.keys()) this.#begin(stream);
    this.#rest();
  }

  #begin(stream: number): void {
    const request = this.#streams.get(stream)?.request;
    if (request) this.post({ type: 'start', stream, request });
  }

  /** Lets the worker go when there is no more for it to do. */
  #rest(): void {
    if (this.#streams.size > 0 || !this.#worker) return;
    const { keepAliveMs } = this.#options;
    if (keepAliveMs === 0 && this.#stopping === 0) {
      this.#let();
      return;
    }
    hold(this.#worker, false);
    if (!this.#isReady) return;
    this.#clock.unsubscribe();
    this.#clock = idly(keepAliveMs === 0 ? maxStopMs : keepAliveMs, () => {
      this.#let();
    });
  }

  #let(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    this.#stopping = 0;
    this.#clock.unsubscribe();
    this.#stopWatching();
    // It ends by itself, sooner or later; nobody waits for it.
    void worker?.terminate();
  }

  #fail(reason: WorkerErrorReason, problem: string, cause?: unknown): void {
    const open = [...this.#streams.values()];
    this.#streams.clear();
    this.#let();
    for (const { listener } of open) listener.onFailure(new WorkerError(reason, problem, { cause }));
  }
}
