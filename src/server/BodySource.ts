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
  /** What is being fetched of the log. */
  #page: Promise<void> | undefined;
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
        const frames = this.#page ? 'page' : this.#feed.poll();
        if (this.#isOver) return;
        if (frames === undefined) {
          this.#close();
          controller.close();
          return;
        }
        if (typeof frames === 'object') this.#text = frames.map(encodeFrame).join('');
        else await this.#news(frames === 'page');
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

  /** Waits for news of the log, or for what is fetched of it; for the time of a heartbeat at most. */
  #news(isFetched: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        this.#timer.unsubscribe();
        resolve();
      };
      this.#timer = after(this.#clocks.heartbeatMs, () => {
        this.#text = encodeFrame({ kind: 'heartbeat', comment: '' });
        resolve();
      });
      if (isFetched) this.#fetch().then(go, reject);
      else this.#feed.onWake = go;
    });
  }

  /** One at a time, however often it is waited for. */
  #fetch(): Promise<void> {
    this.#page ??= this.#feed.page().finally(() => {
      this.#page = undefined;
    });
    return this.#page;
  }

  #close(): void {
    this.#isOver = true;
    this.#timer.unsubscribe();
    this.#feed.close();
  }
}
