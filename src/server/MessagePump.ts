import { type Subscriber, Subscription } from 'rxjs';

import type { MessageFrame } from '../frames/Frame.ts';
import { after } from '../internal/after.ts';
import type { FrameFeed } from './FrameFeed.ts';
import { shownError } from './shownError.ts';
import type { SinkClocks } from './SinkOptions.ts';

/** What NestJS writes as an event, and calls `MessageEvent`. */
export interface NestMessage {
  id?: string;
  type?: string;
  data?: string;
  retry?: number;
  comment?: string;
}

/** Writes what a feed has, a few frames in each turn of the event loop, so that what is written can go out. */
export class MessagePump<T> {
  readonly #feed: FrameFeed<T>;
  readonly #out: Subscriber<NestMessage>;
  readonly #clocks: SinkClocks;
  readonly #report: (error: unknown) => void;
  #lastId: string;
  #isBusy = false;
  #timer = Subscription.EMPTY;

  constructor(feed: FrameFeed<T>, out: Subscriber<NestMessage>, clocks: SinkClocks, report: (error: unknown) => void) {
    this.#feed = feed;
    this.#out = out;
    this.#clocks = clocks;
    this.#report = report;
    this.#lastId = feed.startedAt;
    feed.onWake = () => {
      this.pump();
    };
  }

  pump(): void {
    if (this.#isBusy || this.#out.closed) return;
    this.#timer.unsubscribe();
    try {
      this.#write();
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    this.#timer.unsubscribe();
    this.#feed.close();
  }

  /** What clients see of it is Nest's to say; nothing of this server's inside is to be in it. */
  fail(error: unknown): void {
    if (this.#out.closed) return;
    this.#report(error);
    this.#out.error(shownError(error));
  }

  sendRetry(retryMs: number): void {
    this.#out.next({ id: this.#lastId, retry: retryMs });
  }

  #write(): void {
    const frames = this.#feed.poll();
    if (frames === undefined) this.#out.complete();
    else if (frames === 'wait') this.#beat();
    else if (frames === 'page') this.#wait(this.#feed.page());
    else {
      this.#isBusy = true;
      for (const frame of frames) this.#out.next(this.#message(frame));
      this.#wait(new Promise((resolve) => (this.#timer = after(0, resolve))));
    }
  }

  #wait(ready: Promise<void>): void {
    this.#isBusy = true;
    ready.then(
      () => {
        this.#isBusy = false;
        this.pump();
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** Nest numbers what has no id, and its numbers are no places of this log: where there is none, the client stays where it was. */
  #message({ id = this.#lastId, event, data }: MessageFrame): NestMessage {
    this.#lastId = id;
    return event === undefined ? { id, data } : { id, type: event, data };
  }

  #beat(): void {
    this.#timer = after(this.#clocks.heartbeatMs, () => {
      this.#out.next({ comment: '' });
      this.pump();
    });
  }
}
