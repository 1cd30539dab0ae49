import { redact, secretsIn, withoutSecrets } from '../internal/redact.ts';

/** What a recording may know of a request, and what it must not. */
export interface SentRequest {
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  /** What must not be written anywhere: keys in headers, values in the address's query. */
  readonly secrets: readonly string[];
}

/** Reads what `fetch` was called with. */
export const sentRequest = (input: RequestInfo | URL, init: RequestInit = {}): SentRequest => {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const fullUrl = request?.url ?? (input as string | URL).toString();
  const headers = [request?.headers, init.headers].map((some) => Object.fromEntries(new Headers(some)));
  const secrets = headers.flatMap((some) => secretsIn(some, fullUrl));
  return {
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    url: redact(withoutSecrets(fullUrl), secrets),
    signal: init.signal ?? request?.signal,
    secrets,
  };
};
