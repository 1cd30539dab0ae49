import { type Observable, Subject, takeUntil } from 'rxjs';

import { errorToJson, type ThrownJson } from '../errors/errorToJson.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { LogError } from '../errors/LogError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { isWritable } from '../internal/isWritable.ts';
import { type Cursor, type LogPlace, logStart, placeOf } from './Cursor.ts';
import type { LogCodec } from './LogCodec.ts';
import { followReader } from './followReader.ts';
import type { LogDriver, OpenedLog } from './LogDriver.ts';
import { LogHub } from './LogHub.ts';
import { LogProducer, type ProducerOptions } from './LogProducer.ts';
import { pageOf } from './LogPage.ts';
import { LogReader } from './LogReader.ts';
import { persist } from './persist.ts';
import type { Generation, LogOptions, StartOptions, StreamLog } from './StreamLog.ts';

const withDefaults = ({
  leaseMs = 15_000,
  ttlMs = 3_600_000,
  retainMs = 600_000,
  maxEvents = 1_000_000,
  maxBytes = 33_554_432,
}: StartOptions): ProducerOptions => {
  checkOption('delayMs', 'leaseMs', leaseMs);
  checkOption('delayMs', 'ttlMs', ttlMs);
  checkOption('delayMs', 'retainMs', retainMs);
  checkOption('bound', 'maxEvents', maxEvents);
  checkOption('bound', 'maxBytes', maxBytes);
  if (ttlMs < leaseMs) throw new InvalidOptionError('ttlMs', 'must not be less than leaseMs');
  return { leaseMs, ttlMs, retainMs, maxEvents, maxBytes, maxBatchEvents: 512 };
};

/** An error as a log can hold it, whatever it carries. */
const storedError = (error: unknown): ThrownJson => {
  const json = errorToJson(error);
  return isWritable(json) ? json : errorToJson(new Error(String(error)));
};

/** Writes what a source gives, until it ends or nobody wants any more of it. */
const produce = <T>(producer: LogProducer, source: Observable<T>, codec: LogCodec<T>): void => {
  // There before the source is: one that gives everything at once can be stopped in the midst of it.
  const stopped = new Subject<void>();
  producer.onStop = () => {
    stopped.next();
  };
  const fail = (error: unknown): void => {
    producer.end({ state: 'failed', error: storedError(error) });
    stopped.next();
  };
  source.pipe(takeUntil(stopped)).subscribe({
    next: (event) => {
      try {
        // What JSON has no word for is null in an array, too.
        const json = JSON.stringify(codec.toJson(event)) as string | undefined;
        producer.write(json ?? 'null');
      } catch (error) {
        fail(error);
      }
    },
    error: fail,
    // Also where it was stopped; then the ending is known already.
    complete: () => {
      producer.end({ state: 'complete' });
    },
  });
};

/** Goes on with a log: with what another source gives, or not at all. */
const continueProducing = <T>(
  producer: LogProducer,
  goOn: () => Observable<T> | undefined,
  codec: LogCodec<T>,
): void => {
  try {
    const rest = goOn();
    if (rest) produce(producer, rest, codec);
    else producer.end({ state: 'lost' });
  } catch (error) {
    producer.end({ state: 'failed', error: storedError(error) });
  }
};

/** Everything that is there, from the beginning. */
const readAll = async <T>(driver: LogDriver, id: string, codec: LogCodec<T>): Promise<readonly T[]> => {
  const events: T[] = [];
  for (let place: LogPlace = logStart; ;) {
    const entries = await driver.read(id, place, 256);
    for (const entry of entries) for (const event of pageOf(entry, id, codec).events) events.push(event);
    const last = entries.at(-1);
    if (!last) return events;
    place = { epoch: last.epoch, seq: last.last };
  }
};

/** The place that a cursor names, for a reader: inside a record, that record is read again. */
const startOf = (id: string, cursor: Cursor | undefined): LogPlace => {
  if (cursor === undefined) return logStart;
  const place = placeOf(cursor);
  if (place === undefined) throw new LogError('bad-cursor', id);
  const { epoch, seq, frame } = place;
  return frame === undefined || seq === 0 ? { epoch, seq } : { epoch, seq: seq - 1 };
};

