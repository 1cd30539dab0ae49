import type { Dialect } from '../dialects/Dialect.ts';
import { openAiChat } from '../dialects/openai-chat/openAiChat.ts';
import { ApiError } from '../errors/ApiError.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { lowerCased } from '../internal/lowerCased.ts';
import { wordSet } from '../internal/wordSet.ts';
import { answer } from './answer.ts';
import { asksForWhole } from './asksForWhole.ts';
import { listen, type ListenOptions, type RunningProvider } from './listen.ts';
import { Cut, playReply, sleep, type Speaker } from './playReply.ts';
import type { Reply } from './Reply.ts';
import { checkSpeaker, speakerAt } from './speakerAt.ts';
import { wholeBody } from './wholeBody.ts';

/** A request as the provider saw it. */
export interface ReceivedRequest {
  /** The dialect's name; empty for an address that none of them has. */
  readonly dialect: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** How the response ended: `client` means that it was left early. */
  readonly endedBy: 'server' | 'client' | undefined;
}

export interface FakeProviderOptions {
  /**
   * What to answer: a list whose last member answers every further request too, or a function.
   * @defaultValue a short greeting
   */
  readonly replies?: readonly Reply[] | ((request: ReceivedRequest, count: number) => Reply) | undefined;
  /** The key that requests must carry; without it, any will do. */
  readonly apiKey?: string | undefined;
  /**
   * A dialect of your own, which is then spoken at every address, and no other. A request is for a stream unless it says
   * `stream: false`, or accepts nothing but JSON.
   * @defaultValue all those of the library, each at its address
   */
  readonly dialect?: Dialect | undefined;
}

/** A response that has not been sent yet. */
export interface Answering {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly transfer: 'chunked' | 'until-close';
  /** The body's pieces; throws `Cut` where the connection is to be cut. `onLast` is called before the last one. */
  readonly pieces: (onLast?: () => void) => AsyncIterable<Uint8Array>;
  /** Notes that the server ended the response; that the client left, the signal says. */
  readonly ended: () => void;
}

export interface FakeProvider {
  /** Every request so far, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Answers in place of the network; give it to a request as its `fetch`. */
  readonly fetch: typeof globalThis.fetch;
  /** Answers a standard request, as servers and service workers do. */
  readonly handle: (request: Request) => Promise<Response>;
  /** Serves on loopback, in Node. */
  readonly listen: (options?: ListenOptions) => Promise<RunningProvider>;
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
};

const mediaTypes = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' };

const greeting: Reply = {
  deltas: /* @__PURE__ */ answer({
    text: 'Hello! I am a stand-in for a model.',
    usage: { inputTokens: 9, outputTokens: 9 },
  }),
};

const failing = (status: number, message: string, code: string): Reply => ({ status, error: { message, code } });

const replyFields = /* @__PURE__ */ wordSet(
  'deltas bytes error status headers headMs firstFrameMs frameMs writeBytes lineEnd fault transfer',
);

/** `reply`, unless it makes no sense. */
const checkReply = (reply: Reply): Reply => {
  const unknown = Object.keys(reply).find((field) => !replyFields.has(field));
  if (unknown !== undefined) {
    throw new InvalidOptionError(`replies.${unknown}`, `is unknown; a reply has ${[...replyFields].join(', ')}`);
  }
  const { writeBytes = 1, fault } = reply;
  checkOption('bound', 'writeBytes', writeBytes);
  if (fault === undefined) return reply;
  checkOneOf('fault.kind', fault.kind, ['cut', 'stall', 'heartbeats']);
  if (fault.kind === 'cut') checkOneOf('fault.with', fault.with, ['fin', 'rst']);
  if (!(fault.afterBytes >= 0)) throw new InvalidOptionError('fault.afterBytes', 'must be 0 or more');
  return reply;
};

/** The body of a response that is an error: what the dialect would send within a stream, by itself. */
const errorBody = ({ status = 200, error, bytes }: Reply, dialect: Speaker, isWhole: boolean): string | undefined => {
  const isGood = status >= 200 && status < 300;
  if (bytes !== undefined || (isGood && !(isWhole && error !== undefined))) return undefined;
  const [frame] = dialect.encodeError(new ApiError(error ?? { message: `status ${status}` }));
  return frame?.kind === 'message' ? frame.data : '';
};

/** `reply` as it goes out: a body that comes in one piece is known before its head is sent. */
const settled = async (reply: Reply, dialect: Speaker, isWhole: boolean, signal: AbortSignal): Promise<Reply> => {
  const body = errorBody(reply, dialect, isWhole);
  if (body !== undefined || !isWhole || reply.bytes !== undefined) return { ...reply, bytes: body ?? reply.bytes };
  try {
    return { ...reply, bytes: await wholeBody(reply.deltas ?? [], dialect, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = failing(500, `the deltas threw: ${String(error)}`, 'invalid_reply');
    return { ...failure, bytes: errorBody(failure, dialect, isWhole) };
  }
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** What a broken connection looks like to whoever reads the body. */
const broken = (cut: Cut): Error =>
  Object.assign(new TypeError('terminated'), { code: cut.with === 'rst' ? 'ECONNRESET' : 'UND_ERR_SOCKET' });

/** The pieces as a body for `Response`; leaving it, or the signal, stops the reply. */
const streamOf = ({ pieces, transfer, ended }: Answering, leave: AbortController): ReadableStream<Uint8Array> => {
  // Whoever is handed the last piece may leave at once, and has not left early.
  const source = pieces(ended)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      leave.signal.addEventListener('abort', () => {
        controller.error(leave.signal.reason);
        source.return?.().catch(() => undefined);
      });
    },
    async pull(controller) {
      try {
        const next = await source.next();
        if (next.done !== true) {
          controller.enqueue(next.value);
          return;
        }
      } catch (error) {
        if (leave.signal.aborted) return;
        if (!(error instanceof Cut)) throw error;
        if (error.with === 'rst' || transfer === 'chunked') {
          ended();
          throw broken(error);
        }
      }
      ended();
      controller.close();
    },
    cancel(reason) {
      leave.abort(reason);
    },
  });
};

