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

/** Before the first record. */
export const logStart: LogPlace = { epoch: 0, seq: 0 };

export const cursorOf = ({ epoch, seq, frame }: LogPlace): Cursor =>
  `${epoch}-${seq}${frame === undefined ? '' : `.${frame}`}` as Cursor;

/** What a cursor says; `undefined` for text that is none. */
export const placeOf = (cursor: string): LogPlace | undefined => {
  const [, epoch, seq, frame] = /^(\d{1,9})-(\d{1,15})(?:\.(\d{1,6}))?$/.exec(cursor) ?? [];
  if (epoch === undefined || seq === undefined) return undefined;
  return { epoch: Number(epoch), seq: Number(seq), ...(frame !== undefined && { frame: Number(frame) }) };
};
