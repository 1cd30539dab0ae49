/** Something that happened on a row of the pipeline; the source is row 0. */
export interface RunEvent {
  readonly row: number;
  /** Since the run began, in milliseconds. */
  readonly atMs: number;
  readonly type: 'subscribe' | 'next' | 'error' | 'complete' | 'unsubscribe';
  /** The value, or the error. */
  readonly value: unknown;
}
