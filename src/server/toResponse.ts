import { Subscription } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { encodeFrame } from '../frames/encodeFrame.ts';
import { after } from '../internal/after.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { Encoder } from './Encoder.ts';
import { FrameFeed } from './FrameFeed.ts';
import { clocksOf, type SinkClocks, type SinkOptions, streamHeaders } from './SinkOptions.ts';

/** What the body of a response is pulled out of. */
class BodySource<T> implements UnderlyingDefaultSource<Uint8Array> {
  readonly #feed: FrameFeed<T>;
  readonly #clocks: SinkClocks;
  readonly #utf8 = new TextEncoder();
  #head: string;
  #timer = Subscription.EMPTY;

  constructor(feed: FrameFeed<T>, clocks: SinkClocks, head: string) {
    this.#feed = feed;
    this.#clocks = clocks;
    this.#head = head;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#timer.unsubscribe();
    let text = this.#head;
    this.#head = '';
    try {
      while (text === '') {
        const frames = this.#feed.poll();
        if (frames === undefined) {
          this.#feed.close();
          controller.close();
          return;
        }
        if (frames === 'page') await this.#feed.page();
        else if (frames === 'wait') text = await this.#news();
        else text = frames.map(encodeFrame).join('');
      }
    } catch (error) {
      this.#feed.close();
      throw error;
    }
    controller.enqueue(this.#utf8.encode(text));
    this.#timer = after(this.#clocks.stallMs, () => {
      this.#feed.close();
      // Not an end: nobody is to take what there is for all there is.
      controller.error(new Error(`the client read nothing for ${this.#clocks.stallMs} ms`));
    });
  }

  cancel(): void {
    this.#timer.unsubscribe();
    this.#feed.close();
  }

  /** Waits for news, or for the time of a heartbeat, which is given then. */
  #news(): Promise<string> {
    return new Promise((resolve) => {
      this.#timer = after(this.#clocks.heartbeatMs, () => {
        resolve(encodeFrame({ kind: 'heartbeat', comment: '' }));
      });
      this.#feed.onWake = () => {
        this.#timer.unsubscribe();
        resolve('');
      };
    });
  }
}

/**
 * An answer as a `Response` of Server-Sent Events, from the place of `reader` on, pulled as fast as the client reads: for servers in
 * the style of `fetch` (Hono, Next, Bun, Deno, workers).
 *
 * - **Shape:** a `Response` at once; 204 where the answer has ended and the client has had all of it
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** a place for each client; one that lags gets joined pieces
 * - **Completes:** with the protocol's own terminal, whatever the outcome. Where the log cannot be read the body errors, so that
 *   the client resumes
 * - **Unsubscribe:** a body that is cancelled closes the reader; the answer goes on
 *
 * @category server
 * @since 0.1.0
 */
export function toResponse<T = Delta>(reader: LogReader<T>, encoder: Encoder<T>, options: SinkOptions = {}): Response {
  const clocks = clocksOf(options);
  const feed = new FrameFeed(reader, encoder, options);
  const { headers, retryMs } = options;
  if (feed.isAtEnd) {
    feed.close();
    return new Response(null, { status: 204, headers: { ...headers } });
  }
  // At once, so that a client knows that it is connected before the first token.
  const head = retryMs === undefined ? ': \n\n' : `retry: ${retryMs}\n\n`;
  const body = new ReadableStream(new BodySource(feed, clocks, head), { highWaterMark: 0 });
  return new Response(body, { headers: { ...streamHeaders, ...encoder.headers, ...headers } });
}
