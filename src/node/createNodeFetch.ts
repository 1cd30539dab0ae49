import type { AgentOptions } from 'node:https';

import { checkOption } from '../internal/checkOption.ts';
import { type Agents, agentsOf } from './agentsOf.ts';
import { sendRequest } from './sendRequest.ts';

export interface NodeFetchOptions {
  /** The certificates, in PEM, of those who may vouch for a server. @defaultValue those that Node knows */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** A certificate of one's own, in PEM, for servers that ask for it. @defaultValue none */
  readonly cert?: string | Uint8Array | undefined;
  /** The key of `cert`, in PEM. */
  readonly key?: string | Uint8Array | undefined;
  /**
   * How long a connection is kept for the next request, in milliseconds, if the server keeps it as long; `Infinity` for as long
   * as the server does. @defaultValue 4_000
   */
  readonly idleSocketMs?: number | undefined;
}

const addressOf = (input: string | URL | Request): URL => {
  if (typeof input !== 'string' && !(input instanceof URL))
    throw new TypeError('nodeFetch takes an address, no Request');
  const address = new URL(input);
  if (!/^https?:$/.test(address.protocol))
    throw new TypeError(`nodeFetch speaks http and https, not ${address.protocol}`);
  // As `fetch` has it: they would be sent as a header that nobody wrote.
  if (address.username !== '' || address.password !== '') throw new TypeError('the address holds credentials');
  return address;
};

/**
 * A `nodeFetch` with connections of its own, and settings for them.
 *
 * - **Time:** `idleSocketMs` begins when a response has ended
 * - **Memory:** 128 KiB for all connections together; else as `nodeFetch`
 * - **Errors:** `InvalidOptionError` thrown at the call; else as `nodeFetch`
 *
 * @example Connections that are closed after a second
 * ```ts
 * import { createNodeFetch } from 'rxllm/node';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const { origin, close } = await fakeProvider().listen();
 * const fetch = createNodeFetch({ idleSocketMs: 1_000 });
 * const { status } = await fetch(`${origin}/nowhere`);
 * await close();
 *
 * status; // => 404
 * ```
 *
 * @category node
 * @since 0.1.0
 */
export function createNodeFetch({ idleSocketMs = 4_000, ...tls }: NodeFetchOptions = {}): typeof globalThis.fetch {
  checkOption('limitMs', 'idleSocketMs', idleSocketMs);
  let agents: Agents | undefined;
  return async (input, init = {}) => {
    const address = addressOf(input);
    init.signal?.throwIfAborted();
    agents ??= agentsOf(tls as AgentOptions, idleSocketMs);
    const response = await sendRequest(address, init, agents);
    const { status } = response;
    if (init.redirect !== 'manual' && status >= 300 && status < 400 && response.headers.has('location')) {
      await response.body?.cancel();
      throw new TypeError(`nodeFetch follows no redirects; the server answered ${status}`);
    }
    // Of a `Response` it has what is read of one, not the class.
    return response as unknown as Response;
  };
}
