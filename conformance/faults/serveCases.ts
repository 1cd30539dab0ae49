import { ApiError } from '../../src/errors/ApiError.ts';
import type { Answer } from '../../src/testing/fakeProvider.ts';
import { listen } from '../../src/testing/listen.ts';
import { Cut, playReply, sleep, type Speaker } from '../../src/testing/playReply.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { routes } from '../../src/testing/routes.ts';
import { caseHeader, CaseServer, type FaultCase } from './FaultCase.ts';

/** A server on loopback that answers cases, and knows what is under way. */
export interface RunningCases {
  readonly origin: string;
  readonly add: (faultCase: FaultCase) => void;
  readonly isUnderWay: (faultCase: FaultCase) => boolean;
  readonly openSockets: () => number;
  /** How many requests a case has sent. */
  readonly requestsOf: (faultCase: FaultCase) => number;
  /** How many requests there were. */
  readonly requests: () => number;
  /** Drops what it knows of cases; to be called when none is under way. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

export interface ServeCasesOptions {
  /**
   * How long the bytes before a cut are given to arrive, in milliseconds: a reset takes with it what its reader has not
   * read. @defaultValue 0
   */
  readonly settleMs?: number;
}

const mediaTypes = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' };

/** The body of a response that is an error, in the dialect's own shape. */
const errorBody = ({ status = 200, error, bytes }: Reply, speaker: Speaker): string | undefined => {
  if (status < 300 || bytes !== undefined) return undefined;
  const [frame] = speaker.encodeError(new ApiError(error ?? { message: `status ${status}` }));
  return frame?.kind === 'message' ? frame.data : '';
};

async function* settling(pieces: AsyncIterable<Uint8Array>, settleMs: number, signal: AbortSignal) {
  try {
    yield* pieces;
  } catch (error) {
    if (error instanceof Cut && settleMs > 0) await sleep(settleMs, signal);
    throw error;
  }
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export const serveCases = async ({ settleMs = 0 }: ServeCasesOptions = {}): Promise<RunningCases> => {
  const server = new CaseServer();
  const underWay = new Map<string, number>();
  let requests = 0;

  const begin = (id: string): (() => void) => {
    requests += 1;
    underWay.set(id, (underWay.get(id) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (underWay.get(id) ?? 1) - 1;
      if (left > 0) underWay.set(id, left);
      else underWay.delete(id);
    };
  };

  const answerTo: Answer = async (received, signal) => {
    const ended = begin(received.headers[caseHeader] ?? '');
    if (signal.aborted) ended();
    signal.addEventListener('abort', ended);
    const { pathname } = new URL(received.url);
    const [, speaker] = routes.find(([path]) => path.test(pathname)) ?? [];
    if (!speaker) throw new Error(`no such address: ${pathname}`);
    const reply = server.reply(received);
    const body = errorBody(reply, speaker);
    if (reply.headMs !== undefined) await sleep(reply.headMs, signal);
    const { status = 200, headers, fault, transfer } = reply;
    const isCut = fault?.kind === 'cut' && fault.with === 'fin';
    return {
      status,
      headers: {
        'content-type': body === undefined ? mediaTypes[speaker.framing] : 'application/json',
        ...headers,
      },
      transfer: transfer ?? (isCut ? 'until-close' : 'chunked'),
      pieces: () =>
        settling(playReply(body === undefined ? reply : { ...reply, bytes: body }, speaker, signal), settleMs, signal),
      ended,
    };
  };

  const { origin, openSockets, close } = await listen(answerTo, parse);
  return {
    origin,
    openSockets,
    close,
    requestsOf: ({ id }) => server.countOf(id),
    requests: () => requests,
    add: (faultCase) => {
      server.add(faultCase);
    },
    forget: () => {
      server.clear();
    },
    isUnderWay: ({ id }) => underWay.has(id),
  };
};
