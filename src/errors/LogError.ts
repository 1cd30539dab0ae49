import { TaggedError } from './TaggedError.ts';

/**
 * Why a log could not be written or read:
 *
 * - `not-found`: there is no log of that id, or it has expired
 * - `exists`: there is one already; an id stands for one answer and is never used again
 * - `busy`: its producer is alive, so nobody can take over
 * - `closed`: it has ended
 * - `fenced`: another producer has taken over; this one must stop
 * - `gap`: it ends before the place that was to be written behind; `seq` is where
 * - `rolled-back`: the engine has lost records that had been read, so what was shown must be thrown away
 * - `lost`: its producer died, and the answer with it
 * - `bad-cursor`: the cursor is none of this log's
 */
export type LogErrorReason =
  'not-found' | 'exists' | 'busy' | 'closed' | 'fenced' | 'gap' | 'rolled-back' | 'lost' | 'bad-cursor';

const problems: Readonly<Record<LogErrorReason, string>> = {
  'not-found': 'there is no such log; it may have expired',
  exists: 'there is one already, and an id stands for one answer',
  busy: 'its producer is alive',
  closed: 'it has ended',
  fenced: 'another producer has taken over',
  gap: 'it ends before the place that was to be written behind',
  'rolled-back': 'it has lost records that had been read; read it again from the beginning',
  lost: 'its producer is gone, and the rest of the answer with it',
  'bad-cursor': 'the cursor is none of this log',
};

/**
 * A log that cannot be written or read.
 *
 * @category errors
 * @since 0.1.0
 */
export class LogError extends TaggedError {
  readonly _tag = 'LogError';
  override readonly name = 'LogError';
  /** Asked again, a log whose records were lost can be read from its beginning; the others stay as they are. */
  readonly isRetryable: boolean;
  readonly reason: LogErrorReason;
  readonly logId: string;
  /** The number of the last record that is there, where `reason` is `gap`. */
  readonly seq: number | undefined;

  constructor(reason: LogErrorReason, logId: string, seq?: number, options?: ErrorOptions) {
    super(`log "${logId}": ${problems[reason]}`, options);
    this.reason = reason;
    this.logId = logId;
    this.seq = seq;
    this.isRetryable = reason === 'rolled-back';
  }
}
