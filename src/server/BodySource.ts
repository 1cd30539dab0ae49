import { Subscription } from 'rxjs';

import { encodeFrame } from '../frames/encodeFrame.ts';
import { after } from '../internal/after.ts';
import type { FrameFeed } from './FrameFeed.ts';
import type { SinkClocks } from './SinkOptions.ts';

/** What the body of a response is pulled out of, a piece whenever one is wanted. */
export class BodySource<T> implements UnderlyingDefaultSource<Uint8Array> {
  readonly #feed: FrameFeed<T>;
  readonly #clocks: SinkClocks;
  readonly #report: (error: unknown) => void;
  readonly #utf8 = new TextEncoder();
  /** What has been encoded and not been asked for yet. */
  #text: string;
  #timer = Subscription.EMPTY;
  #isOver = false;

  constructor(feed: FrameFeed<T>, clocks: SinkClocks, report: (error: unknown) => void, head: string) {
    this.#feed = feed;
    this.#clocks = clocks;
    this.#report = report;
    this.#text = head;
  }

  /** A body that nobody ever reads is one of a client that reads nothing. */
  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#awaitClient(controller);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#timer.unsubscribe();
    try {
      while (this.#text === '') {
        const frames = this.#feed.poll();
        if (this.#isOver) return;
        if (frames === undefined) {
          this.#close();
          controller.close();
          return;
        }
        if (frames === 'page') await this.#feed.page();
        else if (frames === 'wait') await this.#news();
        else this.#text = frames.map(encodeFrame).join('');
      }
    } catch (error) {
      // Not an end: nobody is to take what there is for all there is.
      if (!this.#isOver) this.#report(error);
      this.#close();
      throw error;
    }
    this.#give(controller);
  }

  cancel(): void {
    this.#close();
  }

  #give(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#isOver) return;
    controller.enqueue(this.#utf8.encode(this.#text));
    this.#text = '';
    this.#awaitClient(controller);
  }

  #awaitClient(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { stallMs } = this.#clocks;
    const drop = (): void => {
      this.#close();
      controller.error(new Error(`the client read nothing for ${stallMs} ms`));
    };
    // A body that nobody reads is nothing to stay for.
    this.#timer = after(stallMs, drop, false);
  }

  /** Waits for news, or for the time of a heartbeat. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = after(this.#clocks.heartbeatMs, () => {
        this.#text = encodeFrame({ kind: 'heartbeat', comment: '' });
        resolve();
      });
      this.#feed.onWake = () => {
        this.#timer.unsubscribe();
        resolve();
      };
    });
  }

  #close(): void {
    this.#isOver = true;
    this.#timer.unsubscribe();
    this.#feed.close();
  }
}
