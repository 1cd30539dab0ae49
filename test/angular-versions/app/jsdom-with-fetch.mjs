import { TestEnvironment } from 'jest-environment-jsdom';

/** jsdom with what every browser has and it has not, or not as Node's `fetch` wants it. */
export default class JsdomWithFetch extends TestEnvironment {
  async setup() {
    await super.setup();
    const { fetch, Headers, Request, Response, AbortController, AbortSignal } = globalThis;
    const { ReadableStream, TextDecoder, TextEncoder, Uint8Array } = globalThis;
    Object.assign(this.global, { fetch, Headers, Request, Response, AbortController, AbortSignal });
    Object.assign(this.global, { ReadableStream, TextDecoder, TextEncoder, Uint8Array });
  }
}
