import type { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import type { StartOptions } from '../log/StreamLog.ts';
import type { Encoder } from './Encoder.ts';
import { encodeDeltas } from './encodeDeltas.ts';
import { clocksOf, type SinkOptions } from './SinkOptions.ts';

/** What somebody wants to do with an answer. */
export interface AnswerAccess<Context = unknown> {
  readonly action: 'start' | 'follow' | 'stop';
  /** By what the client knows the answer. */
  readonly id: string;
  /** What was handed over with the request; `node` hands over the request of Node, with all that middleware put there. */
  readonly context: Context;
}

/** What an answer is made of. */
export interface AnswerStart<Context = unknown> {
  /** By what the client knows the answer. */
  readonly id: string;
  /** By what the log knows it; `continueWith` of the log is given this one. */
  readonly logId: string;
  /** Whose it is, as `authorize` said. */
  readonly scope: string;
  /** The JSON of the request's body, as the client sent it; `undefined` where it sent none. */
  readonly body: unknown;
  readonly request: Request;
  readonly context: Context;
}

export interface ResumableOptions<Context = unknown> extends Pick<
  SinkOptions,
  'heartbeatMs' | 'stallMs' | 'retryMs' | 'headers'
> {
  /**
   * Gives the answer to a request as deltas, cold: it is subscribed to once, by the log, whoever leaves meanwhile. What it throws
   * or rejects with before that becomes the response's status (a `Response` goes out as it is), and the same request may be made
   * again. Where requests with one key meet it may be called for each of them; one is subscribed to.
   */
  readonly start: (start: AnswerStart<Context>) => Observable<Delta> | Promise<Observable<Delta>>;
  /**
   * Says whose answers a request may use: the id of a user, or of whatever else an answer belongs to. Within one scope everybody may
   * follow and stop every answer; from any other it does not exist. `undefined` (and an empty text) is a 403; a `Response` that
   * is returned goes out as it is.
   */
  readonly authorize: (
    request: Request,
    access: AnswerAccess<Context>,
  ) => string | Response | undefined | Promise<string | Response | undefined>;
  /** How answers are said on the wire. @defaultValue `encodeDeltas()`, for `fromRelay` */
  readonly encoder?: Encoder | undefined;
  /** What the paths begin with, such as `/answers`; a router that takes it off needs none. @defaultValue '' */
  readonly basePath?: string | undefined;
  /** The largest body of a request, in bytes. @defaultValue 4_194_304 */
  readonly maxBodyBytes?: number | undefined;
  /** The lease, lifetimes and bounds of answers in the log. */
  readonly startOptions?: StartOptions | undefined;
  /**
   * Told of what clients are not told: errors of `authorize`, `start`, the answer and the log. @defaultValue `console.error`
   */
  readonly report?: ((error: unknown) => void) | undefined;
}

/** The options with their defaults. */
export interface CheckedResumable<Context> extends ResumableOptions<Context> {
  readonly encoder: Encoder;
  readonly basePath: string;
  readonly maxBodyBytes: number;
  readonly report: (error: unknown) => void;
}

const printed = (error: unknown): void => {
  console.error(error);
};

/** Throws `InvalidOptionError` on a mistake. */
export const checkedResumable = <Context>(options: ResumableOptions<Context>): CheckedResumable<Context> => {
  const { start, authorize, basePath = '', maxBodyBytes = 4_194_304 } = options;
  const { encoder = encodeDeltas(), report = printed } = options;
  // Callers without types leave them out.
  for (const [name, value] of Object.entries({ start, authorize })) {
    if (typeof value !== 'function') throw new InvalidOptionError(name, 'must be a function');
  }
  if (!/^(?:\/[^?#]*[^/?#])?$/.test(basePath)) {
    throw new InvalidOptionError('basePath', `must begin with a slash and end without one; got '${basePath}'`);
  }
  checkOption('bound', 'maxBodyBytes', maxBodyBytes);
  clocksOf(options);
  return { ...options, basePath, maxBodyBytes, encoder, report };
};
