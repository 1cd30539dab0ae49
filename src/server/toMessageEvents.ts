import { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { LogError } from '../errors/LogError.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { Encoder } from './Encoder.ts';
import { FrameFeed } from './FrameFeed.ts';
import { MessagePump, type NestMessage } from './MessagePump.ts';
import { shownError } from './shownError.ts';
import { clocksOf, type SinkOptions } from './SinkOptions.ts';

/** What the framework does itself is left out. */
export type MessageEventsOptions = Omit<SinkOptions, 'stallMs' | 'headers'>;

/** Whether an error was made for who asks: that there is no such answer, or any of Nest's `HttpException`s. */
const isMeant = (error: unknown): boolean =>
  error instanceof LogError || typeof (error as { readonly getStatus?: unknown } | undefined)?.getStatus === 'function';

/**
 * An answer for NestJS's `@Sse()`, from the place of a reader on. Nest holds in memory what a client has not read; a handler that returns
 * `toResponse(...)` holds nothing, and answers with 204 and 404 as it should.
 *
 * - **Shape:** a reader, or how to open one, to messages; each has an `id`, or Nest would number it. Opened when it is subscribed to,
 *   which Nest does not do for a client that has left
 * - **Time:** a comment after `heartbeatMs` of silence
 * - **Memory:** here a place; in Nest up to `maxPendingDataLength` characters for each client. Set it to some 262_144: what it drops resumes
 * - **Errors:** what opening rejects with, where that is a `LogError` or one of Nest's `HttpException`s; for anything else, as where the log
 *   cannot be read, one that has nothing of this server's inside
 *   `InvalidOptionError` thrown at the call
 * - **Completes:** behind the protocol's own terminal, whatever the outcome
 * - **Unsubscribe:** closes the reader; the answer goes on
 *
 * @example What Nest is given
 * ```ts
 * import { lastValueFrom, of, toArray } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeDeltas, toMessageEvents } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('answer-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const messages$ = toMessageEvents(() => log.open('answer-1'), encodeDeltas());
 * const messages = await lastValueFrom(messages$.pipe(toArray()));
 *
 * messages.every(({ id }) => id !== undefined); // => true
 * messages.at(-1)?.data; // => '{"state":"complete"}'
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function toMessageEvents<T = Delta>(
  reader: LogReader<T> | (() => Promise<LogReader<T>>),
  encoder: Encoder<T>,
  options: MessageEventsOptions = {},
): Observable<NestMessage> {
  const clocks = clocksOf(options);
  const { retryMs, report = () => undefined } = options;
  return new Observable((out) => {
    const begin = (opened: LogReader<T>): void => {
      const pump = new MessagePump(new FrameFeed(opened, encoder, options), out, clocks, report);
      out.add(() => {
        pump.close();
      });
      if (retryMs !== undefined) pump.sendRetry(retryMs);
      pump.pump();
    };
    if (typeof reader !== 'function') {
      begin(reader);
      return;
    }
    const open = async (): Promise<void> => {
      begin(await reader());
    };
    open().catch((error: unknown) => {
      if (isMeant(error)) out.error(error);
      else {
        // Nest would tell the client whatever it may be.
        report(error);
        out.error(shownError(error));
      }
    });
  });
}
