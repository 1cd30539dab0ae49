/** A request that has not been sent yet; sources send it once per subscription. */
export interface HttpRequest {
  readonly method: 'POST' | 'GET';
  /** Absolute, or relative to the page. */
  readonly url: string;
  /** Asked once per subscription, so that a retry gets a fresh key. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The body as text, or `undefined` for none. */
  readonly body: string | undefined;
  /** The media type that the response must have. */
  readonly accept: 'text/event-stream' | 'application/x-ndjson';
  /** The function that sends it; `undefined` means the runtime's own `fetch`. */
  readonly fetch: typeof globalThis.fetch | undefined;
}