/**
 * A log on an engine. Everything that is hard is done here, once for all engines: writing without gaps or doubles, reading
 * exactly once and in order whatever becomes of the news, and noticing the dead.
 *
 * - **Shape:** a `LogDriver`, which has what an engine must do, and how events become JSON, to a `StreamLog`
 * - **Errors:** `LogError`; `InvalidOptionError` thrown at the call
 *
 * @example A log of values with a form of their own in JSON
 * ```ts
 * import { firstValueFrom, map, of, toArray } from 'rxjs';
 * import { createLog, memoryDriver } from 'rxllm/log';
 *
 * const log = createLog<Date>(memoryDriver(), {
 *   toJson: (date) => date.getTime(),
 *   fromJson: (json) => new Date(json as number),
 * });
 * await log.start('dates', of(new Date(0)));
 * const years$ = log.follow('dates').pipe(map(({ event }) => event.getUTCFullYear()), toArray());
 *
 * await firstValueFrom(years$); // => [1970]
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const createLog = <T>(driver: LogDriver, codec: LogCodec<T>, options: LogOptions<T> = {}): StreamLog<T> => {
  const { pollMs = 5_000, maxCacheBytes = 262_144, continueWith, continued } = options;
  checkOption('delayMs', 'pollMs', pollMs);
  checkOption('bound', 'maxCacheBytes', maxCacheBytes);
  const resumed = withDefaults(continued ?? {});
  const hubs = new Map<string, LogHub<T>>();

  const write = (id: string, opened: OpenedLog, source: Observable<T>, how: ProducerOptions): Generation => {
    const producer = new LogProducer(id, driver, opened, how);
    produce(producer, source, codec);
    return { id, ended: producer.ended };
  };

  /** The old producer is shut out first, so that nothing is written any more while what is there is read. */
  const takeOver = async (id: string, goOn: NonNullable<LogOptions<T>['continueWith']>): Promise<void> => {
    const opened = await driver.open(id, { ...resumed, mode: 'takeover', owner: crypto.randomUUID() });
    const { stop } = await driver.renew(id, opened.epoch, resumed.leaseMs, resumed.ttlMs);
    const soFar = stop === undefined ? await readAll(driver, id, codec) : [];
    const producer = new LogProducer(id, driver, opened, resumed);
    // What nobody wants any more is not gone on with.
    if (stop !== undefined) producer.end({ state: 'stopped', reason: stop });
    else continueProducing(producer, () => goOn(id, soFar), codec);
  };

  const rescue = async (id: string): Promise<boolean> => {
    if (!continueWith) return driver.reap(id, resumed.retainMs);
    try {
      await takeOver(id, continueWith);
      return true;
    } catch (error) {
      // Its producer is alive, or another server was quicker.
      if (error instanceof LogError) return false;
      throw error;
    }
  };

  const hold = (id: string): LogHub<T> => {
    const held = hubs.get(id);
    // What was rolled back begins again, with what the engine has now.
    const hub =
      held && !held.failure
        ? held
        : new LogHub<T>(id, driver, { codec, pollMs, maxCacheBytes, pageEntries: 256, rescue });
    hubs.set(id, hub);
    hub.readers += 1;
    return hub;
  };

  const release = (hub: LogHub<T>): void => {
    hub.readers -= 1;
    if (hub.readers > 0) return;
    if (hubs.get(hub.id) === hub) hubs.delete(hub.id);
    hub.close();
  };

  const openReader = async (id: string, cursor: Cursor | undefined, isEndShown: boolean): Promise<LogReader<T>> => {
    const start = startOf(id, cursor);
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const hub = hold(id);
    try {
      await hub.reach(place ?? start);
    } catch (error) {
      release(hub);
      throw error;
    }
    // Behind the ending there is nothing; who asks how it ended is told again.
    const isBehind = isEndShown && hub.hasEnded && start.seq >= hub.head.seq;
    const ways = {
      release: () => {
        release(hub);
      },
      reopen: (other: Cursor | undefined) => openReader(id, other, isEndShown),
    };
    return new LogReader(hub, isBehind ? { ...start, seq: hub.head.seq - 1 } : start, ways, place ?? logStart);
  };

  return {
    async start(id, source, startOptions = {}) {
      const how = withDefaults(startOptions);
      const request = { ...how, mode: 'create', owner: crypto.randomUUID() } as const;
      const opened = await persist(
        () => driver.open(id, request),
        () => true,
        5,
      );
      return write(id, opened, source, how);
    },
    follow: (id, cursor) => followReader(() => openReader(id, cursor, true)),
    open: (id, cursor) => openReader(id, cursor, false),
    stop: (id, reason = 'stopped') => driver.stop(id, reason),
    state: (id) => driver.state(id),
  };
};
