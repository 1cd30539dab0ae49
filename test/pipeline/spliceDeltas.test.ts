import { concat, from, of, take, throwError } from 'rxjs';
import { type Completion, type Delta, reduceDelta, TruncatedError } from 'rxllm';

import { spliceDeltas } from '../../src/pipeline/spliceDeltas.ts';
import {
  call,
  citation,
  end,
  finish,
  logprobs,
  other,
  partEnd,
  partStart,
  reasoning,
  reduceAll,
  start,
  text,
  textPart,
  usage,
} from '../support/deltas.ts';
import { record } from '../support/record.ts';

const hamlet = 'To be, or not to be, ';
const cutText = [start(), partStart(0, 'text'), text(0, hamlet)];
const cutCall = [...cutText, partEnd(0), partStart(1, 'tool-call'), call(1, { id: 'c1', name: 'f' })];
const done = [finish('stop'), end];

/** The deltas of a second answer behind a first one. */
const spliced = (first: readonly Delta[], second: readonly Delta[], way: 'prefill' | 'ask' = 'ask') =>
  record(from(second).pipe(spliceDeltas(reduceAll(first), way))).values;

/** The answer that both come to. */
const whole = (first: readonly Delta[], second: readonly Delta[], way?: 'prefill' | 'ask'): Completion => {
  const resumed: Delta = { type: 'resume', resumption: 1, delayMs: 0, error: new TruncatedError() };
  return [resumed, ...spliced(first, second, way)].reduce<Completion>(reduceDelta, reduceAll(first));
};

const shape = ({ choices: [{ parts }] }: Completion): readonly string[] =>
  Array.from(parts, (part) =>
    part.kind === 'text' || part.kind === 'reasoning' ? `${part.kind}: ${part.text}` : part.kind,
  );