/** Keeps a request as long as the body that answers it: once collected, its signal would not tell that the client left. */
const requestOfBody = new WeakMap<ReadableStream, Request>();

/** Decides what to answer; the two ways out, `fetch` and a server, send it. */
export type Answer = (received: ReceivedRequest, signal: AbortSignal) => Promise<Answering>;

/**
 * A provider that answers as told, in every dialect: for tests and demos, without a key or a network.
 *
 * It speaks OpenAI's Chat Completions at `.../chat/completions`, Anthropic's Messages at `.../messages`, and so on, streams
 * or sends the whole answer at once as the request wants it, and breaks in every way that servers and connections break.
 * With `dialect` it speaks one of your own.
 *
 * - **Errors:** `InvalidOptionError` thrown at the call, for a `dialect` that cannot be spoken
 *
 * @example A stream that is cut, without a server
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { isStreamError, streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: [{ deltas: answer({ text: 'To be or not to be' }), fault: { kind: 'cut', afterBytes: 700, with: 'fin' } }],
 * });
 * const completion$ = streamCompletion(openAiChat, {
 *   baseUrl: 'http://fake.test/v1',
 *   fetch,
 *   body: { model: 'm', messages: [] },
 * });
 * const error: unknown = await lastValueFrom(completion$).catch((reason: unknown) => reason);
 *
 * isStreamError(error) && error._tag; // => 'TruncatedError'
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function fakeProvider({ replies = [greeting], apiKey, dialect }: FakeProviderOptions = {}): FakeProvider {
  if (dialect !== undefined) checkSpeaker(dialect);
  const requests: ReceivedRequest[] = [];

  const replyTo = (request: ReceivedRequest): Reply => {
    const { authorization, ...headers } = request.headers;
    // A dialect of one's own may have its key in any header.
    const names = dialect ? Object.keys(headers) : ['x-api-key', 'x-goog-api-key', 'api-key'];
    const keys = names.map((name) => headers[name]);
    if (request.dialect === '') return failing(404, `no such address: ${request.url}`, 'not_found_error');
    if (apiKey !== undefined && !keys.includes(apiKey) && authorization !== `Bearer ${apiKey}`) {
      return failing(401, 'the API key is missing or wrong', 'authentication_error');
    }
    if (typeof request.body !== 'object' || request.body === null) {
      return failing(400, 'the body is not a JSON object', 'invalid_request_error');
    }
    try {
      if (typeof replies === 'function') return checkReply(replies(request, requests.length - 1));
      return checkReply(replies[Math.min(requests.length, replies.length) - 1] ?? greeting);
    } catch (error) {
      return failing(500, `there is no reply: ${String(error)}`, 'invalid_reply');
    }
  };

  const answerTo: Answer = async (received, signal) => {
    const spoken = speakerAt(received.url, dialect);
    const request = { ...received, dialect: spoken?.name ?? '' };
    const place = requests.push(request) - 1;
    const ended = (endedBy: 'server' | 'client'): void => {
      requests[place] = { ...request, endedBy: requests[place]?.endedBy ?? endedBy };
    };
    signal.addEventListener('abort', () => {
      ended('client');
    });
    const reply = replyTo(request);
    const { headMs = 0, transfer, fault, headers } = reply;
    if (headMs > 0) await sleep(headMs, signal);
    const speaker = spoken ?? openAiChat;
    const isWhole = asksForWhole(request, dialect);
    const sent = await settled(reply, speaker, isWhole, signal);
    const isJson = isWhole || sent.bytes !== reply.bytes;
    return {
      status: sent.status ?? 200,
      headers: {
        'content-type': isJson ? 'application/json' : mediaTypes[speaker.framing],
        ...cors,
        ...lowerCased(headers),
      },
      transfer: transfer ?? (fault?.kind === 'cut' && fault.with === 'fin' ? 'until-close' : 'chunked'),
      // A body of one object, like one of lines, is kept alive by blank lines.
      pieces: (onLast) => playReply(sent, isWhole ? { ...speaker, framing: 'ndjson' } : speaker, signal, onLast),
      ended: () => {
        ended('server');
      },
    };
  };

  const handle = async (request: Request): Promise<Response> => {
    request.signal.throwIfAborted();
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: cors });
    const leave = new AbortController();
    request.signal.addEventListener('abort', () => {
      leave.abort(request.signal.reason);
    });
    const { url, headers } = request;
    const body = parse(await request.text());
    leave.signal.throwIfAborted();
    const received = { dialect: '', url, headers: Object.fromEntries(headers), body, endedBy: undefined };
    const answering = await answerTo(received, leave.signal);
    if ([101, 204, 205, 304].includes(answering.status)) {
      answering.ended();
      return new Response(null, answering);
    }
    const stream = streamOf(answering, leave);
    requestOfBody.set(stream, request);
    return new Response(stream, answering);
  };

  return {
    requests,
    handle,
    fetch: (input, init) => handle(new Request(input, init)),
    listen: (options) => listen(answerTo, parse, options, dialect),
  };
}
