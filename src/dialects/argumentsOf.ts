import type { ToolCall } from '../completions/Completion.ts';

/**
 * The arguments of a call as they go back to the model, for `Dialect.nextStep`: servers want an object, also where the call was
 * cut off or is something else, and the model is told so.
 *
 * - **Shape:** a call to an object; `{}` where it has none
 * - **Errors:** none
 *
 * @example A call that is whole
 * ```ts
 * import { from } from 'rxjs';
 * import { accumulateDelta, type Completion } from 'rxllm';
 * import { argumentsOf } from 'rxllm/dialect';
 * import { answer } from 'rxllm/testing';
 *
 * let completion: Completion | undefined;
 * from(answer({ toolCalls: [{ id: 'c-1', name: 'weather', arguments: '{"city":"Köln"}' }] }))
 *   .pipe(accumulateDelta())
 *   .subscribe((value) => (completion = value));
 *
 * completion?.toolCalls.map(argumentsOf); // => [{ city: 'Köln' }]
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const argumentsOf = (call: ToolCall): object =>
  call.status === 'complete' &&
  typeof call.arguments === 'object' &&
  call.arguments !== null &&
  !Array.isArray(call.arguments)
    ? call.arguments
    : {};
