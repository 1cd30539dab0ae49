import type { ThrownJson } from '../errors/errorToJson.ts';
import type { LogPlace } from './Cursor.ts';

/** How an answer ended, for good. */
export type LogEnding =
  | { readonly state: 'complete' }
  /** Somebody asked for it. */
  | { readonly state: 'stopped'; readonly reason: string }
  /** The source ended in an error. */
  | { readonly state: 'failed'; readonly error: ThrownJson }
  /** The producer died, and nobody took over. */
  | { readonly state: 'lost' };

/** Consecutive records, written at once by one producer; or the ending, which takes a number of its own. */
export interface LogEntry {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /** A JSON array with one event for each number; an empty one where it is the ending. */
  readonly json: string;
  readonly ending: LogEnding | undefined;
}

export interface LogState {
  readonly state: 'open' | LogEnding['state'];
  /** The producer that may write, and the number of the last record. */
  readonly epoch: number;
  readonly seq: number;
}

export interface OpenOptions {
  /** `create` makes a log, `takeover` one's own of a log whose producer died. */
  readonly mode: 'create' | 'takeover';
  /** Whoever asks; asked again by the same, it answers as it did the first time. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly ttlMs: number;
}

/** The producer's number, and that of the last record. */
export interface OpenedLog {
  readonly epoch: number;
  readonly seq: number;
}

/** What an engine tells at once; it may lose any of it, or tell it twice. */
export interface LogHint {
  /** What was just written; without it something may have happened: read again. */
  readonly entry?: LogEntry | undefined;
  /** The reason of a stop that was asked for. */
  readonly stop?: string | undefined;
}

/**
 * What a log needs of an engine: few operations, each of them atomic.
 *
 * An operation that answers has happened; one that throws a `LogError` has not, and will not. Anything else that it throws
 * (a lost connection) says nothing: the same call is made again, so each is the same done twice.
 *
 * 1. Records are numbered from 1, without a gap, over the whole of a log.
 * 2. Each `takeover` and each `reap` begins a new epoch; writing with an older one is `fenced`.
 * 3. `append` of what is there already answers as if it had just been written; behind a gap it is refused with `gap`.
 * 4. After an ending nothing is written; there is one at most.
 * 5. `read` gives entries in order, by epoch, then number; `after` inside an entry gives that entry, too.
 * 6. `tail` resolves once hints of everything that is written from then on are on their way.
 * 7. Every log expires: `ttlMs` after it was last opened or renewed, `retainMs` after it ended.
 */
export interface LogDriver {
  open(id: string, options: OpenOptions): Promise<OpenedLog>;
  append(
    id: string,
    epoch: number,
    first: number,
    /** Each as JSON. */
    events: readonly string[],
  ): Promise<{ readonly stop: string | undefined }>;
  end(id: string, epoch: number, seq: number, ending: LogEnding, retainMs: number): Promise<void>;
  /** The producer is alive for another `leaseMs`. */
  renew(id: string, epoch: number, leaseMs: number, ttlMs: number): Promise<{ readonly stop: string | undefined }>;
  /** Asks the producer to stop; false if there is nothing to stop. */
  stop(id: string, reason: string): Promise<boolean>;
  state(id: string): Promise<LogState | undefined>;
  read(id: string, after: LogPlace, maxEntries: number): Promise<readonly LogEntry[]>;
  tail(id: string, onHint: (hint: LogHint) => void): Promise<() => void>;
  /** Ends a log whose lease has run out, as `lost` (as `stopped`, where that was asked for); true for the one who did it. */
  reap(id: string, retainMs: number): Promise<boolean>;
}
