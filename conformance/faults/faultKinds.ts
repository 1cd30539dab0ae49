import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { ApiErrorFields } from '../../src/errors/ApiError.ts';
import type { Fault, Reply } from '../../src/testing/Reply.ts';
import { afterBytes, afterError, everError, everRight, type Expectations } from './expectations.ts';
import {
  deltasOf,
  type FaultAnswer,
  framesOf,
  longText,
  textAndTool,
  twoTools,
  type Wire,
  wireOf,
} from './FaultAnswer.ts';
import { type Clocks, type FaultCase, patience, type Way } from './FaultCase.ts';

/** How soon clocks ring in cases that wait for it, in milliseconds. */
const soonMs = 400;

let count = 0;

export interface Sketch extends Pick<FaultCase, 'leave' | 'choices'> {
  readonly kind: string;
  readonly dialect: Dialect;
  readonly answer: FaultAnswer;
  readonly break: (reply: Reply, way: Way, count: number) => Reply;
  /** How many requests meet the fault. @defaultValue 1 */
  readonly times?: number;
  readonly overlapChars?: number;
  readonly clocks?: Partial<Clocks>;
  readonly expected: Expectations;
}

export const caseOf = (sketch: Sketch): FaultCase => {
  const { kind, dialect, answer, times = 1, overlapChars = 0, clocks, expected, leave, choices } = sketch;
  count += 1;
  return {
    id: String(count),
    kind,
    dialect,
    answer,
    break: (reply, at, way) => (at < times ? sketch.break(reply, way, at) : reply),
    overlapChars,
    clocks: { ...patience, ...clocks },
    expected,
    leave,
    choices,
  };
};

/** Every third case a model begins again from the start, every third it repeats a little, else nothing. */
const overlapAt = (at: number): number => [0, 12, Infinity][at % 3] ?? 0;

export type Ending = Pick<Sketch, 'kind' | 'clocks'> & {
  readonly fault: (bytes: number) => Fault;
  readonly reply?: Partial<Reply>;
  /** Whether bytes that were sent may be lost. */
  readonly isLossy?: boolean;
};

/** How a stream can end: each of these at any byte. */
export const endings = {
  fin: { kind: 'FIN', fault: (afterBytes) => ({ kind: 'cut', afterBytes, with: 'fin' }) },
  chunkedFin: {
    kind: 'FIN, chunked',
    fault: (afterBytes) => ({ kind: 'cut', afterBytes, with: 'fin' }),
    reply: { transfer: 'chunked' },
    isLossy: true,
  },
  rst: { kind: 'RST', fault: (afterBytes) => ({ kind: 'cut', afterBytes, with: 'rst' }), isLossy: true },
  stall: {
    kind: 'stall',
    fault: (afterBytes) => ({ kind: 'stall', afterBytes }),
    clocks: { silenceMs: soonMs },
  },
} as const satisfies Record<string, Ending>;

export const endsAt = (
  { kind, fault, reply, isLossy = false, clocks }: Ending,
  dialect: Dialect,
  answer: FaultAnswer,
  wire: Wire,
  bytes: number,
  times: number,
  overlapChars: number,
): FaultCase =>
  caseOf({
    kind,
    dialect,
    answer,
    times,
    overlapChars,
    ...(clocks && { clocks }),
    break: (whole) => ({ ...whole, ...reply, fault: fault(bytes) }),
    expected: afterBytes(wire, bytes, times, isLossy),
  });

/** One ending at every byte of an answer, the first request or the first two. */
export const atEveryByte = (ending: Ending, dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] => {
  const wire = wireOf(dialect, deltasOf(answer));
  const kind = `${ending.kind}, every byte`;
  return Array.from({ length: wire.bytes + 1 }, (_, bytes) =>
    endsAt({ ...ending, kind }, dialect, answer, wire, bytes, 1 + (bytes % 2), overlapAt(bytes)),
  );
};

const everyTimes = [1, 2, Infinity] as const;

/** One ending after every event of an answer: once, twice and for every request, or one of these for each event. */
const atEvents = (
  ending: Ending,
  dialect: Dialect,
  answer: FaultAnswer,
  howOften: 'all' | 'in turn' = 'in turn',
): readonly FaultCase[] => {
  const wire = wireOf(dialect, deltasOf(answer), ending.reply?.lineEnd);
  return wire.ends.flatMap((bytes, event) =>
    everyTimes
      .map((times, at) => endsAt(ending, dialect, answer, wire, bytes, times, overlapAt(at + event)))
      .filter((_, at) => howOften === 'all' || at === event % 3),
  );
};

export const heartbeats: Ending = {
  kind: 'heartbeats only',
  fault: (afterBytes) => ({ kind: 'heartbeats', afterBytes, everyMs: 20 }),
  clocks: { stallMs: soonMs },
};

const torn = (kind: string, reply: Partial<Reply>): Ending => ({ ...endings.fin, kind, reply });

const unbroken = (kind: string, reply: Partial<Reply>) => (dialect: Dialect, answer: FaultAnswer) =>
  caseOf({ kind, dialect, answer, break: (whole) => ({ ...whole, ...reply }), expected: everRight });

const errorsInBand: readonly (readonly [ApiErrorFields, boolean])[] = [
  [{ message: 'Overloaded', code: 'overloaded_error' }, true],
  [{ message: 'The server had an error', code: 'server_error' }, true],
  [{ message: 'Invalid input', code: 'invalid_request_error' }, false],
];

