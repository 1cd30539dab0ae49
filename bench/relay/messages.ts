/** What the processes of the scenario say to one another. Times are in microseconds of the machine's monotonic clock. */
export interface Load {
  readonly streams: number;
  /** For each stream, in a second. */
  readonly deltasPerSecond: number;
  readonly seconds: number;
  /** For each stream, as fast as it goes, after that. */
  readonly floodDeltas: number;
}

export type ToServer =
  | { readonly type: 'start'; readonly streams: number }
  | { readonly type: 'heap' }
  | { readonly type: 'load'; readonly load: Load };

export type FromServer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'started' }
  | { readonly type: 'heap'; readonly bytes: number }
  | { readonly type: 'flooding' }
  | { readonly type: 'ended'; readonly deltasPerStream: number };

export interface ToFollowers {
  readonly type: 'follow';
  readonly port: number;
  readonly streams: number;
  readonly followers: number;
}

export type FromFollowers =
  | { readonly type: 'connected' }
  | {
      readonly type: 'done';
      /** Added up over all followers. */
      readonly deltas: number;
      /** Told out of order, twice, or not at all before a later one. */
      readonly misplaced: number;
      readonly latencyP50Ms: number;
      readonly latencyP99Ms: number;
      readonly lastAtUs: number;
    };

export const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

/** The text of a delta tells its number and when it was made, and always takes as many characters. */
export const stampChars = 32;
export const stamp = (number: number, atUs: number, isPaced: boolean): string =>
  `${String(number).padStart(9, '0')} ${String(atUs).padStart(20, '0')} ${isPaced ? 'p' : 'f'}`;
