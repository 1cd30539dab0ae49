import type { Either } from 'fp-ts/Either';
import type { Type } from 'io-ts';
import type { OperatorFunction, Subscriber } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { LimitError } from '../errors/LimitError.ts';
import type { OutputError } from '../errors/OutputError.ts';
import { checkCodec } from './checkCodec.ts';
import type { DeepPartial } from './DeepPartial.ts';
import type { JsonOptions } from './JsonOptions.ts';
import type { JsonSnapshot } from './JsonSnapshot.ts';
import { readJson } from './readJson.ts';
import { snapshotStage } from './snapshotStage.ts';

/**
 * Like `partialJson`, with what is wrong with the output as a value: a `Left` is the last one, and the stream completes.
 *
 * - **Shape:** `Observable<Delta | string>` to `Observable<Either<OutputError | LimitError, JsonSnapshot<A>>>`
 * - **Errors:** those of the source only
 * - **Completes:** with the source, or after a `Left`
 * - **Unsubscribe:** the source is left after a `Left`
 *
 * @example A model that answers in words
 * ```ts
 * import * as t from 'io-ts';
 * import { from } from 'rxjs';
 * import { partialJsonEither } from 'rxllm';
 *
 * const City = t.type({ name: t.string });
 * const seen: string[] = [];
 * from(['The city is', ' Rome.'])
 *   .pipe(partialJsonEither(City))
 *   .subscribe((either) => seen.push(either._tag === 'Left' ? either.left.message : 'a snapshot'));
 *
 * seen; // => [`the output is not what was asked for: it is not JSON: unexpected 'T' at character 0`]
 * ```
 *
 * @category json
 * @since 0.1.0
 */
export function partialJsonEither<A, Json>(
  codec: Type<A, Json>,
  options: JsonOptions = {},
): OperatorFunction<Delta | string, Either<OutputError | LimitError, JsonSnapshot<A, Json>>> {
  checkCodec(codec);
  return readJson(
    options,
    (out: Subscriber<Either<OutputError | LimitError, JsonSnapshot<A, Json>>>) =>
      snapshotStage<A, DeepPartial<Json>>(codec, (right) => {
        out.next({ _tag: 'Right', right });
      }),
    (out, left) => {
      out.next({ _tag: 'Left', left });
      out.complete();
    },
  );
}
