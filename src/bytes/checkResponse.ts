import type { ApiError } from '../errors/ApiError.ts';
import { ContentTypeError } from '../errors/ContentTypeError.ts';
import { HttpError } from '../errors/HttpError.ts';
import { readApiError, readErrorBody } from '../errors/readApiError.ts';
import { redact, withoutSecrets } from '../internal/redact.ts';
import { retryAfterMs } from '../internal/retryAfterMs.ts';
import type { HttpRequest } from './HttpRequest.ts';
import { readStart } from './readStart.ts';

/** Servers that forget the type, or give a vague one, may still send a stream; what follows judges it. */
const vague = ['', 'text/plain', 'application/octet-stream'];

const readError = (
  body: string,
  secrets: readonly string[],
  read: (json: unknown) => ApiError | undefined = readApiError,
): ApiError | undefined => {
  try {
    // Once more behind the escapes, which hide a key from a search in the text.
    return read(JSON.parse(body, (_, value: unknown) => (typeof value === 'string' ? redact(value, secrets) : value)));
  } catch {
    return undefined;
  }
};

const requestIdIn = (headers: Headers): string | undefined =>
  headers.get('x-request-id') ?? headers.get('request-id') ?? undefined;

const locationIn = (headers: Headers, secrets: readonly string[]): string | undefined => {
  const location = headers.get('location');
  return location === null ? undefined : redact(withoutSecrets(location), secrets);
};

/** The error that a response's head amounts to, or `undefined` for a stream of the type that was asked for. */
export const checkResponse = async (
  response: Response,
  body: ReadableStreamDefaultReader<Uint8Array> | undefined,
  { url: fullUrl, accept }: HttpRequest,
  secrets: readonly string[],
): Promise<HttpError | ContentTypeError | undefined> => {
  const { status, headers } = response;
  const url = withoutSecrets(fullUrl);
  if (!response.ok) {
    return new HttpError({
      status,
      url,
      apiError: readError(redact(await readStart(body), secrets), secrets, readErrorBody),
      requestId: requestIdIn(headers),
      retryAfterMs: retryAfterMs(headers),
      location: locationIn(headers, secrets),
    });
  }
  const contentType = headers.get('content-type') ?? '';
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (mediaType === accept || vague.includes(mediaType)) return undefined;
  const bodyStart = redact(await readStart(body), secrets);
  return new ContentTypeError({
    contentType,
    expected: accept,
    url,
    bodyStart,
    apiError: readError(bodyStart, secrets),
  });
};
