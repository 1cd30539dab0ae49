import type { ApiError } from './ApiError.ts';
import { TaggedError } from './TaggedError.ts';

export interface ContentTypeErrorFields {
  /** The `content-type` that came. */
  readonly contentType: string;
  /** The type that was asked for. */
  readonly expected: string;
  /** Origin and path of the request, without its query. */
  readonly url: string;
  /** The first characters of the body. */
  readonly bodyStart: string;
  /** The provider's error, if the body is one. */
  readonly apiError?: ApiError | undefined;
}

const excerptChars = 200;

/**
 * A 2xx response that is no event stream: a JSON error, a web page, an answer without streaming.
 *
 * @category errors
 * @since 0.1.0
 */
export class ContentTypeError extends TaggedError {
  readonly _tag = 'ContentTypeError';
  override readonly name = 'ContentTypeError';
  /** As the error in the body says; without one, `false`. */
  readonly isRetryable: boolean;
  readonly contentType: string;
  readonly expected: string;
  readonly url: string;
  readonly bodyStart: string;
  /** The provider's error, if the body is one. */
  readonly apiError: ApiError | undefined;

  constructor(fields: ContentTypeErrorFields, options?: ErrorOptions) {
    const { contentType, expected, url, bodyStart, apiError } = fields;
    const excerpt = bodyStart.replace(/\s+/g, ' ').trim().slice(0, excerptChars);
    super(
      `${url} answered with ${contentType}, not ${expected}: ${apiError?.message ?? (excerpt === '' ? 'the body is empty' : excerpt)}`,
      { cause: apiError, ...options },
    );
    this.contentType = contentType;
    this.expected = expected;
    this.url = url;
    this.bodyStart = bodyStart;
    this.apiError = apiError;
    this.isRetryable = apiError?.isRetryable ?? false;
  }
}
