import { saysToWait } from './retryHintMs.ts';
import { TaggedError } from './TaggedError.ts';

export interface ApiErrorFields {
  /** The provider's own words. */
  readonly message: string;
  /** The provider's code, such as `rate_limit_exceeded` or `overloaded_error`. */
  readonly code?: string | undefined;
  /** The HTTP status that the provider names for it, also inside a 200. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Default: judged by `code`, then by `status`. */
  readonly isRetryable?: boolean | undefined;
}

const fatal =
  /quota|billing|credit|payment|auth|permission|forbidden|invalid|not_?found|unsupported|context_length|too_large|policy|bad_?request/i;
const transient =
  /overload|rate_?limit|server_?error|api_error|time_?out|internal|unavailable|exhausted|try_again|throttl|too_?many_?requests|deadline_exceeded/i;

/** Whether an HTTP status heals by itself: timeouts, conflicts, throttling and faults of the server. */
export const isRetryableStatus = (status: number): boolean =>
  [408, 409, 425, 429].includes(status) || (status >= 500 && status <= 599);

/** Whether a code speaks of what no waiting mends: quota, billing, keys, invalid requests. */
export const isFatalCode = (code: string | undefined): boolean => code !== undefined && fatal.test(code);

/** Whether a provider's error may heal by itself. The code wins over the status: an exhausted quota is a 429 too. */
const isRetryableApiError = (code: string | undefined, status: number | undefined): boolean => {
  if (isFatalCode(code)) return false;
  if (code !== undefined && transient.test(code)) return true;
  return status !== undefined && isRetryableStatus(status);
};

/** A provider's words, with its code before them if there is one. */
export const withCode = (code: string | undefined, message: string): string =>
  code === undefined ? message : `${code}: ${message}`;

/**
 * The provider reported an error, in the middle of a stream or as the body of a response.
 *
 * @category errors
 * @since 0.1.0
 */
export class ApiError extends TaggedError {
  readonly _tag = 'ApiError';
  override readonly name = 'ApiError';
  readonly isRetryable: boolean;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** The provider's own words, without the code. */
  readonly providerMessage: string;

  constructor(fields: ApiErrorFields, options?: ErrorOptions) {
    const { message, code, status, requestId, retryAfterMs } = fields;
    super(`${withCode(code, message)}${saysToWait(retryAfterMs)}`, options);
    this.providerMessage = message;
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.isRetryable = fields.isRetryable ?? isRetryableApiError(code, status);
  }

  /** The same error in other words. */
  withProviderMessage(message: string): ApiError {
    if (message === this.providerMessage) return this;
    const { code, status, requestId, retryAfterMs, isRetryable, cause } = this;
    return new ApiError({ message, code, status, requestId, retryAfterMs, isRetryable }, { cause });
  }
}
