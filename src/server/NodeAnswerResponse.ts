import type { NodeRequest } from './NodeRequest.ts';
import type { NodeResponse } from './pipeToResponse.ts';

/** The part of a response of Node's `http` or `http2` that is used, where it may be no stream. */
export interface NodeAnswerResponse extends NodeResponse {
  setHeader(name: string, value: string | readonly string[]): unknown;
}

/** Sends a standard response that is short. */
export const sendToNode = async (
  response: Response,
  request: NodeRequest & { readonly httpVersionMajor?: number | undefined },
  out: NodeAnswerResponse,
): Promise<void> => {
  const text = await response.text();
  if (out.destroyed || out.headersSent) return;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') out.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) out.setHeader('set-cookie', cookies);
  // The rest of a body that is too large is not waited for. HTTP/2 has no such header.
  if (response.status === 413 && request.httpVersionMajor !== 2) out.setHeader('connection', 'close');
  out.writeHead(response.status);
  if (text !== '') out.write(text);
  out.end();
};