describe('spliceDeltas', () => {
  it('glues text to text, without a start and without what was said twice', () => {
    expect(spliced(cutText, [start('a2'), ...textPart(0, ['not to', ' be, ', 'that is']), ...done])).toEqual([
      text(0, 'that is'),
      partEnd(0),
      ...done,
    ]);
  });

  it('shows nothing, and no part of its own, when all was said before', () => {
    expect(spliced(cutText, [start('a2'), ...textPart(0, [hamlet]), ...done])).toEqual([partEnd(0), ...done]);
    expect(spliced(cutCall, [start('a2'), ...textPart(0, [hamlet]), ...done])).toEqual(done);
  });

  it.each<readonly [what: string, tail: readonly Delta[]]>([
    ['the part', [partEnd(0), finish('stop'), end]],
    ['the choice', [finish('stop'), end]],
    ['the answer', [end]],
    ['the stream', []],
  ])('lets go of what it held back at the end of %s, before that', (_, tail) => {
    expect(spliced(cutText, [start('a2'), partStart(0, 'text'), text(0, 'not to'), ...tail])).toEqual([
      text(0, 'not to'),
      ...tail,
    ]);
  });

  it('drops what it held back at an error: a repetition that was cut would stay for good', () => {
    const error = new TruncatedError();
    const second = concat(
      of(start('a2'), partStart(0, 'text'), text(0, 'not to')),
      throwError(() => error),
    );

    expect(record(second.pipe(spliceDeltas(reduceAll(cutText), 'ask')))).toEqual({
      values: [],
      ending: 'error',
      error,
    });
  });

  it('lets go of what it held back before another part begins', () => {
    const second = [start(), partStart(0, 'text'), text(0, 'not to'), partStart(1, 'tool-call'), call(1), ...done];

    expect(spliced(cutText, second).map(({ type }) => type)).toEqual([
      'text',
      'part-start',
      'tool-call',
      'finish',
      'end',
    ]);
  });

  it('numbers parts on, in order of appearance', () => {
    const second = [
      start('a2'),
      partStart(0, 'reasoning'),
      reasoning(0, 'Hm'),
      partEnd(0),
      ...textPart(1, ['that is']),
      partStart(2, 'tool-call'),
      call(2, { id: 'c2', name: 'g', argumentsText: '{}' }),
      partEnd(2),
      finish('tool-calls'),
      end,
    ];

    expect(shape(whole(cutText, second))).toEqual([`text: ${hamlet}that is`, 'reasoning: Hm', 'tool-call']);
    expect(shape(whole(cutCall, second))).toEqual([
      `text: ${hamlet}`,
      'tool-call',
      'reasoning: Hm',
      'text: that is',
      'tool-call',
    ]);
  });

  it('removes what was said twice behind a tool call, too', () => {
    const second = [start('a2'), ...textPart(0, ['or not to be, ', 'that is']), ...done];

    expect(whole(cutCall, second).text).toBe(`${hamlet}that is`);
    expect(shape(whole(cutCall, second))).toEqual([`text: ${hamlet}`, 'tool-call', 'text: that is']);
  });

  it.each(['', '{}', '{"a":1}', '{"a":'])('never makes a whole of a call that was cut at %j', (argumentsText) => {
    const first = [...cutText, partStart(1, 'tool-call'), call(1, { id: 'c1', name: 'f', argumentsText })];
    const second = [
      start('a2'),
      partStart(0, 'tool-call'),
      call(0, { id: 'c1', name: 'f', argumentsText: '{"a":2}' }),
      partEnd(0),
      finish('tool-calls'),
      end,
    ];

    expect(whole(first, second).toolCalls).toMatchObject([
      { status: 'cut-short', argumentsText },
      { status: 'complete', arguments: { a: 2 } },
    ]);
    expect(whole(first, [start('a2'), ...textPart(0, ['No.']), ...done]).toolCalls).toMatchObject([
      { status: 'cut-short' },
    ]);
  });

  it('adds up usage, field by field, whatever of it each report has', () => {
    const first = [...cutText, usage({ inputTokens: 10, outputTokens: 1 })];
    const second = [
      start('a2'),
      usage({ inputTokens: 20, outputTokens: 1 }),
      usage({ outputTokens: 5, reasoningTokens: 2 }),
      ...done,
    ];

    expect(whole(first, second).usage).toMatchObject({ inputTokens: 30, outputTokens: 6, reasoningTokens: 2 });
    expect(whole(cutText, second).usage).toMatchObject({ inputTokens: 20, outputTokens: 5 });
    expect(whole(first, [start('a2'), ...done]).usage).toMatchObject({ inputTokens: 10, outputTokens: 1 });
  });

  it('begins anew with a retry of the second request', () => {
    const second = [
      start('a2'),
      usage({ inputTokens: 50 }),
      partStart(0, 'reasoning'),
      start('a3'),
      usage({ inputTokens: 20 }),
      ...textPart(0, ['that is']),
      partStart(1, 'tool-call'),
      call(1, { id: 'c1', name: 'f', argumentsText: '{}' }),
      partEnd(1),
      finish('tool-calls'),
      end,
    ];
    const completion = whole(cutText, second);

    expect(completion.text).toBe(`${hamlet}that is`);
    expect(completion.usage).toMatchObject({ inputTokens: 20 });
    expect(completion.toolCalls).toMatchObject([{ status: 'complete', name: 'f' }]);
    expect(completion.choices[0].parts.every((part) => (part as unknown) !== undefined)).toBe(true);
  });

  it('keeps nothing of a second request that was retried', () => {
    const second = [
      start('a2'),
      usage({ inputTokens: 50, reasoningTokens: 9 }),
      partStart(0, 'reasoning'),
      start('a3'),
      usage({ inputTokens: 20 }),
      partStart(0, 'tool-call'),
      call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
      partEnd(0),
      finish('tool-calls'),
      end,
    ];

    expect(whole(cutText, second).toolCalls).toMatchObject([{ status: 'complete', name: 'f' }]);
    expect(spliced(cutText, second)[2]).toEqual(usage({ inputTokens: 20 }));
  });

  it('passes on what stands in no part, and what else is said of the text', () => {
    const source = { url: 'http://a.test' };
    const token = { token: 'x', bytes: null, logprob: -1, topLogprobs: [] };
    const second = [
      start('a2'),
      other('x', 1),
      other('y', 2, { choice: 0 }),
      partStart(0, 'text'),
      text(0, 'that is'),
      citation(0, source),
      logprobs([token]),
      ...done,
    ];

    expect(spliced(cutText, second)).toEqual([
      other('x', 1),
      other('y', 2, { choice: 0 }),
      text(0, 'that is'),
      citation(0, source),
      logprobs([token]),
      ...done,
    ]);
  });

  it('makes a part for text behind one that is none', () => {
    const first = [start(), partStart(0, 'text'), text(0, 'Hi'), partEnd(0), partStart(1, 'tool-result', { raw: 1 })];

    expect(spliced(first, [start('a2'), ...textPart(0, ['there']), ...done])).toEqual([
      partStart(2, 'text'),
      text(2, 'there'),
      partEnd(2),
      ...done,
    ]);
  });

  it('takes up the white space that a handed beginning lost', () => {
    expect(whole(cutText, [start('a2'), ...textPart(0, [' ', 'that is']), ...done], 'prefill').text).toBe(
      `${hamlet}that is`,
    );
  });

  it('keeps no state from one subscription to the next, and pulls no more than it needs', () => {
    const second = from([start('a2'), ...textPart(0, ['that is', ' the']), ...done]);
    const rest = second.pipe(spliceDeltas(reduceAll(cutText), 'ask'));

    expect(record(rest)).toEqual(record(rest));
    expect(record(rest.pipe(take(1)))).toEqual({ values: [text(0, 'that is')], ending: 'complete' });
  });
});
