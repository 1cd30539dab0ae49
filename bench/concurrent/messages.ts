/** What the processes of the scenario say to one another. Times are in microseconds of the machine's monotonic clock. */
export type ToServer =
  | { readonly type: 'await'; readonly streams: number }
  /** Writes so many tokens to every stream that is open, at an even pace. */
  | { readonly type: 'pace'; readonly tokensPerStream: number; readonly tokensPerSecond: number }
  | { readonly type: 'finish' };

export type FromServer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'connected' }
  | { readonly type: 'paced'; readonly lateMs: number };

export type ToReader =
  | { readonly type: 'read'; readonly streams: number }
  | { readonly type: 'begin' }
  | { readonly type: 'stop' }
  | { readonly type: 'heap' };

export type FromReader =
  | { readonly type: 'ready' }
  | { readonly type: 'heap'; readonly bytes: number }
  /** What the process did since `begin`. */
  | { readonly type: 'measured'; readonly cpuUs: number; readonly latenciesMs: readonly number[] }
  /** All streams have ended; counted from the start. */
  | { readonly type: 'ended'; readonly tokens: number; readonly bytes: number };

export const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

const stampChars = 16;
const mark = '@';

/** A token that tells when it was sent, and always takes as many characters. */
export const stamped = (token: string, atUs: number): string =>
  `${token}${mark}${String(atUs).padStart(stampChars, '0')}`;

/** When a token was sent, by a text with its stamp in it; `undefined` if there is none. */
export const sentAtUs = (text: string): number | undefined => {
  const at = text.indexOf(mark);
  return at < 0 ? undefined : Number(text.slice(at + 1, at + 1 + stampChars));
};
