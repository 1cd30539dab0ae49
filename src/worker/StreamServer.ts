import { Subscription } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { errorToJson } from '../errors/errorToJson.ts';
import { WorkerError } from '../errors/WorkerError.ts';
import { after } from '../internal/after.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import { carriedDelta } from '../deltas/carriedDelta.ts';
import { KeyQuestions } from './KeyQuestions.ts';
import { Outbox } from './Outbox.ts';
import type { FromWorker, PostedError, PostedRequest, ToWorker } from './WorkerMessage.ts';

/** One answer, while it is being streamed. */
interface RunningStream {
  readonly subscription: Subscription;
  readonly questions: KeyQuestions;
}

const notCloneable = (error: unknown): WorkerError => {
  const why = error instanceof Error ? error.message : String(error);
  return new WorkerError('not-cloneable', `something in the answer cannot leave it, for it is not plain data: ${why}`);
};

/** The streams of a worker: begun, left and answered for as the page says. */
export class StreamServer {
  readonly #dialects: ReadonlyMap<string, Dialect>;
  readonly #post: (message: FromWorker) => void;
  readonly #streams = new Map<number, RunningStream>();
  readonly #outbox: Outbox;

  constructor(dialects: ReadonlyMap<string, Dialect>, post: (message: FromWorker) => void) {
    this.#dialects = dialects;
    this.#post = post;
    this.#outbox = new Outbox(
      (batches) => {
        post({ type: 'deltas', batches });
      },
      (stream, error) => {
        this.#fail(stream, notCloneable(error));
      },
    );
  }

  hear(message: ToWorker): void {
    if (message.type === 'taken') this.#outbox.taken();
    else if (message.type === 'start') this.#start(message.stream, message.request);
    else if (message.type === 'stop') {
      this.#leave(message.stream);
      // A turn later: what closes the socket is on its way then, and the worker may be terminated.
      after(0, () => {
        this.#post({ type: 'stopped' });
      });
    } else this.#streams.get(message.stream)?.questions.hear(message);
  }

  #start(stream: number, { dialect, options, body, apiKey, pace }: PostedRequest): void {
    const questions = new KeyQuestions((question) => {
      this.#post({ type: 'ask-key', stream, question });
    });
    const subscription = new Subscription();
    this.#streams.set(stream, { subscription, questions });
    this.#outbox.pace = pace;
    this.#outbox.open(stream);
    const key = typeof apiKey === 'object' ? () => questions.ask() : apiKey;
    const readWhen = (): Promise<void> => this.#outbox.room(stream);
    const parsed: unknown = body === undefined ? undefined : JSON.parse(body);
    try {
      const request = { ...options, apiKey: key, readWhen, body: parsed };
      subscription.add(this.#follow(stream, streamDeltas<unknown, unknown>(this.#find(dialect), request)));
    } catch (error) {
      this.#fail(stream, error);
    }
  }

  #find(name: string): Dialect<unknown, unknown> {
    const dialect = this.#dialects.get(name);
    if (dialect) return dialect as Dialect<unknown, unknown>;
    const known = [...this.#dialects.keys()].join(', ') || 'none';
    throw new WorkerError('unknown-dialect', `it has no dialect "${name}" (it has: ${known}); give it to serveStreams`);
  }

  #follow(stream: number, deltas: ReturnType<typeof streamDeltas>): Subscription {
    return deltas.subscribe({
      next: (delta) => {
        this.#outbox.add(stream, this.#carried(stream, delta));
      },
      error: (error: unknown) => {
        this.#outbox.finish(stream);
        this.#fail(stream, error);
      },
      complete: () => {
        this.#outbox.finish(stream);
        if (this.#leave(stream)) this.#post({ type: 'complete', stream });
      },
    });
  }

  #carried(stream: number, delta: Delta): Delta {
    return carriedDelta(delta, (error) => this.#toPost(stream, error));
  }

  #toPost(stream: number, error: unknown): PostedError {
    return { ...errorToJson(error), question: this.#streams.get(stream)?.questions.refusedBy(error) };
  }

  #fail(stream: number, error: unknown): void {
    const posted = this.#toPost(stream, error);
    if (!this.#leave(stream)) return;
    try {
      this.#post({ type: 'error', stream, error: posted });
    } catch (problem) {
      this.#post({ type: 'error', stream, error: errorToJson(notCloneable(problem)) });
    }
  }

  /** Says whether the stream was still there. */
  #leave(stream: number): boolean {
    const running = this.#streams.get(stream);
    this.#streams.delete(stream);
    this.#outbox.drop(stream);
    running?.subscription.unsubscribe();
    return running !== undefined;
  }
}
