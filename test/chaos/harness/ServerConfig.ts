/** Ways to break a server on purpose, so that it shows whether a run would notice. */
export type Sabotage =
  /** What is appended goes behind what is there, whoever writes it, and as often as it is sent. */
  | 'unfenced'
  /** A producer that is alive is taken for dead. */
  | 'no-lease'
  /** A producer that is dead is never noticed. */
  | 'no-reaper';

/** What a server process is told when it starts. */
export interface ServerConfig {
  readonly name: string;
  readonly client: 'redis' | 'ioredis';
  readonly redisUrl: string;
  readonly seed: string;
  readonly sabotage: Sabotage | undefined;
}

/** What it says to whoever started it. */
export type FromServer =
  | { readonly type: 'ready'; readonly port: number }
  /** Its producer of an answer is done. */
  | { readonly type: 'ended'; readonly id: string; readonly state: string }
  /** It goes on with an answer. */
  | { readonly type: 'continued'; readonly id: string; readonly mark: string; readonly from: number }
  /** It stood still for a while. */
  | { readonly type: 'stood'; readonly ms: number }
  | { readonly type: 'problem'; readonly text: string };

/** What it is told while it runs: which share of the messages about new records it does not hear. */
export interface ToServer {
  readonly type: 'drop';
  readonly share: number;
}

/** The clocks of a run, in milliseconds: short, so that much happens, and longer than a busy machine stands still. */
export const clocks = {
  leaseMs: 1_000,
  pollMs: 200,
  heartbeatMs: 250,
  ttlMs: 120_000,
  retainMs: 60_000,
} as const;

export const prefix = 'chaos:';
