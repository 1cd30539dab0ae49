import { badRequest, Refusal } from './Refusal.ts';

const tooLarge = (): Refusal => new Refusal(413, 'request_too_large', 'the body is too large');

/** The bytes of a body, as long as there are not too many of them. */
const bytesOf = async (body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> => {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let count = 0;
  const read = (): Promise<ReadableStreamReadResult<Uint8Array>> =>
    reader.read().catch(() => {
      throw badRequest('the body broke off');
    });
  for (let { done, value } = await read(); !done; { done, value } = await read()) {
    if (value === undefined) continue;
    count += value.byteLength;
    if (count > maxBytes) {
      void reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    pieces.push(value);
  }
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
};

const textOf = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('the body is not UTF-8');
  }
};

/**
 * The JSON in the body of a request, `undefined` for an empty one; throws a `Refusal` for what is none, or too large. The type must
 * say that it is JSON: a page of another origin cannot send that without being asked for leave first.
 */
export const jsonBody = async (request: Request, maxBytes: number): Promise<unknown> => {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  if (request.body === null) return undefined;
  if (request.bodyUsed)
    throw new Error('the body has been read before: hand a request over whose body is still unread');
  const text = textOf(await bytesOf(request.body, maxBytes));
  if (text.trim() === '') return undefined;
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw badRequest('the content-type must be application/json', 415);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Without the parser's words, which quote the body.
    throw badRequest('the body is not JSON');
  }
};
