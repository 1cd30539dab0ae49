import { type ApiError, isFatalCode, isRetryableStatus, withCode } from './ApiError.ts';
import { saysToWait } from './retryHintMs.ts';
import { TaggedError } from './TaggedError.ts';

export interface HttpErrorFields {
  /** HTTP status; 0 for a redirect in a browser, which hides the number. */
  readonly status: number;
  /** Origin and path of the request, without its query. */
  readonly url: string;
  /** The provider's error, if the body had one. */
  readonly apiError?: ApiError | undefined;
  readonly requestId?: string | undefined;
  /** What the server asked for with `retry-after-ms` or `Retry-After`, in milliseconds; else what `apiError` says. */
  readonly retryAfterMs?: number | undefined;
  /** Where a redirect points, without its query. */
  readonly location?: string | undefined;
}

const explain = ({ status, location, apiError }: HttpErrorFields): string => {
  if (apiError !== undefined) return `: ${withCode(apiError.code, apiError.providerMessage)}`;
  if (status === 0 || (status >= 300 && status < 400)) {
    return `: a redirect${location === undefined ? '' : ` to ${location}`}; redirects are not followed, because they would carry the API key along. Use the final address as baseUrl`;
  }
  if (status === 404) return ': is baseUrl right? OpenAI-style servers want it to end in /v1';
  return '';
};

/**
 * The server answered with a status outside 2xx.
 *
 * @category errors
 * @since 0.1.0
 */
export class HttpError extends TaggedError {
  readonly _tag = 'HttpError';
  override readonly name = 'HttpError';
  readonly isRetryable: boolean;
  readonly status: number;
  readonly url: string;
  /** The provider's code, such as `insufficient_quota`. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(fields: HttpErrorFields, options?: ErrorOptions) {
    const retryAfterMs = fields.retryAfterMs ?? fields.apiError?.retryAfterMs;
    super(`HTTP ${fields.status} from ${fields.url}${explain(fields)}${saysToWait(retryAfterMs)}`, {
      ...(fields.apiError && { cause: fields.apiError }),
      ...options,
    });
    this.status = fields.status;
    this.url = fields.url;
    this.code = fields.apiError?.code;
    this.requestId = fields.requestId ?? fields.apiError?.requestId;
    this.retryAfterMs = retryAfterMs;
    // A 429 may be throttling, or an exhausted quota, which no waiting mends.
    this.isRetryable = isRetryableStatus(this.status) && !isFatalCode(this.code);
  }
}
