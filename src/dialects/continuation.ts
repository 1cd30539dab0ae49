import type { Completion } from '../completions/Completion.ts';

/** What the model is asked when its answer was cut off and it is to go on in its own words. */
const wish =
  'Your last answer was cut off on its way. Go on exactly where it stops, with its very next character: repeat nothing, and do not remark on the cut.';

/**
 * The messages that bring a model to go on with an answer, to be put behind those of the request. For `Dialect.continueFrom`.
 *
 * - **Shape:** the answer so far as a message of the assistant and, where the model is asked (`ask`), a wish of the user
 * - **Errors:** none
 *
 * @example An answer whose beginning is handed to the model
 * ```ts
 * import { of } from 'rxjs';
 * import { accumulateDelta, type Completion } from 'rxllm';
 * import { continuation } from 'rxllm/dialect';
 *
 * let partial: Completion | undefined;
 * of({ type: 'text', choice: 0, part: 0, text: 'To be, ' } as const)
 *   .pipe(accumulateDelta())
 *   .subscribe((completion) => (partial = completion));
 *
 * partial && continuation(partial, 'prefill'); // => [{ role: 'assistant', content: 'To be,' }]
 * partial && continuation(partial, 'ask').length; // => 2
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const continuation = ({ text }: Completion, way: 'prefill' | 'ask'): readonly object[] =>
  way === 'prefill'
    ? // Providers refuse a beginning that ends in white space.
      [{ role: 'assistant', content: text.trimEnd() }]
    : [
        { role: 'assistant', content: text },
        { role: 'user', content: wish },
      ];
