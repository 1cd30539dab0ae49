import { from, lastValueFrom, type Observable, retry, switchMap, tap, throwError, timer } from 'rxjs';

import type { Delta } from '../../../src/deltas/Delta.ts';
import { LogError } from '../../../src/errors/LogError.ts';
import { isStreamError } from '../../../src/errors/StreamError.ts';
import { decodeFrames } from '../../../src/frames/decodeFrames.ts';
import type { MessageFrame } from '../../../src/frames/Frame.ts';
import { fromRelay } from '../../../src/relay/fromRelay.ts';
import { readAnswerId } from './AnswerId.ts';
import { type TokenFault, TokenReader } from './TokenReader.ts';

/** How an answer ended, as a client was told. `gone` is one that is not there (any more). */
export type ClientEnding = 'complete' | 'stopped' | 'failed' | 'lost' | 'gone';

export type ClientFault = TokenFault | 'clean-end' | 'incomplete' | 'unknown-error';

export interface ClientOptions {
  readonly id: string;
  readonly name: string;
  readonly fetch: typeof fetch;
  /** `relay` is this library's own; `frames` reads the frames itself, and so sees how responses end. */
  readonly reads: 'relay' | 'frames';
  /** Reads from the start each time it connects, and takes it for what comes next: a client that is broken. */
  readonly ignoresIds: boolean;
  readonly onEvent: (text: string) => void;
  readonly onFault: (fault: ClientFault, text: string) => void;
}

/** How long a client waits before it connects again, in milliseconds. */
const retryMs = 40;

/** Nobody answered, or not as one that can: to be tried again. */
class Unanswered extends Error {}

/** Reads one answer to its end, however often the connection is lost. */
export class ChaosClient {
  readonly name: string;
  readonly id: string;
  readonly #options: ClientOptions;
  readonly #url: string;
  #tokens: TokenReader;
  #isBegun = false;
  #lastId: string | undefined;
  ending: ClientEnding | undefined;
  resets = 0;
  readonly #leaving = new AbortController();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.id = options.id;
    // Whichever server it is that the connection reaches.
    this.#url = `http://127.0.0.1/${options.id}`;
    this.#tokens = new TokenReader(options.id);
  }

  /** Who wrote each of the tokens that it shows. */
  get marks(): readonly string[] {
    return this.#tokens.marks;
  }

  /** Ends it without an ending. */
  leave(): void {
    this.#leaving.abort();
  }

  async run(): Promise<void> {
    const deltas = this.#options.reads === 'relay' ? this.#relayed() : this.#framed();
    const heard = deltas.pipe(
      tap((delta) => {
        this.#read(delta);
      }),
    );
    try {
      await lastValueFrom(heard, { defaultValue: undefined });
      // Whoever is not told otherwise has it whole.
      if (this.ending === undefined) this.#end('complete');
    } catch (error) {
      if (!this.#leaving.signal.aborted) this.#fail(error);
    }
  }

  #relayed(): Observable<Delta> {
    return fromRelay(this.#url, {
      fetch: this.#options.fetch,
      signal: this.#leaving.signal,
      retry: { maxRetries: 1_000, firstDelayMs: retryMs, maxDelayMs: 2 * retryMs },
      onEnding: ({ state }) => {
        this.#end(state);
      },
    });
  }

  #framed(): Observable<Delta> {
    const connected = from(Promise.resolve()).pipe(
      switchMap(() => this.#connect()),
      switchMap((body) => from(body as unknown as AsyncIterable<Uint8Array>)),
      decodeFrames(),
      switchMap((frame) => (frame.kind === 'message' ? this.#deltasIn(frame) : [])),
      tap({
        complete: () => {
          if (this.ending !== undefined) return;
          this.#options.onFault('clean-end', 'a response ended as if it were whole');
          throw new Unanswered();
        },
      }),
    );
    const isFinal = (error: unknown): boolean =>
      this.ending !== undefined || this.#leaving.signal.aborted || error instanceof LogError;
    return connected.pipe(
      retry({ delay: (error) => (isFinal(error) ? throwError(() => error as unknown) : timer(retryMs)) }),
    );
  }

  async #connect(): Promise<ReadableStream<Uint8Array>> {
    const { signal } = this.#leaving;
    const cursor = this.#options.ignoresIds ? undefined : this.#lastId;
    const headers: Record<string, string> = cursor === undefined ? {} : { 'last-event-id': cursor };
    const response = await this.#options.fetch(this.#url, { headers, signal });
    if (response.status === 404) throw new LogError('not-found', this.id);
    if (response.status === 204) this.#options.onFault('clean-end', 'it has all, and was not told how it ended');
    if (response.status !== 200 || !response.body) throw new Unanswered();
    return response.body;
  }

  #deltasIn({ id, event, data }: MessageFrame): readonly Delta[] {
    this.#lastId = id ?? this.#lastId;
    if (event === 'reset') {
      this.#lastId = undefined;
      this.#begin();
    } else if (event === 'end') {
      const { state } = JSON.parse(data) as { state: ClientEnding };
      if (state === 'lost') throw new LogError('lost', this.id);
      this.#end(state);
    } else return [JSON.parse(data) as Delta];
    return [];
  }

  #read(delta: Delta): void {
    if (this.ending !== undefined) this.#options.onFault('double', 'more behind the ending');
    if (delta.type === 'start') {
      // The frames say it before they begin again; ours says it with the second start.
      if (this.#isBegun && this.#options.reads === 'relay') this.#begin();
      else if (this.#isBegun) this.#options.onFault('double', 'a second start');
      this.#isBegun = true;
    }
    if (delta.type !== 'text') return;
    if (!this.#isBegun) this.#options.onFault('gap', 'text before the start');
    this.#isBegun = true;
    for (const { fault, text } of this.#tokens.read(delta.text)) this.#options.onFault(fault, text);
  }

  /** What was shown is void. */
  #begin(): void {
    this.#isBegun = false;
    this.#options.onEvent(`begins again at ${this.marks.length}`);
    this.resets += 1;
    this.#tokens = new TokenReader(this.id);
  }

  #fail(error: unknown): void {
    if (this.ending !== undefined) return;
    if (error instanceof LogError) this.#end(error.reason === 'lost' ? 'lost' : 'gone');
    else if (isStreamError(error) && error._tag === 'ApiError') this.#end('failed');
    else this.#options.onFault('unknown-error', String((error as Error | undefined)?.stack ?? error));
  }

  #end(ending: ClientEnding): void {
    this.ending = ending;
    const { tokens } = readAnswerId(this.id);
    if (ending === 'complete' && this.marks.length !== tokens) {
      this.#options.onFault('incomplete', `complete with ${this.marks.length} of ${tokens} tokens`);
    }
    this.#options.onEvent(`${ending} at ${this.marks.length} of ${tokens}`);
  }
}
