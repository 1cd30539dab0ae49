import { checkOption } from '../internal/checkOption.ts';
import type { FrameFeedOptions } from './FrameFeed.ts';

export interface SinkOptions extends FrameFeedOptions {
  /** How long the connection is silent before a comment keeps it alive, in milliseconds. @defaultValue 15_000 */
  readonly heartbeatMs?: number | undefined;
  /** How long a client may read nothing before it is dropped, in milliseconds; it can resume. @defaultValue 30_000 */
  readonly stallMs?: number | undefined;
  /** What clients are told to wait before they come again, in milliseconds. @defaultValue they are told nothing */
  readonly retryMs?: number | undefined;
  /** Sent besides those of every event stream. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told why a response was cut, where that was not its client's doing. @defaultValue nobody is told */
  readonly report?: ((error: unknown) => void) | undefined;
}

export interface SinkClocks {
  readonly heartbeatMs: number;
  readonly stallMs: number;
}

export const clocksOf = ({ heartbeatMs = 15_000, stallMs = 30_000, retryMs = 0 }: SinkOptions): SinkClocks => {
  checkOption('limitMs', 'heartbeatMs', heartbeatMs);
  checkOption('limitMs', 'stallMs', stallMs);
  checkOption('delayMs', 'retryMs', retryMs);
  return { heartbeatMs, stallMs };
};

/** The headers of every event stream: no proxy is to hold it back, change it or keep it. */
export const streamHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};
