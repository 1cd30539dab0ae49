import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { isAnswerId } from '../internal/isAnswerId.ts';
import { placeOf } from '../log/Cursor.ts';
import { backoffMs, type BackoffOptions } from '../resilience/backoffMs.ts';
import type { RelayEnding } from './RelayEnding.ts';

/** How one's own server is reached. */
export interface RelayAccess {
  /** Sent along, such as an `authorization`; a function is asked anew for each attempt. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** Whether cookies go along to another origin: `include`. @defaultValue as `fetch` has it: to the page's own */
  readonly credentials?: RequestInit['credentials'] | undefined;
  /** The function that sends requests. @defaultValue the runtime's own `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Ends it with an `AbortedError`. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server may take until it responds, in milliseconds; `Infinity` for any time. @defaultValue 60_000 */
  readonly connectMs?: number | undefined;
}

export interface RelayRetryOptions extends BackoffOptions {
  /** Retries in a row that may bring nothing new; every delta begins the count afresh. @defaultValue 8 */
  readonly maxRetries?: number | undefined;
}

export interface RelayConnection extends RelayAccess {
  /** How to come back after a cut; `false` for not at all. */
  readonly retry?: RelayRetryOptions | false | undefined;
  /**
   * How long there may be silence, in milliseconds, before the connection counts as dead; heartbeats break it, and the server sends
   * them every 15 s. `Infinity` for any time. @defaultValue 45_000
   */
  readonly idleMs?: number | undefined;
  /** The largest frame, in UTF-16 code units; `Infinity` for any. @defaultValue 8_388_608 */
  readonly maxFrameChars?: number | undefined;
}

export interface RelayOptions extends RelayConnection {
  /** What the answer is made of, as the server's `start` takes it; any JSON. Without it, an answer is followed. */
  readonly body?: unknown;
  /** The name that the answer gets with `body`; a request with the same name gets the same answer. @defaultValue a random one */
  readonly key?: string | undefined;
  /** A place that `onCursor` told: only what comes behind it is given. @defaultValue from the beginning */
  readonly after?: string | undefined;
  /** Awaited before each read, so that a slow consumer slows the server down. Time spent here counts as silence for `idleMs`. */
  readonly readWhen?: (() => Promise<void>) | undefined;
  /** Told of the place behind each delta, after the delta; `after` goes on from there. */
  readonly onCursor?: ((cursor: string) => void) | undefined;
  /** Told how the answer ended, just before completion. */
  readonly onEnding?: ((ending: RelayEnding) => void) | undefined;
}

export interface RelayClocks {
  readonly connectMs: number;
  readonly idleMs: number;
}

export const relayClocks = ({ connectMs = 60_000, idleMs = 45_000 }: RelayConnection): RelayClocks => {
  checkOption('limitMs', 'connectMs', connectMs);
  checkOption('limitMs', 'idleMs', idleMs);
  return { connectMs, idleMs };
};

/** Throws `InvalidOptionError` unless it may name an answer. */
const checkKey = (key: string): void => {
  if (typeof key === 'string' && isAnswerId(key)) return;
  throw new InvalidOptionError('key', 'must be 1 to 128 letters, digits and . _ ~ : -, a letter, digit or _ first');
};

/** Throws `InvalidOptionError` on a mistake. */
export const checkRelay = (options: RelayOptions): void => {
  const { key, after, retry } = options;
  if (key !== undefined) checkKey(key);
  if (key !== undefined && options.body === undefined)
    throw new InvalidOptionError('key', 'needs a body: it names what is started');
  if (after !== undefined && !placeOf(after))
    throw new InvalidOptionError('after', 'must be a place that onCursor told');
  if (retry !== false && retry !== undefined) {
    checkOption('count', 'maxRetries', retry.maxRetries ?? 0);
    backoffMs(1, retry);
  }
  relayClocks(options);
};
