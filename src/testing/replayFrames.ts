import { Subscription } from 'rxjs';

import { checkSpeed } from './checkSpeed.ts';
import { playExchange } from './playExchange.ts';
import { readRecording } from './readRecording.ts';
import type { RecordedExchange, RecordedHead, Recording } from './Recording.ts';
import { type SentRequest, sentRequest } from './sentRequest.ts';

export interface ReplayOptions {
  /**
   * How fast it is played: 1 as it was recorded, 10 ten times as fast, `Infinity` without any wait.
   * @defaultValue 1
   */
  readonly speed?: number | undefined;
}

const nameOf = ({ method, url }: Pick<SentRequest, 'method' | 'url'>): string => `${method} ${url}`;

const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Why there is no response. */
const notRecorded = (request: SentRequest, recording: Recording): string => {
  const name = nameOf(request);
  const count = recording.filter((exchange) => nameOf(exchange) === name).length;
  if (count > 0) return `the recording holds ${name} ${timesOf(count)}, and all of that was played`;
  const others = [...new Set(recording.map(nameOf))].join(', ');
  return `the recording does not hold ${name}; it holds ${others === '' ? 'nothing' : others}`;
};

/** A status that no client tries again, with the reason where clients look for it. */
const refusal = (message: string): Response =>
  new Response(JSON.stringify({ error: { message, code: 'not_recorded' } }), {
    status: 404,
    headers: { 'content-type': 'application/json' },
  });

/** Statuses of responses that have no body. */
const bodyless = [204, 205, 304];

const responseOf = ({ status, headers }: RecordedHead, body: ReadableStream<Uint8Array>): Response =>
  status === 0 ? Response.error() : new Response(bodyless.includes(status) ? null : body, { status, headers });

/** A body to be written to as its bytes fall due. */
interface Body {
  readonly stream: ReadableStream<Uint8Array>;
  readonly write: (bytes: Uint8Array) => void;
  readonly close: () => void;
  /** Breaks it once all that was written is read; a stream by itself would forget what nobody has taken. */
  readonly breakOff: (reason: unknown) => void;
  /** Breaks it at once. */
  readonly abort: (reason: unknown) => void;
}

const openBody = (leave: () => void): Body => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let failure: { readonly reason: unknown } | undefined;
  let isAwaited = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(started) {
        controller = started;
      },
      pull() {
        isAwaited = true;
        if (failure) controller?.error(failure.reason);
      },
      cancel: leave,
    },
    // Nothing is asked for ahead: a pull means that somebody waits, and that nothing is left.
    { highWaterMark: 0 },
  );
  return {
    stream,
    write(bytes) {
      isAwaited = false;
      controller?.enqueue(bytes);
    },
    close() {
      controller?.close();
    },
    breakOff(reason) {
      failure = { reason };
      if (isAwaited) controller?.error(reason);
    },
    abort(reason) {
      controller?.error(reason);
    },
  };
};

/** Plays a response to whoever sent the request; leaving it, or the signal, stops it. */
const respond = (exchange: RecordedExchange, speed: number, signal: AbortSignal | undefined): Promise<Response> =>
  new Promise((resolve, reject) => {
    const playing = new Subscription();
    const body = openBody(() => {
      playing.unsubscribe();
    });
    const leave = (): void => {
      playing.unsubscribe();
      reject(signal?.reason as Error);
      body.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave);
    playing.add(() => signal?.removeEventListener('abort', leave));

    const breakOff = (reason: Error): void => {
      playing.unsubscribe();
      // One of the two has no effect: either there was a head or there was none.
      reject(reason);
      body.breakOff(reason);
    };
    const played = playExchange(exchange, speed).subscribe({
      next(part) {
        if ('status' in part) resolve(responseOf(part, body.stream));
        else body.write(part);
      },
      error: breakOff,
      complete() {
        playing.unsubscribe();
        body.close();
      },
    });
    playing.add(played);
  });

/**
 * A `fetch` that answers from a recording of `recordFrames`: each request with the next response that was recorded for its method
 * and address, the query aside, in the order in which the requests were made.
 *
 * - **Shape:** the text of a recording, or its lines, to a `fetch`; a body's reads are those that were recorded
 * - **Time:** on `asyncScheduler`, as recorded or so many times as fast (`speed`). A `fetch` is made of promises: with a test
 *   runner's fake timers it keeps their time; for RxJS's `TestScheduler`, see `fromRecording`
 * - **Memory:** the whole recording
 * - **Errors:** `InvalidOptionError` at the call for a recording that makes no sense, with the number of the line. A response
 *   that failed or broke off fails and breaks off again, with the same words and code. One that its client had left says
 *   nothing for as long as that took and a second more, and then breaks off with an `AbortError`. A request beyond those that were
 *   recorded gets a 404, which nobody retries; its message tells what there is
 * - **Unsubscribe:** cancelling the body, or the request's signal, stops it
 *
 * @example A retry, without waiting for the answers
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { replayFrames } from 'rxllm/testing';
 *
 * const url = 'https://api.example/v1/chat/completions';
 * const chunk = { id: '1', model: 'm', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] };
 * const recording = [
 *   { rxllm: 'recording', version: 1 },
 *   { id: 1, type: 'request', method: 'POST', url },
 *   { id: 1, type: 'head', afterMs: 90, status: 503, headers: { 'retry-after-ms': '1' } },
 *   { id: 1, type: 'end', afterMs: 0, how: 'complete' },
 *   { id: 2, type: 'request', method: 'POST', url },
 *   { id: 2, type: 'head', afterMs: 800, status: 200, headers: { 'content-type': 'text/event-stream' } },
 *   { id: 2, type: 'bytes', afterMs: 2_000, text: `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` },
 *   { id: 2, type: 'end', afterMs: 1, how: 'complete' },
 * ].map((line) => JSON.stringify(line));
 *
 * const completion$ = streamCompletion(openAiChat, {
 *   baseUrl: 'https://api.example/v1',
 *   fetch: replayFrames(recording, { speed: Infinity }),
 *   body: { model: 'm', messages: [] },
 * });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi'
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function replayFrames(
  recording: string | Iterable<string>,
  { speed = 1 }: ReplayOptions = {},
): typeof globalThis.fetch {
  checkSpeed(speed);
  const exchanges = readRecording(recording);
  const left = [...exchanges];

  return async (input, init) => {
    const request = sentRequest(input, init);
    request.signal?.throwIfAborted();
    const place = left.findIndex((exchange) => nameOf(exchange) === nameOf(request));
    const [exchange] = place < 0 ? [] : left.splice(place, 1);
    if (exchange === undefined) return refusal(notRecorded(request, exchanges));
    return respond(exchange, speed, request.signal);
  };
}
