import type * as t from 'io-ts';

import type { HttpRequest, HttpTimeouts } from '../bytes/HttpRequest.ts';
import type { Completion } from '../completions/Completion.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { ApiError } from '../errors/ApiError.ts';
import type { Frame } from '../frames/Frame.ts';

/** The clocks of a request, each in milliseconds; `Infinity` turns one off. */
export interface RequestTimeouts extends HttpTimeouts {
  /** From the start of an attempt to the first token, reasoning included. @defaultValue 300_000 */
  readonly firstTokenMs?: number | undefined;
  /** Between two deltas; heartbeats do not count. @defaultValue 300_000 */
  readonly stalledMs?: number | undefined;
  /** The whole of it, retries and waits included. @defaultValue Infinity */
  readonly totalMs?: number | undefined;
}

/** What a user says to make a request, whatever the provider. */
export interface RequestOptions<Body> {
  /** Where the API lives, as the provider documents it, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** The key, or a function that fetches one; it is asked anew for every attempt. */
  readonly apiKey?: string | undefined | (() => string | undefined | Promise<string | undefined>);
  /** Sent along; they win over the dialect's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The function that sends the request. @defaultValue the runtime's own `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Aborts the request and everything around it (retries, waits) with an `AbortedError`. */
  readonly signal?: AbortSignal | undefined;
  /** How long each part of the way may take. */
  readonly timeouts?: RequestTimeouts | undefined;
  /**
   * Awaited before each read of the body, so that a slow consumer slows the server down. Time spent here counts as
   * silence for `idleMs` and `stalledMs`.
   */
  readonly readWhen?: (() => Promise<void>) | undefined;
  /** The provider's own request body; `stream` is set for you. */
  readonly body: Body;
}

/**
 * All that differs between providers, and nothing else. `Dialect` alone is any of them.
 *
 * A dialect of your own is an object of this shape; every operator takes it.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- chunks go in and come out, so only `any` holds every dialect
export interface Dialect<Body = never, Chunk = any> {
  readonly name: string;
  readonly framing: 'sse' | 'ndjson';
  /**
   * What must have arrived for an answer to count as whole: the stop reason of every choice
   * (every sound server), or, for servers known to send less, the closing marker or a clean end.
   */
  readonly terminal: 'stop-reason' | 'marker' | 'eof';
  /** The HTTP request for a streamed answer. Throws `InvalidOptionError` on a mistake. */
  request(options: RequestOptions<Body>): HttpRequest;
  /**
   * The request for the rest of an answer whose stream dropped: with the answer so far as the beginning of the
   * model's own (`prefill`), or sent back to it with the wish to go on (`ask`). Tool calls are left out.
   */
  continueFrom(options: RequestOptions<Body>, partial: Completion, way: 'prefill' | 'ask'): HttpRequest;
  /** Whether a model takes the beginning of its answer from the request. */
  canPrefill(body: Body): boolean;
  /** How many answers a body asks for. */
  expectedChoices(body: Body): number;
  /** Whether a frame only keeps the connection alive. */
  isHeartbeat(frame: Frame): boolean;
  /** Whether a frame is the closing marker, and if so whether its data is worth reading. */
  ending(frame: Frame): 'none' | 'drop' | 'keep';
  /** The error in a frame, if it is one: asked before the codec, with text where the data is not JSON. */
  errorIn(json: unknown, frame: Frame): ApiError | undefined;
  /** The shape of a chunk; lets unknown fields and event types through. */
  readonly chunk: t.Type<Chunk, unknown>;
  /** A mapper with a memory of its own: one for each subscription. */
  deltas(): (chunk: Chunk) => readonly Delta[];
  /** The way back, with a memory of its own: what a server of this dialect sends for a delta. */
  encode(): (delta: Delta) => readonly Frame[];
  /** What a server of this dialect sends for an error in the middle of a stream. */
  encodeError(error: ApiError): readonly Frame[];
}
