import type { Type } from 'io-ts';
import type { OperatorFunction, Subscriber } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { OutputError } from '../errors/OutputError.ts';
import { decodeOutput } from './decodeOutput.ts';
import type { JsonOptions } from './JsonOptions.ts';
import { type JsonPath, keysOf } from './keysOf.ts';
import { PathWatch } from './PathWatch.ts';
import { readJson } from './readJson.ts';

const isCodec = <A>(codecOrOptions: Type<A, unknown> | JsonOptions): codecOrOptions is Type<A, unknown> =>
  'decode' in codecOrOptions;

/**
 * The elements of an array in a document, each the moment it is complete.
 *
 * - **Shape:** `Observable<Delta | string>` to `Observable<Item>`; plain values, checked if there is a codec
 * - **Time:** constant per delta, besides the check of each element
 * - **Errors:** `OutputError`: at once where the text is not JSON, where there is something else than an array, or where an
 *   element is not what the codec asks for; at the end where there is no array at all, or the document is not whole.
 *   `LimitError`
 * - **Begins afresh:** a retry brings the elements once more; for elements that must come once, retry before the first
 *   token only, as is the default. After a redaction only further elements come. A key that comes twice brings both arrays
 * - **Completes:** with the source; `take` leaves it sooner
 *
 * ```marble
 * texts  -a--b--c--|    a: [{"id"   b: :1},{   c: "id":2}]
 * items  ----1--2--|
 * ```
 *
 * @example Rows, as they come
 * ```ts
 * import * as t from 'io-ts';
 * import { from } from 'rxjs';
 * import { jsonItems } from 'rxllm';
 *
 * const Row = t.type({ id: t.number });
 * const ids: number[] = [];
 * from(['{"rows": [{"id": 1}, {"i', 'd": 2}', ']}']).pipe(jsonItems('rows', Row)).subscribe(({ id }) => ids.push(id));
 *
 * ids; // => [1, 2]
 * ```
 *
 * @category json
 * @since 0.1.0
 */
export function jsonItems(path: JsonPath, options?: JsonOptions): OperatorFunction<Delta | string, unknown>;
export function jsonItems<A>(
  path: JsonPath,
  codec: Type<A, unknown>,
  options?: JsonOptions,
): OperatorFunction<Delta | string, A>;
export function jsonItems<A>(
  path: JsonPath,
  codecOrOptions: Type<A, unknown> | JsonOptions = {},
  further: JsonOptions = {},
): OperatorFunction<Delta | string, A> {
  const keys = keysOf(path);
  const codec = isCodec(codecOrOptions) ? codecOrOptions : undefined;
  const options = isCodec(codecOrOptions) ? further : codecOrOptions;
  return readJson(options, (out: Subscriber<A>) => {
    /** How many elements have come, those of an array that a later one replaced included. */
    let count = 0;
    /** Whether there is an array at the path. */
    let isThere = false;
    return {
      begin(progress, isRedaction) {
        /** Nobody can take back what was emitted before a redaction, nor needs it twice. */
        const skipped = isRedaction ? count : 0;
        count = 0;
        isThere = false;
        let index = 0;
        const place = (): { path: string; position: number } => ({
          path: [...keys, String(index)].join('.'),
          position: progress.position,
        });
        const isNoArray = (kind: string): OutputError =>
          new OutputError({
            reason: 'shape',
            path: keys.join('.'),
            problem: `is ${kind}, expected an array`,
            position: progress.position,
          });
        return new PathWatch(keys, {
          onOpen(isArray) {
            if (!isArray) throw isNoArray('an object');
            isThere = true;
          },
          onItem(item) {
            count += 1;
            // Without a codec, `A` is unknown.
            if (count > skipped) out.next(codec === undefined ? (item as A) : decodeOutput(codec, item, place()));
            index += 1;
          },
          onWhole(value) {
            if (!Array.isArray(value)) throw isNoArray(value === null ? 'null' : `a ${typeof value}`);
            index = 0;
          },
        });
      },
      end(_value, position) {
        if (isThere) return;
        throw new OutputError({
          reason: 'shape',
          path: keys.join('.'),
          problem: 'is missing, expected an array',
          position,
        });
      },
    };
  });
}
