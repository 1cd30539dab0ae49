import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import type { PlainOptions } from './WorkerMessage.ts';

/** Why each of these stays where it is. */
const refused = {
  fetch: 'cannot go into a worker, which has a fetch of its own; leave one of the two out',
  readWhen: 'cannot go into a worker, which reads as fast as the server sends; leave one of the two out',
} as const;

const cloneOf = <T>(options: T): T => {
  try {
    return structuredClone(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidOptionError('options', `hold something that cannot be sent to a worker: ${why}`, { cause });
  }
};

/** The options that go into a worker, as they are now. Throws `InvalidOptionError` for one that cannot. */
export const plainOptions = (options: StreamOptions<unknown>): PlainOptions => {
  const { apiKey: _key, fetch, signal: _signal, readWhen, runIn: _runIn, ...plain } = options;
  for (const [name, value] of Object.entries({ fetch, readWhen })) {
    if (value !== undefined) throw new InvalidOptionError(name, refused[name as keyof typeof refused]);
  }
  if (plain.retry !== false && plain.retry?.shouldRetry !== undefined) {
    throw new InvalidOptionError('retry.shouldRetry', 'is a function, which cannot go into a worker');
  }
  // Inside the worker an address would be relative to its script.
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  const baseUrl = URL.canParse(plain.baseUrl, page) ? new URL(plain.baseUrl, page).href : plain.baseUrl;
  return cloneOf({ ...plain, baseUrl });
};
