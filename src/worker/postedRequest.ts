import type { Dialect } from '../dialects/Dialect.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { pageAddress } from '../internal/pageAddress.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import type { Pace, PlainOptions, PostedRequest } from './WorkerMessage.ts';

/** Why each of these stays where it is. */
const refused = {
  fetch: 'cannot go into a worker, which has a fetch of its own; leave out fetch or runIn',
  readWhen: 'cannot go into a worker; leave out readWhen or runIn',
} as const;

/** A copy without what cannot be posted: proxies, which stores of state like to hand out, and functions. */
const plainCopy = (value: unknown, path: string): unknown => {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new InvalidOptionError(path, `is a ${typeof value}, which cannot go into a worker; leave it or runIn out`);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainCopy(field, `${path}.${key}`)]));
};

/** Inside the worker an address would be relative to its script. */
const absolute = (baseUrl: string): string => {
  const page = pageAddress();
  return URL.canParse(baseUrl, page) ? new URL(baseUrl, page).href : baseUrl;
};

/** A request as it goes into a worker, as it is now. Throws `InvalidOptionError` on a mistake, and for what cannot go there. */
export const postedRequest = <Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  request: StreamOptions<Body>,
  pace: Pace,
): PostedRequest => {
  const { apiKey, body, fetch, signal: _signal, readWhen, runIn: _runIn, ...options } = request;
  for (const [name, value] of Object.entries({ fetch, readWhen })) {
    if (value !== undefined) throw new InvalidOptionError(name, refused[name as keyof typeof refused]);
  }
  // Mistakes in a request are thrown here and now, as they are without a worker.
  void streamDeltas(dialect, { ...request, runIn: undefined });
  const plain = Object.entries(options).map(([key, value]) => [key, plainCopy(value, key)]);
  return {
    dialect: dialect.name,
    options: { ...(Object.fromEntries(plain) as PlainOptions), baseUrl: absolute(options.baseUrl) },
    body: JSON.stringify(body),
    apiKey: typeof apiKey === 'function' ? { isAsked: true } : apiKey,
    pace,
  };
};
