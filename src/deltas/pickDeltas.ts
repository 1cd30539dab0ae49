import { filter, type OperatorFunction } from 'rxjs';

import type { Delta } from './Delta.ts';

/**
 * Only the deltas of the given types, typed as such.
 *
 * - **Shape:** `Observable<Delta>` to `Observable` of the variants that were named
 * - **Errors:** pass through
 *
 * @example The stop reason alone
 * ```ts
 * import { from } from 'rxjs';
 * import { type Delta, pickDeltas } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'text', choice: 0, part: 0, text: 'Hi' },
 *   { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' },
 * ];
 * const reasons: string[] = [];
 * from(deltas).pipe(pickDeltas('finish')).subscribe(({ reason }) => reasons.push(reason));
 *
 * reasons; // => ['stop']
 * ```
 *
 * @category deltas
 * @since 0.1.0
 */
export function pickDeltas<Type extends Delta['type']>(
  ...types: readonly Type[]
): OperatorFunction<Delta, Extract<Delta, { readonly type: Type }>> {
  const wanted = new Set<string>(types);
  return filter((delta): delta is Extract<Delta, { readonly type: Type }> => wanted.has(delta.type));
}
