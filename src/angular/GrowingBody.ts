import { asyncScheduler, Subscription } from 'rxjs';

import { after } from '../internal/after.ts';

export interface GrowingBodyOptions {
  /** The least time between two looks at a text that grows, in milliseconds. */
  readonly sampleMs: number;
  /** Called when the reader leaves. */
  readonly onLeft: () => void;
  /** Runs what winds timers where they disturb nobody. */
  readonly outside: (work: () => void) => void;
}

const endsInPair = (text: string): boolean => /[\ud800-\udbff]/.test(text.slice(-1));

const changed =
  'the text of the response changed where it was read already: an interceptor may have put another in its place';

/**
 * The body of a response, made of what HttpClient tells of it: pieces, or its whole text so far again and again.
 *
 * Such a text is a rope. To look at its end, the engine copies all of it, so a text is looked at only when somebody reads, and
 * seldom; one that nobody looks at costs nothing.
 */
export class GrowingBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: GrowingBodyOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether a read waits. */
  #isWanted = false;
  readonly #pieces: Uint8Array[] = [];
  /** The text so far that nobody has looked at yet. */
  #text: string | undefined;
  /** As much of it as was handed over. */
  #seen = '';
  #lastLookMs = -Infinity;
  #nextLook = Subscription.EMPTY;
  /** How it ends once all that came was read. */
  #end: (() => void) | undefined;

  constructor(options: GrowingBodyOptions) {
    this.#options = options;
    const source: UnderlyingDefaultSource<Uint8Array> = {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#isWanted = true;
        this.#offer();
      },
      cancel: () => {
        this.#controller = undefined;
        this.abandon();
        options.onLeft();
      },
    };
    this.stream = new ReadableStream(source, { highWaterMark: 0 });
  }

  /** The text so far, whole. */
  grow(text: string): void {
    if (this.#end) return;
    this.#text = text;
    this.#offer();
  }

  /** A piece of its own. */
  push(piece: Uint8Array): void {
    if (this.#end) return;
    this.#pieces.push(piece);
    this.#offer();
  }

  /** There is no more; `text` is all of it, if it is known. */
  finish(text?: string | null): void {
    if (this.#end) return;
    this.#text = text ?? this.#text;
    this.#endWith(() => this.#controller?.close());
  }

  /** It broke off; what came before is still read. */
  break(error: unknown): void {
    if (!this.#end) this.#endWith(() => this.#controller?.error(error));
  }

  /** It is void, and with it what was not read yet; an `error` tells the reader so. */
  abandon(error?: unknown): void {
    this.#pieces.length = 0;
    this.#text = undefined;
    this.#nextLook.unsubscribe();
    this.#end = undefined;
    if (error !== undefined) this.break(error);
  }

  #endWith(end: () => void): void {
    this.#end = end;
    this.#offer();
  }

  #offer(): void {
    if (!this.#isWanted) return;
    const piece = this.#pieces.shift() ?? this.#fresh();
    if (piece) {
      this.#isWanted = false;
      this.#controller?.enqueue(piece);
    } else if (this.#end && this.#text === undefined) {
      this.#isWanted = false;
      this.#end();
    }
  }

  #lookIn(restMs: number): void {
    if (!this.#nextLook.closed) return;
    this.#options.outside(() => {
      this.#nextLook = after(restMs, () => {
        this.#offer();
      });
    });
  }

  /** What is new in the text, once it is time to look. */
  #fresh(): Uint8Array | undefined {
    const text = this.#text;
    if (text === undefined) return undefined;
    const restMs = this.#end ? 0 : this.#lastLookMs + this.#options.sampleMs - asyncScheduler.now();
    if (restMs > 0) {
      this.#lookIn(restMs);
      return undefined;
    }
    this.#nextLook.unsubscribe();
    this.#lastLookMs = asyncScheduler.now();
    this.#text = undefined;
    if (text.slice(0, this.#seen.length) !== this.#seen) {
      this.#end = () => this.#controller?.error(new TypeError(changed));
      return undefined;
    }
    // The other half of a pair is on its way.
    const chars = text.length - (!this.#end && endsInPair(text) ? 1 : 0);
    const piece = text.slice(this.#seen.length, chars);
    if (piece === '') return undefined;
    this.#seen = chars === text.length ? text : text.slice(0, chars);
    // Made here: tests under jest's jsdom, which has none, import this file without using it.
    return new TextEncoder().encode(piece);
  }
}
