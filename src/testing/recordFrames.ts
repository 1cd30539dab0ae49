import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { LimitError } from '../errors/LimitError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { ExchangeRecorder } from './ExchangeRecorder.ts';
import { type RecordedLine, recordingHeader } from './Recording.ts';
import { sentRequest } from './sentRequest.ts';

/** Takes a recording line by line, each with its line end, as soon as there is one. What it throws fails the request. */
export type RecordingSink = (line: string) => void;

export interface RecordFramesOptions {
  /** The function that sends the requests. @defaultValue the runtime's own `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Whether the text of requests is written down, too: it holds prompts. @defaultValue false */
  readonly withRequestBody?: boolean | undefined;
  /** How long the recording may get, in bytes; `Infinity` for no bound. @defaultValue 67_108_864 */
  readonly maxBytes?: number | undefined;
}

/** Writes lines, the header before the first; throws `LimitError` rather than go beyond `maxBytes`. */
const lineWriter = (sink: RecordingSink, maxBytes: number): ((line: RecordedLine) => void) => {
  let bytes = 0;
  const write = (line: RecordedLine | typeof recordingHeader, isBound: boolean): void => {
    const text = `${JSON.stringify(line)}\n`;
    const length = new TextEncoder().encode(text).byteLength;
    if (isBound && bytes + length > maxBytes) throw new LimitError('maxBytes', maxBytes);
    bytes += length;
    sink(text);
  };
  return (line) => {
    if (bytes === 0) write(recordingHeader, true);
    // An end is short, and without it nobody would know that there was a bound.
    write(line, line.type !== 'end');
  };
};

/** The body as it comes, each read written down before it goes on; read no faster than it is taken. */
const recordedBody = (body: ReadableStream<Uint8Array>, recorder: ExchangeRecorder): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            recorder.complete();
            controller.close();
            return;
          }
          recorder.bytes(value);
          controller.enqueue(value);
        } catch (error) {
          reader.cancel(error).catch(() => undefined);
          recorder.fail(error);
          throw error;
        }
      },
      async cancel(reason) {
        try {
          recorder.leave();
        } finally {
          await reader.cancel(reason);
        }
      },
    },
    { highWaterMark: 0 },
  );
};

/** The response with its body on the way through the recorder. */
const recordedResponse = (response: Response, recorder: ExchangeRecorder): Response => {
  recorder.head(response);
  const { body, status, statusText, headers, url } = response;
  if (body === null) {
    recorder.complete();
    return response;
  }
  const recorded = new Response(recordedBody(body, recorder), { status, statusText, headers });
  return Object.defineProperty(recorded, 'url', { value: url });
};

/**
 * A `fetch` that writes down what comes back: the bytes as they came off the network, the borders between them, and the
 * time between them. `replayFrames` plays it again.
 *
 * Of a request, its method and its address without the query are written; of a response, the status, the headers that
 * clients go by, and the body. Keys are in none of it: where a server repeats one, asterisks take its place.
 *
 * - **Shape:** a sink for lines to a `fetch`; a line is JSON, and each goes to the sink before its bytes go on, so that what a
 *   crash leaves is a recording, too. For a file, see `recordingFile`
 * - **Time:** as the clock of `asyncScheduler` has it, in milliseconds. The body is read as fast as it is taken, so a slow
 *   reader's pace is in the recording
 * - **Memory:** none of its own, but the end of what was read while it may be the beginning of a key
 * - **Errors:** `LimitError` in place of the head or the rest of the body when the recording would outgrow `maxBytes`; what the
 *   sink throws
 *
 * @example An answer, to be played again
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider, recordFrames, replayFrames } from 'rxllm/testing';
 *
 * const provider = fakeProvider({ replies: [{ deltas: answer({ text: 'To be' }) }] });
 * const lines: string[] = [];
 * const ask = (fetch: typeof globalThis.fetch) =>
 *   lastValueFrom(
 *     streamCompletion(openAiChat, {
 *       baseUrl: 'http://fake.test/v1',
 *       apiKey: 'sk-secret',
 *       fetch,
 *       body: { model: 'm', messages: [] },
 *     }),
 *   );
 *
 * (await ask(recordFrames((line) => lines.push(line), { fetch: provider.fetch }))).text; // => 'To be'
 * (await ask(replayFrames(lines))).text; // => 'To be'
 * lines.join('').includes('sk-secret'); // => false
 * provider.requests.length; // => 1
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function recordFrames(
  sink: RecordingSink,
  { fetch, withRequestBody = false, maxBytes = 67_108_864 }: RecordFramesOptions = {},
): typeof globalThis.fetch {
  // Callers without types pass the name of a file.
  if (typeof sink !== 'function') throw new InvalidOptionError('sink', 'must be a function; recordingFile makes one');
  checkOption('bound', 'maxBytes', maxBytes);
  const write = lineWriter(sink, maxBytes);
  let count = 0;

  return async (input, init) => {
    const request = sentRequest(input, init);
    count += 1;
    const recorder = new ExchangeRecorder(count, request, write);
    recorder.begin(withRequestBody && typeof init?.body === 'string' ? init.body : undefined);
    let response: Response | undefined;
    try {
      response = await (fetch ?? globalThis.fetch)(input, init);
      return recordedResponse(response, recorder);
    } catch (error) {
      response?.body?.cancel(error).catch(() => undefined);
      recorder.fail(error);
      throw error;
    }
  };
}
