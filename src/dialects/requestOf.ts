import { httpClocks } from '../bytes/httpClocks.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { lowerCased } from '../internal/lowerCased.ts';
import { pageAddress } from '../internal/pageAddress.ts';
import { withoutSecrets } from '../internal/redact.ts';
import type { RequestOptions } from './Dialect.ts';

/** What a dialect adds to the options of a request. */
export interface RequestParts {
  /** Below the base address, with a leading slash. */
  readonly path: string;
  /** Goes behind the query of the base address, without a question mark. */
  readonly query?: string | undefined;
  /** The media type of the answer: that of the dialect's framing for a stream, `application/json` for a whole one. */
  readonly accept: HttpRequest['accept'];
  /** The headers that carry the key. */
  readonly auth: (apiKey: string) => Readonly<Record<string, string>>;
  /** Further headers; their names in small letters. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body, to be sent as JSON. */
  readonly json: object;
}

/** `path` below `baseUrl`, whose own query (an API version, say) stays. */
const urlOf = (baseUrl: string, path: string, query: string | undefined): string => {
  // A page may name its own server by path alone; elsewhere there is nothing that a path is relative to.
  const page = pageAddress();
  const refuse = (got: string): never => {
    throw new InvalidOptionError('baseUrl', `must be an address such as http://127.0.0.1:11434/v1; got ${got}`);
  };
  // Callers without types pass all sorts of things.
  if (typeof baseUrl !== 'string') return refuse(String(baseUrl));
  // Without a cause, which would quote the address whole.
  const url = URL.canParse(baseUrl, page) ? new URL(baseUrl, page) : refuse(`"${withoutSecrets(baseUrl)}"`);
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOptionError('baseUrl', 'must not hold a user name or password, which fetch refuses; use headers');
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError('baseUrl', `must begin with http:// or https://; got "${url.protocol}"`);
  }
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  if (query !== undefined) url.search = url.search === '' ? query : `${url.search}&${query}`;
  return url.href;
};

const keyHeaders = async (
  apiKey: RequestOptions<unknown>['apiKey'],
  auth: RequestParts['auth'],
): Promise<Readonly<Record<string, string>>> => {
  const key = (typeof apiKey === 'function' ? await apiKey() : apiKey)?.trim();
  if (key === undefined || key === '') return {};
  // The runtime's own complaint about such a header quotes the key.
  if (/[^\x21-\x7e]/.test(key)) throw new InvalidOptionError('apiKey', 'holds a character that no header may hold');
  return auth(key);
};

/**
 * Puts a dialect's request together, from what the user gave and what the provider wants. For `Dialect.request` and
 * `nonStreaming.request`.
 *
 * - **Shape:** a `POST` of JSON. `path` goes below the base address, whose own query stays. The key is asked for, in `headers`,
 *   each time that the request is sent, and stands nowhere else; the user's headers win over all others
 * - **Errors:** `InvalidOptionError` thrown at the call, for an address that is none (it is not quoted whole, since it may hold
 *   a key) and for clocks that make no sense; `headers` rejects with one for a key that no header may hold
 *
 * @example A request with a key header of its own
 * ```ts
 * import { requestOf } from 'rxllm/dialect';
 *
 * const options = { baseUrl: 'http://127.0.0.1:9000/api/', apiKey: 'k-1', body: { model: 'm' } };
 * const request = requestOf(options, {
 *   path: '/talk',
 *   accept: 'application/x-ndjson',
 *   auth: (apiKey) => ({ 'x-parrot-key': apiKey }),
 *   json: { ...options.body, stream: true },
 * });
 *
 * request.url; // => 'http://127.0.0.1:9000/api/talk'
 * request.body; // => '{"model":"m","stream":true}'
 * await request.headers();
 * // => { 'content-type': 'application/json', accept: 'application/x-ndjson', 'x-parrot-key': 'k-1' }
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const requestOf = (options: RequestOptions<object>, parts: RequestParts): HttpRequest => {
  const { baseUrl, apiKey, headers, fetch, signal, timeouts, readWhen } = options;
  httpClocks(timeouts);
  return {
    method: 'POST',
    url: urlOf(baseUrl, parts.path, parts.query),
    body: JSON.stringify(parts.json),
    accept: parts.accept,
    fetch,
    signal,
    timeouts,
    readWhen,
    headers: async () => ({
      'content-type': 'application/json',
      accept: parts.accept,
      ...parts.headers,
      ...(await keyHeaders(apiKey, parts.auth)),
      ...lowerCased(headers),
    }),
  };
};

/**
 * Checks a request's body, before it is sent: callers without types leave fields out.
 *
 * - **Errors:** `InvalidOptionError`, unless `body` is an object with each of the `required` fields; its `option` names the first
 *   that is missing
 *
 * @example A body without turns
 * ```ts
 * import { InvalidOptionError } from 'rxllm';
 * import { checkBody } from 'rxllm/dialect';
 *
 * let message = '';
 * try {
 *   checkBody({ model: 'm' }, ['model', 'turns']);
 * } catch (error) {
 *   message = (error as InvalidOptionError).message;
 * }
 *
 * message; // => 'body.turns is missing'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const checkBody = (body: unknown, required: readonly string[]): void => {
  if (typeof body !== 'object' || body === null) throw new InvalidOptionError('body', 'is missing');
  for (const field of required) {
    if ((body as Record<string, unknown>)[field] === undefined) {
      throw new InvalidOptionError(`body.${field}`, 'is missing');
    }
  }
};
