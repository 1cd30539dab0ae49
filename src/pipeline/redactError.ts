import { ApiError } from '../errors/ApiError.ts';
import { ChunkParseError } from '../errors/ChunkParseError.ts';
import { redact } from '../internal/redact.ts';

/** The same error without the secrets: some servers repeat the key that they were given, inside the stream too. */
export const redactError = (error: unknown, secrets: readonly string[]): unknown => {
  if (error instanceof ApiError) return error.withProviderMessage(redact(error.providerMessage, secrets));
  if (!(error instanceof ChunkParseError)) return error;
  const { dialect, path, problem, frame } = error;
  if (frame.kind !== 'message' || redact(frame.data, secrets) === frame.data) return error;
  // Without its cause, a parser's complaint that quotes the data.
  const data = redact(frame.data, secrets);
  return new ChunkParseError({ dialect, path, problem: redact(problem, secrets), frame: { ...frame, data } });
};
