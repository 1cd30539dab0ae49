import { ApiError } from './ApiError.ts';
import { retryHintMs } from './retryHintMs.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const statusIn = (value: unknown): number | undefined => {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 100 && status <= 599 ? status : undefined;
};

/** The first code that is a word; providers put it in `code`, `type`, `status` or deeper. */
const codeIn = (error: Json): string | undefined => {
  const metadata = isObject(error['metadata']) ? error['metadata'] : {};
  const candidates = [error['code'], error['type'], metadata['error_type'], metadata['provider_code'], error['status']];
  return candidates.map(text).find((word) => word !== undefined && word !== 'error' && statusIn(word) === undefined);
};

const fromObject = (error: Json, envelope: Json): ApiError => {
  const message = text(error['message']) ?? text(error['detail']) ?? text(error['error']);
  return new ApiError({
    message: message ?? 'the provider gave no message',
    code: codeIn(error),
    status: statusIn(error['code']) ?? statusIn(error['status']) ?? statusIn(error['status_code']),
    requestId: text(envelope['request_id']) ?? text(error['request_id']),
    retryAfterMs: retryHintMs(error, envelope, message ?? ''),
  });
};

/**
 * Reads a provider's error out of JSON, in any of the envelopes that are in use:
 * `{ error: {...} }`, `{ error: "..." }`, `{ type: "error", error: {...} }`, `{ object: "error", ... }` and `[{ error }]`.
 *
 * - **Shape:** `unknown` to `ApiError | undefined`; `undefined` when the JSON holds no error
 * - **Source:** error bodies of OpenAI, Anthropic, Google, vLLM, OpenRouter and Ollama
 *
 * @example The code and the provider's own words
 * ```ts
 * import { readApiError } from 'rxllm';
 *
 * const error = readApiError({ error: { type: 'overloaded_error', message: 'Overloaded' } });
 *
 * error?.message; // => 'overloaded_error: Overloaded'
 * error?.isRetryable; // => true
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export function readApiError(json: unknown): ApiError | undefined {
  let envelope = json;
  while (Array.isArray(envelope) && envelope.length === 1) envelope = envelope[0] as unknown;
  return isObject(envelope) ? inEnvelope(envelope) : undefined;
}

const inEnvelope = (json: Json): ApiError | undefined => {
  const error = json['error'];
  if (isObject(error)) return fromObject(error, json);
  if (text(error) !== undefined || json['object'] === 'error' || json['type'] === 'error')
    return fromObject(json, json);
  return undefined;
};

/**
 * Reads the error in a body that is one, whatever its shape: a status says so already, so a message by itself will do.
 */
export const readErrorBody = (json: unknown): ApiError | undefined => {
  const error = readApiError(json);
  if (error || !isObject(json)) return error;
  return text(json['message']) === undefined && text(json['detail']) === undefined ? undefined : fromObject(json, json);
};
