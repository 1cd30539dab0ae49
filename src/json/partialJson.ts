import type { Type } from 'io-ts';
import type { OperatorFunction, Subscriber } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { checkCodec } from './checkCodec.ts';
import type { DeepPartial } from './DeepPartial.ts';
import type { JsonOptions } from './JsonOptions.ts';
import type { JsonSnapshot } from './JsonSnapshot.ts';
import { readJson } from './readJson.ts';
import { snapshotStage } from './snapshotStage.ts';

/**
 * The value that JSON amounts to so far, whenever a delta changes it.
 *
 * Containers are there as soon as they open, strings as they grow, numbers, `true`, `false` and `null` once they are
 * whole, keys once their value is there. Strict JSON: at the end the value is what `JSON.parse` gives for the whole text.
 *
 * - **Shape:** `Observable<Delta | string>` to `Observable<JsonSnapshot<A>>`; one for each delta that changes the value,
 *   and at the end one with `isWhole: true`, checked by the codec. Strings are pieces of the text. Those before are not
 *   checked; without a codec nothing is
 * - **Which text:** of choice 0, all its parts together; with `of: { toolCall: name }` the arguments of its first call of
 *   that tool, whose name may come late. Of an answer in several steps, that of the last step which has one
 * - **Time:** constant per delta, whatever has come before. A `value` is made when it is read: that costs as much as the
 *   arrays and objects that are still open are wide. What did not change keeps its identity
 * - **Memory:** one document, at most `maxChars` UTF-16 code units, in containers nested at most `maxDepth` deep
 * - **Errors:** `OutputError` at once where the text is not JSON, at the end where it is not whole (for a tool call also
 *   where its choice was cut short, or there is none) or not what the codec asks for; `LimitError`. Errors of the source
 *   pass through. What was emitted stays true of the text up to there
 * - **Begins afresh:** with the `start` of a retry, for a tool call also with `resume`: a snapshot whose value is
 *   `undefined` says so. A `redact` reads the text once more with the redaction
 * - **Completes:** with the source
 *
 * ```
 * deltas     -a--b--c--e|     a: {"n":  b: "Ad  c: a"}   e: end
 * snapshots  -x--y--z--w|     x: {}  y: {n: 'Ad'}  z: {n: 'Ada'}   w: the same, whole
 * ```
 *
 * @example A value that grows
 * ```ts
 * import { from } from 'rxjs';
 * import { partialJson } from 'rxllm';
 *
 * const seen: unknown[] = [];
 * from(['{"name": "A', 'da", "age": 3', '6}']).pipe(partialJson()).subscribe(({ value }) => seen.push(value));
 *
 * seen; // => [{ name: 'A' }, { name: 'Ada' }, { name: 'Ada', age: 36 }, { name: 'Ada', age: 36 }]
 * ```
 *
 * @category json
 * @since 0.1.0
 */
export function partialJson(
  codec?: undefined,
  options?: JsonOptions,
): OperatorFunction<Delta | string, JsonSnapshot<unknown>>;
export function partialJson<A, Json>(
  codec: Type<A, Json>,
  options?: JsonOptions,
): OperatorFunction<Delta | string, JsonSnapshot<A, Json>>;
export function partialJson<A, Json>(
  codec?: Type<A, Json>,
  options: JsonOptions = {},
): OperatorFunction<Delta | string, JsonSnapshot<A, Json>> {
  checkCodec(codec);
  return readJson(options, (out: Subscriber<JsonSnapshot<A, Json>>) =>
    snapshotStage<A, DeepPartial<Json>>(codec, (snapshot) => {
      out.next(snapshot);
    }),
  );
}
