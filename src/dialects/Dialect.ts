import type * as t from 'io-ts';

import type { HttpRequest, HttpTimeouts } from '../bytes/HttpRequest.ts';
import type { Completion, Part, ToolCall } from '../completions/Completion.ts';
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

/** A tool as a model is told of it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string | undefined;
  /** The shape of its input, as JSON Schema. */
  readonly inputSchema: object;
  /** Whether the provider is to hold the model to the schema, where it can. */
  readonly strict: boolean | undefined;
}

/** What the model is told of one of its tool calls. */
export interface ToolAnswer {
  /** The call itself, as it stands among the parts: one that has no id is known by that alone. */
  readonly call: ToolCall;
  /** What the tool gave: any value that JSON can hold; words, where `isError`. */
  readonly result: unknown;
  /** The same as text: a string as it is, anything else as JSON. */
  readonly text: string;
  readonly isError: boolean;
}

/** What is said to a model by who asks it. */
export interface PromptMessage {
  /** Who says it: whoever made the program, or who uses it. */
  readonly role: 'system' | 'user';
  /** Text, or what the provider takes in its place: one part of a message, a list of them, or a whole message. */
  readonly content: string | object;
}

/** The form without streaming: one response with the whole answer. */
export interface NonStreaming<Body> {
  /** The HTTP request for a whole answer. Throws `InvalidOptionError` on a mistake. */
  request(options: RequestOptions<Body>): HttpRequest;
  /** The shape of a response's body; lets unknown fields through. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for chunks
  readonly response: t.Type<any, unknown>;
  /** The deltas of a whole answer, from `start` to `end`: they make the same completion as those of a stream. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for chunks
  deltas(response: any, expectedChoices?: number): readonly Delta[];
  /** The way back: the body that a server of this dialect sends for an answer. */
  encode(completion: Completion): object;
}

/** How the rest of a stream is asked for, where the provider keeps what it makes. */
export interface Cursor {
  /** What a frame tells: the answer's id, and how far the stream has come with it; places only grow. */
  in(frame: Frame): { readonly id: string | undefined; readonly place: number | undefined };
  /** The request for what comes behind a place, made of the one that began the answer. */
  rest(request: HttpRequest, id: string, place: number): HttpRequest;
}

/** Where the text of a chunk stands that brings nothing else. */
export interface PiecePlace {
  /** The way to the text, from the outside in. */
  readonly path: readonly (string | number)[];
  /**
   * The ways to strings and whole numbers that say nothing of the answer, and may be different in each chunk (padding) or each stream
   * (its id). One that comes before the text is expected to be as long in all chunks; where it is not, they are parsed.
   */
  readonly ignored: readonly (readonly (string | number)[])[];
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
  /**
   * `body` with one more message: of a user behind those that it has, of the system where the provider wants it. A body may
   * have none before.
   */
  withMessage(body: Body, message: PromptMessage): object;
  /** `body` with tools that the model may call, behind those that it has. */
  withTools(body: Body, tools: readonly ToolSpec[]): object;
  /**
   * The body of the request that follows a round of tool calls: `body`, then the answer's parts in their order, sealed
   * reasoning included, then what its tools gave. Without `answers` a model that paused goes on. An answer whose response
   * never ended `isCut`: a server that keeps responses may not have kept that one.
   */
  nextStep(body: Body, parts: readonly Part[], answers: readonly ToolAnswer[], isCut?: boolean): object;
  readonly nonStreaming: NonStreaming<Body>;
  /** For `resume: { by: 'cursor' }`; left out where the provider has nothing of the kind. */
  readonly cursor?: Cursor | undefined;
  /** Whether a frame only keeps the connection alive. */
  isHeartbeat(frame: Frame): boolean;
  /** Whether a frame is the closing marker, and if so whether its data is worth reading. */
  ending(frame: Frame): 'none' | 'drop' | 'keep';
  /** The error in a frame, if it is one: asked before the codec, with text where the data is not JSON. */
  errorIn(json: unknown, frame: Frame): ApiError | undefined;
  /** The shape of a chunk; lets unknown fields and event types through. */
  readonly chunk: t.Type<Chunk, unknown>;
  /**
   * A mapper with a memory of its own: one for each subscription. `expectedChoices` is how many answers were asked for, where a
   * provider refuses all of them in one word.
   */
  deltas(expectedChoices?: number): (chunk: Chunk) => readonly Delta[];
  /**
   * Where the text of a chunk stands that may be nothing but the next piece of something; left out, every frame is parsed. It is a
   * promise: where the mapper makes one delta of such a chunk, with that text, then of each that comes right behind it and differs only in
   * the text, which is not empty, and in what is `ignored`, it makes the same with the other text, and learns nothing by it. Whoever takes
   * a dialect and replaces what reads its frames (`isHeartbeat`, `ending`, `errorIn`, `chunk`, `deltas`) answers for it, or
   * replaces it, too: `() => undefined`.
   */
  pieceOf?(chunk: Chunk): PiecePlace | undefined;
  /** The way back, with a memory of its own: what a server of this dialect sends for a delta. */
  encode(): (delta: Delta) => readonly Frame[];
  /** What a server of this dialect sends for an error in the middle of a stream. */
  encodeError(error: ApiError): readonly Frame[];
}
