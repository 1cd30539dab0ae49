import type { Delta } from '../../src/deltas/Delta.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { everError, everRight } from '../faults/expectations.ts';
import {
  deltasOf,
  type FaultAnswer,
  faultAnswer,
  framesOf,
  longText,
  shortText,
  twoTools,
} from '../faults/FaultAnswer.ts';
import { caseOf, type Sketch } from '../faults/faultKinds.ts';
import type { FaultCase } from '../faults/FaultCase.ts';
import { type CaseGroup, type ConformanceCase, isSse } from './ConformanceCase.ts';

/** A reply in which nothing is amiss, sent in some way that standards allow. */
const sent = (
  kind: string,
  dialect: Dialect,
  answer: FaultAnswer,
  reply: Partial<Reply>,
  more: Pick<Sketch, 'choices'> = {},
): FaultCase =>
  caseOf({
    kind,
    dialect,
    answer,
    times: Infinity,
    break: ({ deltas, ...whole }) => ({ ...whole, ...(reply.bytes === undefined && { deltas }), ...reply }),
    expected: everRight,
    ...more,
  });

/** A case in which the frames of an answer are written in another way, all in one write. */
const rewritten = (
  id: string,
  title: string,
  write: (frames: readonly string[], dialect: Dialect) => string | undefined,
): ConformanceCase => ({
  id,
  title,
  bar: 'right',
  trials: (dialect) => {
    const bytes = write(framesOf(dialect, deltasOf(longText)), dialect);
    return bytes === undefined ? [] : [sent(id, dialect, longText, { bytes })];
  },
});

const plain = (
  id: string,
  title: string,
  reply: Partial<Reply>,
  answer = longText,
  isFor = (_dialect: Dialect): boolean => true,
): ConformanceCase => ({
  id,
  title,
  bar: 'right',
  trials: (dialect) => (isFor(dialect) ? [sent(id, dialect, answer, reply)] : []),
});

/** The same answer, and what it counted must be told. */
const counted: FaultAnswer = { ...longText, whole: { ...longText.whole, usage: { inputTokens: 3, outputTokens: 5 } } };

const longLineChars = 1024 * 1024;
const longLine = faultAnswer('a long line', ['x'.repeat(longLineChars)]);

/** Two choices at once; the second is over before the first. */
const second = faultAnswer('second choice', ['Snow ', 'lay.'], [], null);
const twoChoices = (): readonly Delta[] => {
  const others = deltasOf(second)
    .filter(({ type }) => type !== 'start' && type !== 'end')
    .map((delta) => ('choice' in delta ? { ...delta, choice: 1 } : delta));
  return deltasOf(longText).flatMap((delta, at) => {
    const beside = others[at - 1];
    return beside ? [delta, beside] : [delta];
  });
};
const choicesAnswer: FaultAnswer = { ...longText, whole: { ...longText.whole, others: [second.whole.text] } };

/** Every offset within a character that is not ASCII, and those on either side of it. */
const cutsOf = (bytes: Buffer): readonly number[] =>
  [...bytes.keys()].filter((at) => at > 0 && ((bytes[at] ?? 0) > 0x7f || (bytes[at - 1] ?? 0) > 0x7f));

/** Each `data:` line cut in lines of its own at the commas of its JSON, where a line feed changes nothing. */
const inLines = (frame: string): string =>
  frame.replace(/^data: (\{.*\})$/m, (_, json: string) =>
    JSON.stringify(JSON.parse(json), undefined, 1)
      .split('\n')
      .map((line) => `data: ${line}`)
      .join('\n'),
  );

const between = (frames: readonly string[], piece: string): string => piece + frames.join(piece);

/** An event, or a line, that no client can know yet. */
const strange: Readonly<Record<string, string>> = {
  'openai-chat':
    'data: {"id":"a","object":"chat.completion.shiny","created":1,"model":"m","choices":[],"shiny":{"a":1}}\n\n',
  'anthropic-messages': 'event: shiny\ndata: {"type":"shiny","shiny":{"a":1}}\n\n',
  'openai-responses': 'event: response.shiny\ndata: {"type":"response.shiny","sequence_number":0,"shiny":{"a":1}}\n\n',
  gemini: 'data: {"shiny":{"a":1},"modelVersion":"m","responseId":"a"}\n\n',
  ollama:
    '{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":false,"shiny":{"a":1}}\n',
};

/** Behind the first event, where a stream has begun. */
const afterFirst = (frames: readonly string[], piece: string): string =>
  [frames[0], piece, ...frames.slice(1, 3), piece, ...frames.slice(3)].join('');

