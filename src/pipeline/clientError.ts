import { ApiError } from '../errors/ApiError.ts';
import type { StreamError } from '../errors/StreamError.ts';

/** The provider's own words, if an error is made of them. */
const toldByProvider = (error: StreamError): ApiError | undefined => {
  if (error._tag === 'ApiError') return error;
  const cause = error._tag === 'HttpError' || error._tag === 'ContentTypeError' ? error.cause : undefined;
  return cause instanceof ApiError ? cause : undefined;
};

/** What may be said of each error to somebody outside: no address, no data, nothing that the server was told to keep. */
const words: Readonly<Record<StreamError['_tag'], readonly [message: string, code: string]>> = {
  ApiError: ['the provider reported an error', 'server_error'],
  HttpError: ['the provider refused the request', 'server_error'],
  ContentTypeError: ['the provider sent no stream', 'server_error'],
  NetworkError: ['the connection to the provider was lost', 'server_error'],
  ChunkParseError: ['the provider sent something that cannot be read', 'server_error'],
  TruncatedError: ['the answer of the provider was cut short', 'server_error'],
  StreamTimeoutError: ['the provider took too long', 'timeout_error'],
  AbortedError: ['the answer was stopped', 'server_error'],
  LimitError: ['the answer is too large', 'server_error'],
  LogError: ['the answer cannot be read', 'server_error'],
  OutputError: ['the answer is not what was asked for', 'server_error'],
  ToolError: ['a tool gave no result', 'server_error'],
  ModerationError: ['the answer was stopped by moderation', 'content_policy_violation'],
  WorkerError: ['the answer could not be made', 'server_error'],
};

/** Whether the provider speaks of the key that this server uses, which is none of its client's business. */
const isOfCredentials = (code: string | undefined, status: number | undefined): boolean =>
  [401, 402, 403].includes(status ?? 0) || /auth|api_?key|permission|billing|payment/i.test(code ?? '');

/** Some providers repeat the key that they were given, or say whose it is; servers of one's own name machines behind them. */
const internals =
  /\b(?:sk|gsk|xai|key|pplx|org)-[\w-]{8,}|\bproj_\w{8,}|\bAIza[\w-]{8,}|\bBearer\s+\S+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g;

const codeOfStatus = (status: number): string | undefined => {
  if (status === 429) return 'rate_limit_error';
  return status === 503 || status === 529 ? 'overloaded_error' : undefined;
};

/** An error as it may be shown to the client of a server that passes an answer on. */
export const clientError = (error: StreamError): ApiError => {
  const told = toldByProvider(error);
  const status = told?.status ?? (error._tag === 'HttpError' ? error.status : undefined);
  if (told !== undefined && !isOfCredentials(told.code, status)) {
    const { providerMessage, code, requestId } = told;
    return new ApiError({ message: providerMessage.replace(internals, '[redacted]'), code, requestId });
  }
  const [message, code] = words[error._tag];
  return new ApiError({ message, code: (status === undefined ? undefined : codeOfStatus(status)) ?? code });
};
