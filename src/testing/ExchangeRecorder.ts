import { asyncScheduler } from 'rxjs';

import { redact, withoutSecrets } from '../internal/redact.ts';
import { maskSecrets, type SecretMask } from './maskSecrets.ts';
import { recordedBytes } from './recordedBytes.ts';
import type { RecordedEnd, RecordedLine } from './Recording.ts';
import type { SentRequest } from './sentRequest.ts';

/** What clients go by. The others tell more of an account than a file should. */
const keptHeaders =
  /^(content-type|location|retry-after(-ms)?|(x-)?request-id|x-should-retry|(x|anthropic)-ratelimit-.*)$/;

const keptOf = (headers: Headers, secrets: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...headers]
      .filter(([name]) => keptHeaders.test(name))
      .map(([name, value]) => [name, redact(name === 'location' ? withoutSecrets(value) : value, secrets)]),
  );

/** The innermost words and the first code: the outer words are often just "fetch failed". */
const failureOf = (error: unknown, depth = 0): { readonly message: string; readonly code?: string } => {
  // Errors of another realm are no `Error` here.
  const { message, code, cause } = Object(error) as { message?: unknown; code?: unknown; cause?: unknown };
  const isOuter = typeof cause === 'object' && cause !== null && depth < 3;
  const inner = isOuter ? failureOf(cause, depth + 1) : { message: String(message ?? error) };
  return typeof code === 'string' ? { ...inner, code } : inner;
};

/** Writes down one exchange, each event with the time since the one before. Nothing follows its end. */
export class ExchangeRecorder {
  readonly #id: number;
  readonly #write: (line: RecordedLine) => void;
  readonly #request: SentRequest;
  readonly #mask: SecretMask<number>;
  #lastAtMs = asyncScheduler.now();
  #hasEnded = false;

  constructor(id: number, request: SentRequest, write: (line: RecordedLine) => void) {
    this.#id = id;
    this.#write = write;
    this.#request = request;
    this.#mask = maskSecrets(request.secrets);
  }

  begin(body: string | undefined): void {
    const { method, url, secrets, signal } = this.#request;
    const sent = body === undefined ? {} : { body: redact(body, secrets) };
    this.#write({ id: this.#id, type: 'request', method, url, ...sent });
    // A client that reads nothing at the time is heard of in no other way.
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  head({ status, headers }: Response): void {
    // Not every `fetch` heeds its signal.
    if (this.#hasEnded) return;
    const kept = keptOf(headers, this.#request.secrets);
    this.#write({ id: this.#id, type: 'head', afterMs: this.#elapsedMs(), status, headers: kept });
  }

  bytes(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#writeBytes(this.#mask.push({ bytes, note: this.#elapsedMs() }));
  }

  complete(): void {
    this.#end({ how: 'complete' });
  }

  leave(): void {
    this.#end({ how: 'left' });
  }

  fail(error: unknown): void {
    if (this.#request.signal?.aborted === true) this.leave();
    else this.#end(this.#failed(error));
  }

  readonly #onAbort = (): void => {
    try {
      this.leave();
    } catch {
      // Nobody is there any more to be told that it could not be written down.
    }
  };

  #failed(error: unknown): RecordedEnd {
    const { message, code } = failureOf(error);
    const { name = 'Error' } = Object(error) as { readonly name?: string };
    const words = redact(message, this.#request.secrets);
    return { how: 'failed', name, message: words, ...(code !== undefined && { code }) };
  }

  #end(end: RecordedEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    const afterMs = this.#elapsedMs();
    const write = (how: RecordedEnd): void => {
      this.#write({ id: this.#id, type: 'end', afterMs, ...how });
    };
    try {
      this.#writeBytes(this.#mask.flush());
    } catch (error) {
      write(this.#failed(error));
      throw error;
    }
    write(end);
  }

  #writeBytes(pieces: ReturnType<SecretMask<number>['push']>): void {
    for (const { bytes, note: afterMs } of pieces) {
      this.#write({ id: this.#id, type: 'bytes', afterMs, ...recordedBytes(bytes) });
    }
  }

  /** Since this was last asked; clocks of machines are set back now and then. */
  #elapsedMs(): number {
    const nowMs = asyncScheduler.now();
    const elapsedMs = Math.max(0, nowMs - this.#lastAtMs);
    this.#lastAtMs = nowMs;
    return elapsedMs;
  }
}