export const framingCases: CaseGroup = {
  title: 'Nothing is amiss',
  intro:
    'A whole answer, sent in ways that the standards and the providers allow. Only `right` is good here, unless a case says otherwise; an error is ' +
    'set in bold, too.',
  cases: [
    plain('whole', 'text, an event per write', {}),
    plain('whole-tools', 'two tool calls', {}, twoTools),
    rewritten('one-write', 'the whole body in one write', (frames) => frames.join('')),
    {
      id: 'cut-characters',
      title:
        'the body comes in pieces, cut at every byte offset within, before and behind each two- and three-byte character',
      bar: 'right',
      trials: (dialect) => {
        const bytes = Buffer.from(framesOf(dialect, deltasOf(shortText)).join(''));
        return cutsOf(bytes).map((writeBytes) =>
          sent('cut-characters', dialect, shortText, { bytes: new Uint8Array(bytes), writeBytes }),
        );
      },
    },
    plain('byte-by-byte', 'each byte is a write', { writeBytes: 1 }),
    plain('slow', 'each byte is a write, and events are 40 ms apart', { writeBytes: 1, frameMs: 40 }, twoTools),
    plain('crlf', 'lines end with CR LF', { lineEnd: '\r\n' }),
    plain('crlf-cut', 'lines end with CR LF, and each byte is a write', { lineEnd: '\r\n', writeBytes: 1 }),
    plain('cr', 'lines end with CR', { lineEnd: '\r' }, longText, isSse),
    rewritten('bom', 'a byte order mark comes first', (frames, dialect) =>
      isSse(dialect) ? `\u{FEFF}${frames.join('')}` : undefined,
    ),
    rewritten('comments', 'comments between events', (frames, dialect) =>
      isSse(dialect) ? between(frames, ': keep-alive\n\n') : undefined,
    ),
    rewritten('comments-inside', 'a comment line within each event', (frames, dialect) =>
      isSse(dialect) ? frames.map((frame) => frame.replace(/^data:/m, ': comment\ndata:')).join('') : undefined,
    ),
    rewritten('pings', 'ping events between events', (frames, dialect) =>
      dialect.name === 'anthropic-messages' ? afterFirst(frames, 'event: ping\ndata: {"type": "ping"}\n\n') : undefined,
    ),
    rewritten('blank-lines', 'more blank lines than needed', (frames) => between(frames, '\n\n')),
    rewritten('no-space', '`data:` without a space behind it', (frames, dialect) =>
      isSse(dialect) ? frames.join('').replaceAll(/^(data|event): /gm, '$1:') : undefined,
    ),
    rewritten('multi-line-data', "an event's JSON on several `data:` lines", (frames, dialect) =>
      isSse(dialect) ? frames.map(inLines).join('') : undefined,
    ),
    rewritten('sse-fields', '`id:`, `retry:` and unknown fields in each event', (frames, dialect) =>
      isSse(dialect)
        ? frames.map((frame, at) => frame.replace(/^data:/m, `id: ${at}\nretry: 1000\nshiny: 1\ndata:`)).join('')
        : undefined,
    ),
    rewritten('unknown-fields', 'members in the JSON that no client knows', (frames) =>
      frames.map((frame) => frame.replace(/^((?:data: )?\{)(?=")/m, '$1"shiny":{"a":[1,null]},')).join(''),
    ),
    rewritten('unknown-events', 'events of a kind that no client knows', (frames, { name }) =>
      afterFirst(frames, strange[name] ?? ''),
    ),
    {
      id: 'no-final-blank-line',
      title: 'the body ends without its last blank line; a standard reader drops the event, so an error is as good',
      // A standard reader must drop that event; where it is the one that says that all is well, an error is in order.
      bar: 'honest',
      trials: (dialect) =>
        [
          sent('no-final-blank-line', dialect, longText, {
            bytes: framesOf(dialect, deltasOf(longText)).join('').trimEnd(),
          }),
        ].map((trial) => (dialect.name === 'openai-responses' ? { ...trial, expected: everError } : trial)),
    },
    plain('long-line', 'one event of 1 MiB', {}, longLine),
    plain('usage', 'token counts, where the dialect has them', {}, counted),
    {
      id: 'choices',
      title: 'two choices asked for (`n: 2`), interleaved; the second ends first',
      bar: 'right',
      needs: 'choices',
      trials: (dialect) =>
        dialect.name === 'openai-chat'
          ? [sent('choices', dialect, choicesAnswer, { deltas: twoChoices() }, { choices: 2 })]
          : [],
    },
  ],
};
