import type { Delta } from '../deltas/Delta.ts';
import { createLog } from './createLog.ts';
import { deltaCodec, type LogCodec } from './LogCodec.ts';
import { memoryDriver } from './memoryDriver.ts';
import type { LogOptions, StreamLog } from './StreamLog.ts';

/**
 * A log in the memory of this process: answers outlive the requests they were made for, as long as the process does.
 *
 * - **Shape:** a `StreamLog`, of deltas or of anything else that JSON can hold
 * - **Memory:** every answer whole, at most `maxBytes` each, until `retainMs` after its end
 * - **Errors:** `LogError`; `InvalidOptionError` thrown at the call
 *
 * @example An answer goes on without its reader, and is read from where the reader was
 * ```ts
 * import { firstValueFrom, of, toArray } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 *
 * const log = memoryLog<string>();
 * const { ended } = await log.start('answer-1', of('To', ' be', ' or not'));
 * await ended;
 * const [first, ...rest] = await firstValueFrom(log.follow('answer-1').pipe(toArray()));
 * const again = await firstValueFrom(log.follow('answer-1', first?.cursor).pipe(toArray()));
 *
 * rest.map(({ event }) => event); // => [' be', ' or not']
 * again; // => rest
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const memoryLog = <T = Delta>(options: LogOptions<T> = {}): StreamLog<T> =>
  createLog(memoryDriver(), deltaCodec as LogCodec<T>, options);
