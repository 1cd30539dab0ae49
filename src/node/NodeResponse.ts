import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { BodyReader } from './BodyReader.ts';

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string);
  }
  return headers;
};

/** Statuses that the standard gives no body, and a `Response` has `null` for it. */
const bodiless: readonly number[] = [204, 205, 304];

/** What is read of a `Response`, over a message of `node:http`. */
export class NodeResponse {
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected = false;
  readonly type = 'basic';
  /** As of a web stream that one reader reads. */
  readonly body: BodyReader | null;

  constructor(message: IncomingMessage, content: Readable, url: string) {
    this.status = message.statusCode ?? 0;
    this.statusText = message.statusMessage ?? '';
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = headersOf(message);
    this.url = url;
    this.body = bodiless.includes(this.status) ? null : new BodyReader(message, content);
    // Or the connection would wait for somebody to read what is not there.
    if (this.body === null) message.resume();
  }

  async text(): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const slice of this.body ?? []) text += decoder.decode(slice, { stream: true });
    return text + decoder.decode();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}
