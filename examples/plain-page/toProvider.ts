import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

import type { FakeProvider } from '../../src/testing/index.ts';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece as string;
  return text;
};

/**
 * Hands a request of the page to the provider, and its answer back as it comes. With a real provider the request would go
 * on by `fetch`, and get its key here: no key belongs in a page.
 */
export const toProvider = async (
  provider: FakeProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { signal, abort } = leaving(response);
  try {
    const url = `http://${request.headers.host ?? 'localhost'}${request.url ?? '/'}`;
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const body = await bodyOf(request);
    const answered = await provider.handle(new Request(url, { method: 'POST', headers, body, signal }));
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.flushHeaders();
    if (answered.body) await pipeline(answered.body, response);
    else response.end();
  } catch {
    // The reader has left, or the connection is to be cut.
    response.destroy();
  } finally {
    abort();
  }
};

/** Aborted once the page has let go of the connection. */
const leaving = (response: ServerResponse): { readonly signal: AbortSignal; readonly abort: () => void } => {
  const leave = new AbortController();
  const abort = (): void => {
    leave.abort(new Error('the page has left'));
  };
  response.once('close', abort);
  return { signal: leave.signal, abort };
};
