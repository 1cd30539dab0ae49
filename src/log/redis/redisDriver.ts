import { LogError, type LogErrorReason } from '../../errors/LogError.ts';
import type { LogDriver, LogEnding, LogEntry, LogHint, LogState } from '../LogDriver.ts';
import { RedisChannels } from './RedisChannels.ts';
import type { RedisPort } from './RedisPort.ts';
import { scripts } from './scripts.ts';

export interface RedisLogOptions {
  /** What the names of keys and channels begin with. @defaultValue 'rxllm:' */
  readonly prefix?: string | undefined;
  /** The number of the first producer of each log. @defaultValue a random one, so that an answer whose id was used before is told from that */
  readonly firstEpoch?: number | undefined;
}

const entryOf = (epoch: number, last: number, count: number, json: string): LogEntry => ({
  epoch,
  first: last - count + 1,
  last,
  json,
  ending: undefined,
});

const endingOf = (epoch: number, seq: number, ending: string): LogEntry => ({
  epoch,
  first: seq,
  last: seq,
  json: '[]',
  ending: JSON.parse(ending) as LogEnding,
});

/** An entry of the stream: its id is `<epoch>-<last>`, its fields `n` and `d` for events, `e` for the ending. */
const fromStream = ([id, fields]: readonly [string, readonly string[]]): LogEntry => {
  const [epoch = 0, last = 0] = id.split('-').map(Number);
  const [kind, first = '', , events = ''] = fields;
  return kind === 'e' ? endingOf(epoch, last, first) : entryOf(epoch, last, Number(first), events);
};

/** A message: `S` and the reason of a stop, or `E` (events) or `T` (the ending), epoch, first, last and JSON. */
const hintOf = (message: string): LogHint => {
  const kind = message[0];
  if (kind === 'S') return { stop: message.slice(1) };
  const [head = '', epoch, first, last] = /^.(\d+) (\d+) (\d+) /.exec(message) ?? [];
  const json = message.slice(head.length);
  if (kind === 'T') return { entry: endingOf(Number(epoch), Number(last), json) };
  return { entry: entryOf(Number(epoch), Number(last), Number(last) - Number(first) + 1, json) };
};

/**
 * An id as it stands in braces, which keep all that belongs to a log on one node of a cluster: they go by what is before the first
 * one that closes, and by nothing where that is nothing.
 */
const tagOf = (id: string): string => (id === '' ? '%' : id.replace(/[%}]/g, (sign) => (sign === '%' ? '%25' : '%7D')));

/**
 * How far the number of the next producer is from that of the last one. Redis may lose a producer along with all that it wrote: the
 * next one must not get the same number, or what the two wrote could not be told apart.
 */
const epochStep = (): number => 1 + Math.floor(Math.random() * 500_000);

/**
 * The engine in Redis (6.2 or newer) or Valkey: a stream for each log, scripts for what must happen at once. `redisLog` is a log on it.
 *
 * @example A log of values with a form of their own in JSON
 * ```ts
 * import { createClient } from 'redis';
 * import { firstValueFrom, of } from 'rxjs';
 * import { createLog } from 'rxllm/log';
 * import { nodeRedis, redisDriver } from 'rxllm/redis';
 *
 * const client = await createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const port = nodeRedis(client);
 * const log = createLog<Date>(redisDriver(port, { prefix: 'dates:' }), {
 *   toJson: (date) => date.getTime(),
 *   fromJson: (json) => new Date(json as number),
 * });
 * await log.start('new-year', of(new Date(0)));
 * const { event } = await firstValueFrom(log.follow('new-year'));
 *
 * event.getUTCFullYear(); // => 1970
 * port.close();
 * client.destroy();
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const redisDriver = (port: RedisPort, { prefix = 'rxllm:', firstEpoch }: RedisLogOptions = {}): LogDriver => {
  const channels = new RedisChannels(port);
  const shas = new Map<string, Promise<string>>();

  const keyOf = (id: string): string => `${prefix}{${tagOf(id)}}`;
  const shaOf = (script: string): Promise<string> => {
    const sha = shas.get(script) ?? (port.send(['SCRIPT', 'LOAD', script]) as Promise<string>);
    shas.set(script, sha);
    sha.catch(() => shas.delete(script));
    return sha;
  };

  const run = async (
    name: keyof typeof scripts,
    id: string,
    ...args: readonly (string | number)[]
  ): Promise<unknown[]> => {
    const key = keyOf(id);
    const rest = ['3', `${key}:state`, key, `${key}:lease`, `${key}:news`, ...args.map(String)];
    const script = scripts[name];
    try {
      return (await port.send(['EVALSHA', await shaOf(script), ...rest])) as unknown[];
    } catch (error) {
      // The server was restarted, or another one took its place.
      if (!String((error as Error | undefined)?.message).includes('NOSCRIPT')) throw error;
      return (await port.send(['EVAL', script, ...rest])) as unknown[];
    }
  };

  const ask = async (
    name: keyof typeof scripts,
    id: string,
    ...args: readonly (string | number)[]
  ): Promise<unknown[]> => {
    const [word, ...values] = await run(name, id, ...args);
    if (word !== 'ok') throw new LogError(word as LogErrorReason, id, word === 'gap' ? Number(values[0]) : undefined);
    return values;
  };

  const stopIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

  return {
    async open(id, { mode, owner, leaseMs, ttlMs }) {
      const step = mode === 'create' ? (firstEpoch ?? epochStep()) : epochStep();
      const [epoch, seq] = await ask('open', id, mode, leaseMs, ttlMs, owner, step);
      return { epoch: Number(epoch), seq: Number(seq) };
    },
    async append(id, epoch, first, events) {
      const [stop] = await ask('append', id, epoch, first, first + events.length - 1, `[${events.join(',')}]`);
      return { stop: stopIn(stop) };
    },
    async end(id, epoch, seq, ending, retainMs) {
      await ask('end', id, epoch, seq, ending.state, JSON.stringify(ending), retainMs);
    },
    async renew(id, epoch, leaseMs, ttlMs) {
      const [, stop] = await ask('renew', id, epoch, leaseMs, ttlMs);
      return { stop: stopIn(stop) };
    },
    async stop(id, reason) {
      return (await run('stop', id, reason))[0] === 'ok';
    },
    async state(id) {
      const reply = (await port.send(['HMGET', `${keyOf(id)}:state`, 'state', 'epoch', 'seq'])) as (string | null)[];
      const [state, epoch, seq] = reply;
      if (typeof state !== 'string') return undefined;
      return { state: state as LogState['state'], epoch: Number(epoch), seq: Number(seq) };
    },
    async read(id, { epoch, seq }, maxEntries) {
      const key = keyOf(id);
      const from = seq === 0 && epoch === 0 ? '-' : `(${epoch}-${seq}`;
      const [exists, rows] = await Promise.all([
        port.send(['EXISTS', `${key}:state`]),
        port.send(['XRANGE', key, from, '+', 'COUNT', String(maxEntries)]),
      ]);
      if (Number(exists) === 0) throw new LogError('not-found', id);
      return (rows as [string, string[]][]).map(fromStream);
    },
    tail: (id, onHint) =>
      channels.listen(`${keyOf(id)}:news`, (message) => {
        onHint(message === undefined ? {} : hintOf(message));
      }),
    async reap(id, retainMs) {
      return (await run('reap', id, retainMs, epochStep()))[0] === 'ok';
    },
  };
};
