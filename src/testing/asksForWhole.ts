import type { Dialect } from '../dialects/Dialect.ts';
import type { ReceivedRequest } from './fakeProvider.ts';

/** Whether a request is for an answer in one piece: by its address where that tells, else by `stream` in its body. */
export const asksForWhole = ({ dialect, url, body, headers }: ReceivedRequest, only: Dialect | undefined): boolean => {
  const { stream } = (body ?? {}) as { readonly stream?: unknown };
  // Of a dialect from outside nothing is known but what most of them do.
  if (only) return stream === false || (stream === undefined && headers['accept'] === 'application/json');
  if (dialect === 'gemini') return !new URL(url).pathname.endsWith(':streamGenerateContent');
  // Left out, it means yes to Ollama and no to everybody else.
  return dialect === 'ollama' ? stream === false : stream !== true;
};
