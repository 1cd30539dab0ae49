import type { Delta } from '../deltas/Delta.ts';
import type { StreamLog } from '../log/StreamLog.ts';
import { AnswerDesk, type OpenAnswer } from './AnswerDesk.ts';
import { type AnswerRoute, routeOf } from './AnswerRoute.ts';
import { cutResponse } from './cutResponse.ts';
import { type NodeRequest, requestOfNode } from './NodeRequest.ts';
import { type NodeAnswerResponse, sendToNode } from './NodeAnswerResponse.ts';
import { pipeToResponse } from './pipeToResponse.ts';
import { badRequest, Refusal } from './Refusal.ts';
import { checkedResumable, type ResumableOptions } from './ResumableOptions.ts';
import { sinkHeaders } from './sinkHeaders.ts';
import { streamHeaders } from './SinkOptions.ts';
import { toResponse } from './toResponse.ts';

/** What is asked of an answer, where a router of your own has found that out. */
export type AnswerTask = Exclude<AnswerRoute, { readonly action: 'options' }>;

/** Needed where `authorize` or `start` need it. */
type ContextArgs<Context> = unknown extends Context ? [context?: Context] : [context: Context];

/** Answers that outlive the requests they were made for, over HTTP. What it makes of a request never rejects. */
export interface Resumable<Context = unknown> {
  /** Serves a request by its method and path, in servers in the style of `fetch`. */
  readonly fetch: (request: Request, ...context: ContextArgs<Context>) => Promise<Response>;
  /** The same for Node's `http` and `http2`, and so for Express; the request is the context. Resolves when the response is over. */
  readonly node: (request: NodeRequest, response: NodeAnswerResponse) => Promise<void>;
  /** The same where a router of your own has found out what to do. */
  readonly nodeAs: (task: AnswerTask, request: NodeRequest, response: NodeAnswerResponse) => Promise<void>;
  /** Starts an answer, or follows the one that was started with the same `idempotency-key`. */
  readonly start: (request: Request, ...context: ContextArgs<Context>) => Promise<Response>;
  /** Sends an answer from the place on that the request names, else from its beginning. */
  readonly follow: (request: Request, id: string, ...context: ContextArgs<Context>) => Promise<Response>;
  /** Stops an answer, on whichever server it is made. */
  readonly stop: (request: Request, id: string, ...context: ContextArgs<Context>) => Promise<Response>;
}

const refused = ({ status, code, message, headers }: Refusal): Response =>
  Response.json({ error: { message, code } }, { status, headers: { 'cache-control': 'no-store', ...headers } });

const withHeaders = (response: Response, added: Readonly<Record<string, string>> = {}): Response => {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(added)) if (!headers.has(name)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
};

/** What a client sends cannot always be put into a standard request. */
const standardRequest = (request: NodeRequest): Request => {
  try {
    return requestOfNode(request);
  } catch {
    throw badRequest('this request makes no sense');
  }
};

