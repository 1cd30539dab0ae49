import type { Delta } from '../deltas/Delta.ts';
import type { ErrorJson } from '../errors/errorToJson.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';

/** The options of a request that are plain data. */
export type PlainOptions = Omit<StreamOptions<unknown>, 'apiKey' | 'fetch' | 'signal' | 'readWhen' | 'runIn'>;

/** How often deltas are posted. */
export interface Pace {
  readonly maxWaitMs: number | undefined;
  readonly minIntervalMs: number | undefined;
}

/** What a page says to its worker; `stream` tells the streams apart. */
export type ToWorker =
  | {
      readonly type: 'start';
      readonly stream: number;
      readonly dialect: string;
      readonly options: PlainOptions;
      /** The key itself, or that it is to be asked for. */
      readonly apiKey: string | undefined | { readonly isAsked: true };
      readonly pace: Pace;
    }
  | { readonly type: 'stop'; readonly stream: number }
  /** A batch has been worked on. */
  | { readonly type: 'taken'; readonly stream: number }
  | { readonly type: 'key'; readonly stream: number; readonly question: number; readonly apiKey: string | undefined }
  | { readonly type: 'no-key'; readonly stream: number; readonly question: number; readonly error: ErrorJson };

/** What a worker says to its page. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'deltas'; readonly stream: number; readonly deltas: readonly Delta[] }
  | { readonly type: 'complete'; readonly stream: number }
  | { readonly type: 'error'; readonly stream: number; readonly error: ErrorJson }
  | { readonly type: 'ask-key'; readonly stream: number; readonly question: number };

export type WorkerMessage = ToWorker | FromWorker;

/** What our messages carry besides, so that others on the same worker are not taken for them. */
export const wireMark = 'rxllm-1';

export const isOurs = (data: unknown): data is { readonly mark: string } & WorkerMessage =>
  typeof data === 'object' && data !== null && (data as { mark?: unknown }).mark === wireMark;
