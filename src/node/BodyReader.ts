import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import type { PushedBody } from '../bytes/PushedBody.ts';

type Read = ReadableStreamReadResult<Uint8Array>;

interface Waiting {
  readonly resolve: (read: Read) => void;
  readonly reject: (error: Error) => void;
}

/** What is held of a body that nobody reads, before the server is slowed down. */
const maxHeldBytes = 65_536;

/**
 * The body of a message, for one reader, who pulls or is pushed. Hand-written, because the web stream that Node makes of a message
 * costs more than all the rest of the way, and 20 KiB of heap (`npm run bench -- concurrent`).
 */
export class BodyReader implements PushedBody {
  readonly #message: IncomingMessage;
  readonly #content: Readable;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isPaused = false;
  #isEnded = false;
  #error: Error | undefined;
  #waiting: Waiting | undefined;
  /** Who is pushed. */
  #next: ((slice: Uint8Array) => void) | undefined;

  constructor(message: IncomingMessage, content: Readable) {
    this.#message = message;
    this.#content = content;
    content.on('end', () => {
      this.#end();
    });
    content.on('error', (error) => {
      this.fail(error);
    });
    if (content === message) this.#intercept();
    content.on('data', (slice: Buffer) => {
      if (!this.#take(slice)) content.pause();
    });
  }

  getReader(): this {
    return this;
  }

  read(): Promise<Read> {
    const slice = this.#held.shift();
    if (!slice) return this.#ending();
    this.#heldBytes -= slice.byteLength;
    if (this.#heldBytes < maxHeldBytes) this.#resume();
    return Promise.resolve({ done: false, value: slice });
  }

  async push(next: (slice: Uint8Array) => void): Promise<void> {
    this.#next = next;
    for (const slice of this.#held.splice(0)) next(slice);
    this.#resume();
    await this.#ending();
  }

  /** Lets go of the rest; of a body that has not ended the connection is closed. */
  cancel(): Promise<void> {
    this.#held = [];
    if (!this.#isEnded) this.#content.destroy();
    this.#end();
    return Promise.resolve();
  }

  /** Ends the body with an error, behind what has come of it. */
  fail(error: Error): void {
    if (this.#isEnded || this.#error) return;
    this.#error = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let read = await this.read(); !read.done; read = await this.read()) yield read.value;
    } finally {
      await this.cancel();
    }
  }

  /**
   * Takes what the parser puts into the message, instead of what comes out of it, at a third less for each read. A Node whose
   * parser did it in another way would give the same by `data`.
   */
  #intercept(): void {
    const message = this.#message;
    const end = message.push.bind(message);
    message.push = (slice: Buffer | null): boolean => {
      // What `false` does to a message is that its socket pauses.
      if (slice !== null) return this.#take(slice);
      // The socket goes on to the next request.
      this.#resume();
      return end(null);
    };
  }

  /** What comes once nothing is held. */
  #ending(): Promise<Read> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Whether there is room for more. */
  #take(slice: Buffer): boolean {
    // What is being unpacked may come behind an abort.
    if (this.#isEnded || this.#error) return true;
    // No `Buffer`, whose `slice` and `toString` are not those of its class.
    const value = new Uint8Array(slice.buffer as ArrayBuffer, slice.byteOffset, slice.byteLength);
    if (this.#next) this.#next(value);
    else if (this.#waiting) this.#answer({ done: false, value });
    else {
      this.#held.push(value);
      this.#heldBytes += value.byteLength;
      this.#isPaused = this.#heldBytes >= maxHeldBytes;
    }
    return !this.#isPaused;
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#content === this.#message) this.#message.socket.resume();
    else this.#content.resume();
  }

  #end(): void {
    this.#isEnded = true;
    this.#answer({ done: true, value: undefined });
  }

  #answer(read: Read): void {
    this.#waiting?.resolve(read);
    this.#waiting = undefined;
  }
}
