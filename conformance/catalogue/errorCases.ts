import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { afterError, everError, type Expectations } from '../faults/expectations.ts';
import { deltasOf, type FaultAnswer, framesOf, longText, textAndTool, wireOf } from '../faults/FaultAnswer.ts';
import { caseOf } from '../faults/faultKinds.ts';
import { type CaseGroup, type ConformanceCase, hasArgumentsText, isSse } from './ConformanceCase.ts';

const replied = (
  id: string,
  title: string,
  reply: (dialect: Dialect) => Reply | undefined,
  expected: Expectations,
  times = Infinity,
): ConformanceCase => ({
  id,
  title,
  bar: 'honest',
  trials: (dialect) => {
    const broken = reply(dialect);
    if (!broken) return [];
    return [
      caseOf({
        kind: id,
        dialect,
        answer: longText,
        times,
        break: ({ headers }) => ({ ...broken, headers: { ...headers, ...broken.headers } }),
        expected,
      }),
    ];
  },
});

const status = (
  id: string,
  title: string,
  code: number,
  times: number,
  headers: Record<string, string> = {},
): ConformanceCase => {
  const isRetryable = code >= 429;
  const error = { message: `status ${code}`, code: isRetryable ? 'server_error' : 'authentication_error' };
  return replied(id, title, () => ({ status: code, error, headers }), afterError(isRetryable, false, times), times);
};

/** An error in the provider's own shape, after so many deltas; the body then ends in good order. */
const inBand = (
  id: string,
  title: string,
  code: string,
  answer: FaultAnswer,
  place: 'start' | 'text' | 'arguments',
): ConformanceCase => ({
  id,
  title,
  bar: 'honest',
  trials: (dialect) => {
    if (place === 'arguments' && !hasArgumentsText(dialect)) return [];
    const deltas = deltasOf(answer);
    const tokens = deltas.flatMap(({ type }, at) => (type === 'text' || type === 'tool-call' ? [at] : []));
    const upTo = place === 'start' ? 1 : ((place === 'text' ? tokens[2] : tokens.at(-1)) ?? 0);
    const hasToken = wireOf(dialect, deltas.slice(0, upTo)).firstTokenBytes < Infinity;
    return [
      caseOf({
        kind: id,
        dialect,
        answer,
        break: (whole) => ({
          ...whole,
          deltas: deltas.slice(0, upTo),
          error: { message: code === 'overloaded_error' ? 'Overloaded' : 'Invalid input', code },
        }),
        expected: afterError(code === 'overloaded_error', hasToken, 1),
      }),
    ];
  },
});

const marker: Readonly<Record<string, string>> = {
  'openai-chat': 'data: [DONE]\n\n',
  'anthropic-messages': 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
};

const body = (type: string, bytes: string): Reply => ({ headers: { 'content-type': type }, bytes });

export const errorCases: CaseGroup = {
  title: 'The server says no',
  intro:
    'Errors by status, within a stream that began with 200, and instead of one. Where it says "once", a further request would be ' +
    'answered whole. The right answer is good, and so is an error; an empty answer that looks finished is not.',
  cases: [
    status('status-429-once', '429 once, with `Retry-After: 1`', 429, 1, { 'retry-after': '1' }),
    status('status-500-once', '500 once', 500, 1),
    status('status-503-always', '503, with `Retry-After: 1`, to every request', 503, Infinity, { 'retry-after': '1' }),
    status('status-401', '401', 401, Infinity),
    inBand(
      'error-before-token',
      'an error event once ("overloaded") before the first token',
      'overloaded_error',
      longText,
      'start',
    ),
    inBand('error-in-text', 'an error event once ("overloaded") in the text', 'overloaded_error', longText, 'text'),
    inBand(
      'error-in-arguments',
      'an error event once ("overloaded") in a tool call\'s arguments',
      'overloaded_error',
      textAndTool,
      'arguments',
    ),
    inBand(
      'fatal-error-in-text',
      'an error event ("invalid request") in the text',
      'invalid_request_error',
      longText,
      'text',
    ),
    replied(
      'html-200',
      'a page (`text/html`) with 200',
      () => body('text/html', '<html><body>Please log in</body></html>'),
      everError,
    ),
    replied(
      'json-200',
      'a JSON error (`application/json`) with 200',
      () => body('application/json', '{"error":{"type":"invalid_request_error","message":"no"}}'),
      everError,
    ),
    replied(
      'bare-error-200',
      'a bare JSON error, unframed, as an event stream',
      (dialect) =>
        isSse(dialect)
          ? body('text/event-stream', '{"error":{"type":"invalid_request_error","message":"no"}}\n\n')
          : undefined,
      everError,
    ),
    replied(
      'empty-200',
      'an empty stream',
      (dialect) => body(isSse(dialect) ? 'text/event-stream' : 'application/x-ndjson', ''),
      everError,
    ),
    replied(
      'marker-only',
      'the closing marker and nothing else',
      ({ name }) => (marker[name] === undefined ? undefined : body('text/event-stream', marker[name])),
      everError,
    ),
    {
      id: 'malformed-event',
      title: 'an event of the text breaks off in its middle, so that it is not JSON; the answer goes on behind it',
      bar: 'honest',
      trials: (dialect) => {
        const frames = framesOf(dialect, deltasOf(longText));
        // An event of the text itself, whose line ends too early.
        const text = frames.find((frame) => frame.includes(longText.pieces[1] ?? '')) ?? '';
        const at = frames.indexOf(text);
        const broken = text.slice(0, text.length / 2 + 20) + (isSse(dialect) ? '\n\n' : '\n');
        const bytes = [...frames.slice(0, at), broken, ...frames.slice(at + 1)].join('');
        return [
          caseOf({
            kind: 'malformed-event',
            dialect,
            answer: longText,
            times: Infinity,
            break: ({ headers }) => ({ headers, bytes }),
            expected: everError,
          }),
        ];
      },
    },
  ],
};