const inBand = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] => {
  const deltas = deltasOf(answer);
  const tokens = deltas.flatMap(({ type }, at) => (type === 'text' || type === 'tool-call' ? [at + 1] : []));
  return [1, ...tokens].flatMap((upTo, token) => {
    // Some send a tool call only once it is whole.
    const hasToken = wireOf(dialect, deltas.slice(0, upTo)).firstTokenBytes < Infinity;
    return errorsInBand.map(([error, isRetryable], at) => {
      const times = everyTimes[(token + at) % everyTimes.length] ?? 1;
      return caseOf({
        kind: 'error in the stream',
        dialect,
        answer,
        times,
        overlapChars: overlapAt(token),
        break: (whole) => ({ ...whole, deltas: [...(whole.deltas ?? [])].slice(0, upTo), error }),
        expected: afterError(isRetryable, hasToken, times),
      });
    });
  });
};

const statuses: readonly (readonly [status: number, isRetryable: boolean, headers: Record<string, string>])[] = [
  [429, true, { 'retry-after': '1' }],
  [429, true, { 'retry-after-ms': '30' }],
  [503, true, { 'retry-after': '1' }],
  [500, true, {}],
  [529, true, {}],
  [408, true, {}],
  [400, false, {}],
  [401, false, {}],
  [404, false, {}],
];

const withStatus = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] =>
  statuses.flatMap(([status, isRetryable, headers]) =>
    everyTimes.map((times) =>
      caseOf({
        kind: 'status',
        dialect,
        answer,
        times,
        break: (whole) => ({
          status,
          error: { message: `status ${status}`, code: isRetryable ? 'server_error' : 'invalid_request_error' },
          headers: { ...whole.headers, ...headers },
        }),
        expected: afterError(isRetryable, false, times),
      }),
    ),
  );

/** A stream that drops, and a server that has no time, or will not have an answer begun for it, when asked for the rest. */
const statusOnRest = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] => {
  const wire = wireOf(dialect, deltasOf(answer));
  return wire.ends.flatMap((bytes) =>
    [400, 503].map((status) => {
      const refused = (way: Way): boolean => status === 503 || way === 'prefill';
      const { plain, retry } = afterBytes(wire, bytes, 1, false);
      return caseOf({
        kind: 'FIN, then a status',
        dialect,
        answer,
        times: 2,
        break: (whole, way, at) => {
          if (at === 0) return { ...whole, fault: { kind: 'cut', afterBytes: bytes, with: 'fin' } };
          return refused(way)
            ? {
                status,
                error: { message: 'no', code: status === 400 ? 'invalid_request_error' : 'server_error' },
                headers: { connection: 'close' },
              }
            : whole;
        },
        expected: { plain, retry, resume: 'right' },
      });
    }),
  );
};

const slowHead = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] => [
  unbroken('slow head', { headMs: 60 })(dialect, answer),
  ...everyTimes.map((times) =>
    caseOf({
      kind: 'slow head',
      dialect,
      answer,
      times,
      clocks: { connectMs: soonMs },
      break: (whole) => ({ ...whole, headMs: 4 * soonMs }),
      expected: afterError(true, false, times),
    }),
  ),
];

/** Data that is not JSON, at any event, and the answer goes on behind it as if nothing had been. */
const malformed = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] => {
  const frames = framesOf(dialect, deltasOf(answer));
  const wire = wireOf(dialect, deltasOf(answer));
  return frames.map((_, at) => {
    const bytes = [...frames.slice(0, at), 'data: {"id":"a","cho\n\n', ...frames.slice(at)].join('');
    return caseOf({
      kind: 'malformed frame',
      dialect,
      answer,
      times: Infinity,
      break: ({ headers }) => ({ headers, bytes }),
      expected: (wire.ends[at] ?? 0) >= wire.finishBytes ? everRight : everError,
    });
  });
};

/** A page or an error where a stream should be, with a status that says that all is well. */
const noStream = (dialect: Dialect, answer: FaultAnswer): readonly FaultCase[] =>
  [
    ['text/html', '<html><body>Please log in</body></html>'],
    ['application/json', '{"error":{"type":"invalid_request_error","message":"no"}}'],
    ['text/event-stream', ''],
    ['text/event-stream', 'data: [DONE]\n\n'],
    ['text/event-stream', 'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ['text/event-stream', '{"error":{"type":"invalid_request_error","message":"no"}}\n\n'],
  ].map(([type = '', bytes = '']) =>
    caseOf({
      kind: 'no stream',
      dialect,
      answer,
      times: Infinity,
      break: ({ headers }) => ({ headers: { ...headers, 'content-type': type }, bytes }),
      expected: everError,
    }),
  );

/** Every kind of fault but those at every byte, on answers that have text, tools, or both. */
export const faultsOf = (
  dialect: Dialect,
  answers: readonly FaultAnswer[] = [longText, twoTools, textAndTool],
): readonly FaultCase[] =>
  answers.flatMap((answer) => [
    ...atEvents(endings.fin, dialect, answer, 'all'),
    ...atEvents(endings.rst, dialect, answer, 'all'),
    ...atEvents(endings.chunkedFin, dialect, answer),
    ...atEvents(endings.stall, dialect, answer),
    ...atEvents(heartbeats, dialect, answer),
    unbroken('byte by byte', { writeBytes: 1 })(dialect, answer),
    ...atEvents(torn('byte by byte', { writeBytes: 1 }), dialect, answer),
    ...(['\r\n', '\r'] as const).flatMap((lineEnd) => [
      unbroken('CRLF and CR', { lineEnd })(dialect, answer),
      ...atEvents(torn('CRLF and CR', { lineEnd }), dialect, answer),
    ]),
    ...inBand(dialect, answer),
    ...withStatus(dialect, answer),
    ...statusOnRest(dialect, answer),
    ...slowHead(dialect, answer),
    ...malformed(dialect, answer),
    ...noStream(dialect, answer),
  ]);
