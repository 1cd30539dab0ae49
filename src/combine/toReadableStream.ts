import { inboxOf, type PacedSource, type QueueOptions } from './inboxOf.ts';

/**
 * A stream as the web platform has it, for responses, workers and code that does not speak RxJS.
 *
 * - **Shape:** `Observable<T>` to `ReadableStream<T>`, one chunk per value. Lazy: nothing is requested before the first read
 * - **Time:** a chunk is there as soon as its value arrives
 * - **Memory:** as with `toAsyncIterable`: what waits for a slow reader is joined, at most `maxQueued` values and
 *   `maxQueuedChars` of text; the stream itself holds none back
 * - **Errors:** error the stream, once what came before has been read; `LimitError` when too much waits
 * - **Completes:** closes the stream
 * - **Unsubscribe:** `cancel()` unsubscribes, and so closes the socket, also while a read is pending
 *
 * @example The answer's text as the body of a response
 * ```ts
 * import { streamDeltas, textOf, toReadableStream } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'To be or not' }) }] });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } };
 * const text$ = streamDeltas(openAiChat, request).pipe(textOf());
 * const response = new Response(toReadableStream(text$).pipeThrough(new TextEncoderStream()));
 *
 * await response.text(); // => 'To be or not'
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function toReadableStream<T>(source: PacedSource<T>, options: QueueOptions = {}): ReadableStream<T> {
  const inbox = inboxOf(source, options)();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const next = await inbox.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        inbox.leave();
      },
    },
    // Nothing is pulled, and so nothing requested, before somebody reads.
    { highWaterMark: 0 },
  );
}
