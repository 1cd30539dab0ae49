import { Subscription } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { encodeFrame } from '../frames/encodeFrame.ts';
import { after } from '../internal/after.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { Encoder } from './Encoder.ts';
import { FrameFeed } from './FrameFeed.ts';
import { clocksOf, type SinkClocks, type SinkOptions, streamHeaders } from './SinkOptions.ts';

/** The part of a response of Node's `http` or `http2` that is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers?: Readonly<Record<string, string>>): unknown;
  write(text: string): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
}

/** How a response ended: whole, left by its client, or dropped, since the client read nothing or the log could not be read. */
export type PipeEnd = 'ended' | 'left' | 'stalled' | 'failed';

/** Writes one response, as fast as its client reads it. */
class ResponsePipe<T> {
  readonly ended: Promise<PipeEnd>;
  readonly #feed: FrameFeed<T>;
  readonly #response: NodeResponse;
  readonly #clocks: SinkClocks;
  #isBusy = false;
  #isFull = false;
  #isOver = false;
  #timer = Subscription.EMPTY;
  #resolve: (end: PipeEnd) => void = () => undefined;

  constructor(feed: FrameFeed<T>, response: NodeResponse, clocks: SinkClocks) {
    this.#feed = feed;
    this.#response = response;
    this.#clocks = clocks;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    feed.onWake = () => {
      this.pump();
    };
    response.on('drain', () => {
      this.#isFull = false;
      this.pump();
    });
    response.on('close', () => {
      this.#finish('left');
    });
    // Told with `close`, too; without a listener it would end the process.
    response.on('error', () => undefined);
  }

  pump(): void {
    if (this.#isBusy || this.#isFull || this.#isOver) return;
    try {
      this.#write();
    } catch {
      this.#drop('failed');
    }
  }

  #write(): void {
    while (!this.#isFull && !this.#isOver) {
      const frames = this.#feed.poll();
      if (frames === 'wait') {
        this.#beat();
        return;
      }
      if (frames === 'page') {
        this.#fetch();
        return;
      }
      if (frames === undefined) {
        this.#finish('ended');
        this.#response.end();
        return;
      }
      if (frames.length > 0) this.send(frames.map(encodeFrame).join(''));
    }
  }

  send(text: string): void {
    this.#timer.unsubscribe();
    this.#isFull = !this.#response.write(text);
    if (!this.#isFull) return;
    this.#timer = after(this.#clocks.stallMs, () => {
      this.#drop('stalled');
    });
  }

  #fetch(): void {
    this.#isBusy = true;
    this.#feed.page().then(
      () => {
        this.#isBusy = false;
        this.pump();
      },
      () => {
        this.#drop('failed');
      },
    );
  }

  #beat(): void {
    this.#timer.unsubscribe();
    this.#timer = after(this.#clocks.heartbeatMs, () => {
      this.send(encodeFrame({ kind: 'heartbeat', comment: '' }));
      this.pump();
    });
  }

  /** Without an ending of its own, so that nobody takes what there is for all there is. */
  #drop(end: PipeEnd): void {
    this.#finish(end);
    this.#response.destroy();
  }

  #finish(end: PipeEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.unsubscribe();
    this.#feed.close();
    this.#resolve(end);
  }
}

/**
 * Sends an answer to a client as Server-Sent Events, from the place of `reader` on, as fast as the client reads: for Node's `http` and
 * `http2`, Express and Fastify (`reply.raw`).
 *
 * - **Shape:** resolves with how the response ended; never rejects. 204 where the answer has ended and the client has had all of it
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** a place for each client; one that lags gets joined pieces
 * - **Completes:** with the protocol's own terminal, whatever the outcome. Where the log cannot be read the connection is cut
 *   without one, so that the client resumes
 * - **Unsubscribe:** a client that leaves closes the reader; the answer goes on
 *
 * @category server
 * @since 0.1.0
 */
export function pipeToResponse<T = Delta>(
  reader: LogReader<T>,
  response: NodeResponse,
  encoder: Encoder<T>,
  options: SinkOptions = {},
): Promise<PipeEnd> {
  const clocks = clocksOf(options);
  const feed = new FrameFeed(reader, encoder, options);
  const { headers, retryMs } = options;
  if (response.destroyed) {
    feed.close();
    return Promise.resolve('left');
  }
  if (feed.isAtEnd && !response.headersSent) {
    feed.close();
    response.writeHead(204, { ...headers });
    response.end();
    return Promise.resolve('ended');
  }
  const pipe = new ResponsePipe(feed, response, clocks);
  if (!response.headersSent) response.writeHead(200, { ...streamHeaders, ...encoder.headers, ...headers });
  // Sends the headers along: a client must not wait for the first token to know that it is connected.
  pipe.send(retryMs === undefined ? ': \n\n' : `retry: ${retryMs}\n\n`);
  pipe.pump();
  return pipe.ended;
}
