import type { ApiError } from '../errors/ApiError.ts';
import { ContentTypeError } from '../errors/ContentTypeError.ts';
import { HttpError } from '../errors/HttpError.ts';
import { readApiError } from '../errors/readApiError.ts';
import { redact, withoutSecrets } from '../internal/redact.ts';
import { retryAfterMs } from '../internal/retryAfterMs.ts';
import type { HttpRequest } from './HttpRequest.ts';
import { readStart } from './readStart.ts';

/** Servers that forget the type, or give a vague one, may still send a stream; what follows judges it. */
const vague = ['', 'text/plain', 'application/octet-stream'];

const readError = (body: string): ApiError | undefined => {
  try {
    return readApiError(JSON.parse(body));
  } catch {
    return undefined;
  }
};

const requestIdIn = (headers: Headers): string | undefined =>
  headers.get('x-request-id') ?? headers.get('request-id') ?? undefined;

const locationIn = (headers: Headers): string | undefined => {
  const location = headers.get('location');
  return location === null ? undefined : withoutSecrets(location);
};

/** The error that a response's head amounts to, or `undefined` for a stream of the type that was asked for. */
export const checkResponse = async (
  response: Response,
  { url: fullUrl, accept }: HttpRequest,
  secrets: readonly string[],
): Promise<HttpError | ContentTypeError | undefined> => {
  const { status, headers } = response;
  const url = withoutSecrets(fullUrl);
  if (!response.ok) {
    return new HttpError({
      status,
      url,
      apiError: readError(redact(await readStart(response), secrets)),
      requestId: requestIdIn(headers),
      retryAfterMs: retryAfterMs(headers),
      location: locationIn(headers),
    });
  }
  const contentType = headers.get('content-type') ?? '';
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (mediaType === accept || vague.includes(mediaType)) return undefined;
  const bodyStart = redact(await readStart(response), secrets);
  return new ContentTypeError({ contentType, expected: accept, url, bodyStart, apiError: readError(bodyStart) });
};
