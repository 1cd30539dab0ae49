import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { lowerCased } from '../internal/lowerCased.ts';
import type { RelayAccess } from './RelayOptions.ts';

/** What every request to one's own server has. */
export const relayRequest = (
  url: string,
  { headers, credentials, fetch, signal }: RelayAccess,
  own: Pick<HttpRequest, 'method' | 'body' | 'accept'> & {
    readonly headers?: () => Readonly<Record<string, string>>;
    readonly onResponse?: (response: Response) => void;
    readonly readWhen?: HttpRequest['readWhen'];
    readonly timeouts: NonNullable<HttpRequest['timeouts']>;
  },
): HttpRequest => ({
  url,
  method: own.method,
  body: own.body,
  accept: own.accept,
  timeouts: own.timeouts,
  signal,
  ...(own.readWhen !== undefined && { readWhen: own.readWhen }),
  headers: async () => ({
    ...lowerCased(typeof headers === 'function' ? await headers() : headers),
    accept: own.accept,
    ...(own.body !== undefined && { 'content-type': 'application/json' }),
    ...own.headers?.(),
  }),
  async fetch(input, init) {
    const send = fetch ?? globalThis.fetch;
    // A kept response would be an answer as it was some time ago.
    const response = await send(input, {
      ...init,
      cache: 'no-store',
      ...(credentials !== undefined && { credentials }),
    });
    own.onResponse?.(response);
    return response;
  },
});