/**
 * Endpoints for answers that outlive the requests they were made for: a client that was cut off goes on where it was, on this server
 * or another, and the answer is paid for once. `fromRelay` is their client; with another `encoder`, other clients are.
 *
 * | request                              | does                                                                                |
 * | ------------------------------------ | ----------------------------------------------------------------------------------- |
 * | `POST /`                             | starts an answer, or follows the one that its `idempotency-key` has started already |
 * | `GET /{id}`                          | follows it, from `last-event-id` or `?after=`                                       |
 * | `POST /{id}/cancel`, `DELETE /{id}`  | stops it: `{ "id", "stopped" }`, false where it had ended                           |
 *
 * Where the protocol has a form for how an answer stands (`encodeOpenAiResponses`), a stop is answered with that, and so is a `GET`
 * that asks for no stream.
 *
 * - **Shape:** a log, and how requests become answers, to handlers for servers in the style of `fetch` and of Node. Each response
 *   to an answer carries its id as `x-answer-id`: the `idempotency-key`, or a random one
 * - **Time:** the answer goes on whether or not anybody reads it; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** a place for each client; of a body, at most `maxBodyBytes`
 * - **Errors:** `InvalidOptionError` thrown at the call. Clients get a status and `{ "error": { "message", "code" } }` with nothing
 *   of the inside: 400, 403, 404 (never there, expired, or somebody else's), 405, 413, 415, 429, 503, 500; `report` is told the rest
 * - **Completes:** a response ends with the protocol's own ending, or is cut; 204 where the client has had all of it
 *
 * @example A client starts an answer, and reads it again from the place where it was cut off
 * ```ts
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { resumable } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const users = new Map([['Bearer secret', 'user-1']]);
 * const answers = resumable(memoryLog(), {
 *   authorize: ({ headers }) => users.get(headers.get('authorization') ?? ''),
 *   start: () => of(...answer({ text: 'To be' })), // in a server: streamDeltas(openAiChat, { baseUrl, apiKey, body })
 *   basePath: '/answers',
 * });
 * const headers = { authorization: 'Bearer secret', 'idempotency-key': 'question-1' };
 * const request = (path: string, init: RequestInit) => new Request(`https://chat.test/answers${path}`, init);
 *
 * const first = await answers.fetch(request('', { method: 'POST', headers }));
 * const ids = [...(await first.text()).matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
 * const rest = await answers.fetch(request('/question-1', { headers: { ...headers, 'last-event-id': ids.at(-2) ?? '' } }));
 *
 * (await rest.text()).includes('event: end\ndata: {"state":"complete"}'); // => true
 * (await answers.fetch(request('/question-1', {}))).status; // => 403
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function resumable<Context = unknown>(
  log: StreamLog<Delta>,
  options: ResumableOptions<Context>,
): Resumable<Context> {
  const checked = checkedResumable(options);
  const { encoder, basePath, headers, report } = checked;
  const desk = new AnswerDesk(log, checked);

  /** What to send for a request; whatever is thrown on the way becomes a response. */
  const served = async (work: () => Promise<OpenAnswer | Response>): Promise<OpenAnswer | Response> => {
    try {
      const answer = await work().catch((error: unknown) => {
        if (error instanceof Response) return error;
        throw error;
      });
      // Throws for one whose body has been sent before.
      return answer instanceof Response ? withHeaders(answer, headers) : answer;
    } catch (error) {
      if (error instanceof Refusal) return withHeaders(refused(error), headers);
      report(error);
      return withHeaders(refused(new Refusal(500, 'server_error', 'something went wrong here')), headers);
    }
  };

  const routed = async (request: Request, context: Context, task?: AnswerRoute): Promise<OpenAnswer | Response> => {
    const route = task ?? routeOf(request.method, new URL(request.url).pathname, basePath);
    const answer = await desk.serve(request, route, context);
    if (answer instanceof Response || request.method !== 'HEAD') return answer;
    // Its head is that of the stream, which is not begun.
    const { reader, sink } = answer;
    reader.close();
    return new Response(null, { headers: sinkHeaders(streamHeaders, encoder.headers, sink.headers) });
  };

  const respond = async (request: Request, context: Context, task?: AnswerRoute): Promise<Response> => {
    const answer = await served(() => routed(request, context, task));
    return answer instanceof Response ? answer : toResponse(answer.reader, encoder, answer.sink);
  };

  const respondInNode = async (
    request: NodeRequest,
    response: NodeAnswerResponse,
    task?: AnswerTask,
  ): Promise<void> => {
    const answer = await served(async () => routed(standardRequest(request), request as Context, task));
    try {
      if (answer instanceof Response) await sendToNode(answer, request, response);
      else await pipeToResponse(answer.reader, response, encoder, answer.sink);
    } catch (error) {
      // A body or a header that a callback gave, and that cannot be sent.
      report(error);
      cutResponse(response);
    }
    // What nobody has read of the body would stand before the next request.
    request.resume();
  };

  return {
    fetch: (request, ...[context]) => respond(request, context as Context),
    // Express hands over more than these.
    node: (request, response) => respondInNode(request, response),
    nodeAs: (task, request, response) => respondInNode(request, response, task),
    start: (request, ...[context]) => respond(request, context as Context, { action: 'start' }),
    follow: (request, id, ...[context]) => respond(request, context as Context, { action: 'follow', id }),
    stop: (request, id, ...[context]) => respond(request, context as Context, { action: 'stop', id }),
  };
}
