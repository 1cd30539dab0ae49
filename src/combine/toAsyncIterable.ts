import { inboxOf, type PacedSource, type QueueOptions } from './inboxOf.ts';

/**
 * A stream for `for await`, for code that does not speak RxJS.
 *
 * - **Shape:** `Observable<T>` to `AsyncIterable<T>`. Lazy: nothing is requested before the first `next()`. Each iterator
 *   subscribes for itself, so two loops are two requests
 * - **Time:** a value is there as soon as it arrives; values that waited come without delay
 * - **Memory:** while the reader is slow, pieces of one part that wait are joined into one, usage and log probabilities
 *   likewise, and a newer `Completion` takes the place of the one that waits: nothing of the answer is lost. Other values
 *   queue. At most `maxQueued` values and `maxQueuedChars` of text
 * - **Errors:** thrown, once what came before has been read; `LimitError` when too much waits
 * - **Completes:** the loop ends
 * - **Unsubscribe:** `break`, a throw in the loop and `return()` unsubscribe, and so close the socket, also while a
 *   `next()` is pending
 * - **Source:** a function instead of an Observable gets a `Pace`: what awaits `ready()` before it reads on never runs ahead
 *
 * @example A loop
 * ```ts
 * import { streamDeltas, textOf, toAsyncIterable } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: ['To be', ' or not'] }) }] });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } };
 * let text = '';
 * for await (const piece of toAsyncIterable(streamDeltas(openAiChat, request).pipe(textOf()))) text += piece;
 *
 * text; // => 'To be or not'
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function toAsyncIterable<T>(source: PacedSource<T>, options: QueueOptions = {}): AsyncIterable<T, undefined> {
  const open = inboxOf(source, options);
  return { [Symbol.asyncIterator]: open };
}
