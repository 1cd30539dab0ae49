/**
 * A place in a log, behind one of its records: opaque, safe in an SSE `id`, a URL and a header. It holds the number of the
 * producer and of the record, so that a log which lost records and went another way is told from one that did not.
 */
export type Cursor = string & { readonly cursorOf: 'StreamLog' };

/** What a cursor says. `epoch` counts producers, `seq` records from 1; `frame` is set inside a record of several frames. */
export interface LogPlace {
  readonly epoch: number;
  readonly seq: number;
  readonly frame?: number | undefined;
}

/**
 * Before the first record.
 *
 * @example An engine is read from the beginning
 * ```ts
 * import { logStart, memoryDriver } from 'rxllm/log';
 *
 * const driver = memoryDriver();
 * await driver.open('a', { mode: 'create', owner: 'me', leaseMs: 15_000, ttlMs: 60_000 });
 *
 * await driver.read('a', logStart, 10); // => []
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const logStart: LogPlace = { epoch: 0, seq: 0 };

/**
 * The cursor of a place.
 *
 * @example The third record, by the first producer
 * ```ts
 * import { cursorOf } from 'rxllm/log';
 *
 * cursorOf({ epoch: 1, seq: 3 }); // => '1-3'
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const cursorOf = ({ epoch, seq, frame }: LogPlace): Cursor =>
  `${epoch}-${seq}${frame === undefined ? '' : `.${frame}`}` as Cursor;

/**
 * What a cursor says; `undefined` for text that is none.
 *
 * @example A client may send anything
 * ```ts
 * import { placeOf } from 'rxllm/log';
 *
 * placeOf('1-3.0'); // => { epoch: 1, seq: 3, frame: 0 }
 * placeOf('1-3\nevent: forged'); // => undefined
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const placeOf = (cursor: string): LogPlace | undefined => {
  const [, epoch, seq, frame] = /^(\d{1,9})-(\d{1,15})(?:\.(\d{1,6}))?$/.exec(cursor) ?? [];
  if (epoch === undefined || seq === undefined) return undefined;
  return { epoch: Number(epoch), seq: Number(seq), ...(frame !== undefined && { frame: Number(frame) }) };
};
