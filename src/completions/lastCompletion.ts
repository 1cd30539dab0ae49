import { type OperatorFunction, takeLast } from 'rxjs';

import type { Completion } from './Completion.ts';

/**
 * Only the last completion: the whole answer, once it is there.
 *
 * - **Shape:** `Observable<Completion>` to at most one `Completion`; none from an empty source
 * - **Errors:** pass through; a `StreamError` has the answer so far in `partial`
 * - **Completes:** right after its value
 *
 * @example Awaiting an answer
 * ```ts
 * import { firstValueFrom } from 'rxjs';
 * import { lastCompletion, streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Done' }) }] });
 * const completion$ = streamCompletion(openAiChat, {
 *   baseUrl: 'http://fake.test/v1',
 *   fetch,
 *   body: { model: 'm', messages: [] },
 * });
 *
 * (await firstValueFrom(completion$.pipe(lastCompletion()))).finishReason; // => 'stop'
 * ```
 *
 * @category completions
 * @since 0.1.0
 */
export const lastCompletion = (): OperatorFunction<Completion, Completion> => takeLast(1);
