import { type IncomingMessage, request as sendPlain, type RequestOptions } from 'node:http';
import { request as sendSecure } from 'node:https';

import type { Agents } from './agentsOf.ts';
import { NodeResponse } from './NodeResponse.ts';
import { unpacked } from './unpacked.ts';

/** What `fetch` sends unless told otherwise; some servers refuse whoever does not say who it is. */
const usual = { accept: '*/*', 'user-agent': 'node' };

const bodyOf = (body: RequestInit['body']): string | Uint8Array | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('nodeFetch takes a body of text or bytes');
};

const optionsOf = ({ method = 'GET', headers }: RequestInit): RequestOptions => ({
  method,
  headers: { ...usual, ...Object.fromEntries(new Headers(headers)) },
});

/** Calls back when the signal aborts, until let go. */
const onAbort = (signal: AbortSignal | null | undefined, callback: (reason: Error) => void): (() => void) => {
  if (!signal) return () => undefined;
  const abort = (): void => {
    callback(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
};

/** Sends a request; resolves with the head of the response. */
export const sendRequest = (address: URL, init: RequestInit, agents: Agents): Promise<NodeResponse> =>
  new Promise((resolve, reject) => {
    const isSecure = address.protocol === 'https:';
    const body = bodyOf(init.body);
    const agent = agents[isSecure ? 'https:' : 'http:'];
    const request = (isSecure ? sendSecure : sendPlain)(address, { ...optionsOf(init), agent });
    let message: IncomingMessage | undefined;
    let response: NodeResponse | undefined;
    const fail = (error: Error): void => {
      if (response) response.body?.fail(error);
      else reject(error);
    };
    const letGo = onAbort(init.signal, (reason) => {
      fail(reason);
      request.destroy();
    });
    request.on('response', (head) => {
      message = head;
      // Aborted later, it would take down a connection that has gone back to the others.
      head.on('end', letGo);
      response = new NodeResponse(head, unpacked(head), address.href);
      resolve(response);
    });
    // Nobody has asked for another protocol, and Node would wait for somebody who speaks it.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(new TypeError('the server speaks another protocol now'));
    });
    request.on('error', (error) => {
      // A server that sends more than it said has sent a whole message before that.
      if (message?.complete !== true) fail(error);
    });
    request.on('close', letGo);
    request.end(body);
  });
