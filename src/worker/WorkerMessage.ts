import type { Delta } from '../deltas/Delta.ts';
import type { ThrownJson } from '../errors/errorToJson.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';

/** The options of a request that are plain data. */
export type PlainOptions = Omit<StreamOptions<unknown>, 'apiKey' | 'body' | 'fetch' | 'signal' | 'readWhen' | 'runIn'>;

/** How often deltas are posted. */
export interface Pace {
  readonly maxWaitMs: number | undefined;
  readonly minIntervalMs: number | undefined;
}

/** A request as it is posted. */
export interface PostedRequest {
  readonly dialect: string;
  readonly options: PlainOptions;
  /** As JSON, which is what becomes of it in the end: it may hold what JSON leaves out and no message can hold. */
  readonly body: string | undefined;
  /** The key itself, or that it is to be asked for. */
  readonly apiKey: string | undefined | { readonly isAsked: true };
  readonly pace: Pace;
}

/** An error; `question` is that for the key, where the page's own answer to it was this error. */
export type PostedError = ThrownJson & { readonly question?: number | undefined };

/** What a page says to its worker; `stream` tells the streams apart. */
export type ToWorker =
  | { readonly type: 'start'; readonly stream: number; readonly request: PostedRequest }
  | { readonly type: 'stop'; readonly stream: number }
  /** What was posted has been worked on. */
  | { readonly type: 'taken' }
  | { readonly type: 'key'; readonly stream: number; readonly question: number; readonly apiKey: string | undefined }
  | { readonly type: 'no-key'; readonly stream: number; readonly question: number; readonly error: ThrownJson };

/** What one stream has had since the last time. */
export interface Batch {
  readonly stream: number;
  readonly deltas: readonly Delta[];
}

/** What a worker says to its page of one stream. */
export type StreamMessage =
  | { readonly type: 'ask-key'; readonly stream: number; readonly question: number }
  | { readonly type: 'complete'; readonly stream: number }
  | { readonly type: 'error'; readonly stream: number; readonly error: PostedError };

/** What a worker says to its page. */
export type FromWorker =
  /** It lives for as long as it holds this lock, if there is one. */
  | { readonly type: 'ready'; readonly lock: string | undefined }
  | { readonly type: 'deltas'; readonly batches: readonly Batch[] }
  /** A stream that was stopped holds nothing any more. */
  | { readonly type: 'stopped' }
  | StreamMessage;

export type WorkerMessage = ToWorker | FromWorker;

/** What our messages carry besides, so that others on the same worker are not taken for them. */
export const wireMark = 'rxllm-1';

export const isOurs = (data: unknown): data is { readonly mark: string } & WorkerMessage =>
  typeof data === 'object' && data !== null && (data as { mark?: unknown }).mark === wireMark;
