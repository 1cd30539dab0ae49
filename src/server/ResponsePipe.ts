import { Subscription } from 'rxjs';

import { encodeFrame } from '../frames/encodeFrame.ts';
import { after } from '../internal/after.ts';
import { cutResponse } from './cutResponse.ts';
import type { FrameFeed } from './FrameFeed.ts';
import type { NodeResponse } from './NodeResponse.ts';
import type { SinkClocks } from './SinkOptions.ts';
import { splitText } from './splitText.ts';

/** How a response ended: whole, left by its client, or dropped, since the client read nothing or the log could not be read. */
export type PipeEnd = 'ended' | 'left' | 'stalled' | 'failed';

/** What is written at once, in UTF-16 code units: so much a client must take within `stallMs`. */
const maxWriteChars = 16_384;

/** Writes one response, as fast as its client reads it. */
export class ResponsePipe<T> {
  readonly ended: Promise<PipeEnd>;
  readonly #feed: FrameFeed<T>;
  readonly #response: NodeResponse;
  readonly #clocks: SinkClocks;
  readonly #report: (error: unknown) => void;
  /** What has been encoded and not been written yet. */
  #text: string;
  #isFetching = false;
  #isFull = false;
  #isEnding = false;
  #isOver = false;
  #timer = Subscription.EMPTY;
  #resolve: (end: PipeEnd) => void = () => undefined;

  constructor(
    feed: FrameFeed<T>,
    response: NodeResponse,
    clocks: SinkClocks,
    report: (error: unknown) => void,
    head: string,
  ) {
    this.#feed = feed;
    this.#response = response;
    this.#clocks = clocks;
    this.#report = report;
    this.#text = head;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#listen();
  }

  pump(): void {
    if (this.#isFetching || this.#isFull || this.#isEnding || this.#isOver) return;
    try {
      this.#write();
    } catch (error) {
      this.#fail(error);
    }
  }

  #listen(): void {
    this.#feed.onWake = () => {
      this.pump();
    };
    this.#response.on('drain', () => {
      this.#isFull = false;
      this.#timer.unsubscribe();
      if (this.#isFetching) this.#beat();
      else this.pump();
    });
    // HTTP/2 says so of a stream that was reset, too.
    this.#response.on('finish', () => {
      if (this.#isEnding && (this.#response.stream?.rstCode ?? 0) === 0) this.#finish('ended');
    });
    this.#response.on('close', () => {
      this.#finish('left');
    });
    // Told with `close`, too; without a listener it would end the process.
    this.#response.on('error', () => undefined);
  }

  #write(): void {
    while (!this.#isFull && !this.#isOver) {
      if (this.#text === '') {
        const frames = this.#feed.poll();
        if (typeof frames !== 'object') {
          this.#rest(frames);
          return;
        }
        this.#text = frames.map(encodeFrame).join('');
      }
      if (this.#text !== '') this.#writeSome();
    }
  }

  #writeSome(): void {
    const [now, later] = splitText(this.#text, maxWriteChars);
    this.#text = later;
    this.#timer.unsubscribe();
    this.#isFull = !this.#response.write(now);
    if (this.#isFull) this.#awaitClient();
  }

  /** What to do where there is nothing to write. */
  #rest(why: 'wait' | 'page' | undefined): void {
    if (why === undefined) {
      this.#end();
      return;
    }
    this.#beat();
    if (why === 'page') this.#fetch();
  }

  /** Keeps the connection alive while nothing comes. */
  #beat(): void {
    this.#timer.unsubscribe();
    this.#timer = after(this.#clocks.heartbeatMs, () => {
      this.#text = encodeFrame({ kind: 'heartbeat', comment: '' });
      this.#writeSome();
      if (!this.#isFull) this.#beat();
    });
  }

  #fetch(): void {
    this.#isFetching = true;
    this.#feed.page().then(
      () => {
        this.#isFetching = false;
        this.pump();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  #end(): void {
    this.#isEnding = true;
    this.#timer.unsubscribe();
    this.#feed.close();
    // The client has still to take what is on its way.
    this.#awaitClient();
    this.#response.end();
  }

  #awaitClient(): void {
    this.#timer = after(this.#clocks.stallMs, () => {
      this.#drop('stalled');
    });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#drop('failed');
    this.#report(error);
  }

  /** Without an ending of its own, so that nobody takes what there is for all there is. */
  #drop(end: PipeEnd): void {
    this.#finish(end);
    cutResponse(this.#response);
  }

  #finish(end: PipeEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#text = '';
    this.#timer.unsubscribe();
    this.#feed.close();
    this.#resolve(end);
  }
}
