import { lastValueFrom, map, toArray } from 'rxjs';
import {
  type Completion,
  type Delta,
  type Dialect,
  isStreamError,
  lastCompletion,
  streamCompletion,
  type StreamError,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { call, end, finish, partEnd, partStart, start, text } from '../support/deltas.ts';
import { expectNoUncaughtError } from '../support/record.ts';

const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };

const completions = (dialect: Dialect<typeof body>, reply: Reply, more: object = {}) =>
  streamCompletion(dialect, {
    baseUrl: 'http://fake.test/v1',
    fetch: fakeProvider({ replies: [reply] }).fetch,
    retry: false,
    body: { ...body, ...more },
  });

/** The error that a stream ends in. */
const errorOf = async (stream: ReturnType<typeof completions>): Promise<StreamError & { partial: Completion }> => {
  const error: unknown = await lastValueFrom(stream).catch((reason: unknown) => reason);
  if (!isStreamError(error) || error.partial === undefined) throw new Error('no error with a partial');
  return error as StreamError & { partial: Completion };
};

describe.each<Dialect<typeof body>>([openAiChat, anthropicMessages])('streamCompletion with $name', (dialect) => {
  expectNoUncaughtError();

  const reply: Reply = {
    deltas: answer({
      id: 'a1',
      model: 'm',
      reasoning: 'Let me think',
      text: ['To ', 'be'],
      toolCalls: [
        { id: 'c1', name: 'get_weather', arguments: ['{"city":', '"北京"}'] },
        { id: 'c2', name: 'get_time', arguments: '' },
      ],
      usage: { inputTokens: 7, outputTokens: 5 },
    }),
    writeBytes: 5,
  };

  it('ends with the whole answer', async () => {
    expect(await lastValueFrom(completions(dialect, reply))).toMatchObject({
      id: 'a1',
      model: 'm',
      reasoning: 'Let me think',
      text: 'To be',
      finishReason: 'tool-calls',
      toolCalls: [
        { status: 'complete', id: 'c1', name: 'get_weather', arguments: { city: '北京' } },
        { status: 'complete', id: 'c2', name: 'get_time', arguments: {} },
      ],
      usage: { inputTokens: 7, outputTokens: 5, totalTokens: 12 },
      ended: true,
    });
  });

  it('gives the answer so far on the way; only the last is ended', async () => {
    const all = await lastValueFrom(completions(dialect, reply).pipe(toArray()));

    expect([...new Set(all.map((completion) => completion.text))]).toEqual(['', 'To ', 'To be']);
    expect(all.map(({ ended }) => ended).indexOf(true)).toBe(all.length - 1);
    expect(
      all
        .slice(0, -1)
        .flatMap(({ toolCalls, finishReason }) => (finishReason ? [] : toolCalls))
        .map(({ status }) => status),
    ).not.toContain('complete');
  });

  it('may be awaited', async () => {
    expect(
      await lastValueFrom(
        completions(dialect, reply).pipe(
          lastCompletion(),
          map(({ text: all }) => all),
        ),
      ),
    ).toBe('To be');
  });

  it('gives what there was with an error: no call in it is complete', async () => {
    const deltas: readonly Delta[] = [
      start(),
      partStart(0, 'text'),
      text(0, 'To be'),
      partEnd(0),
      partStart(1, 'tool-call'),
      call(1, { id: 'c1', name: 'delete_all', argumentsText: '{}' }),
    ];
    const overloaded = await errorOf(completions(dialect, { deltas, error: { message: 'Overloaded' } }));
    const truncated = await errorOf(completions(dialect, { deltas }));

    expect(overloaded._tag).toBe('ApiError');
    expect(truncated._tag).toBe('TruncatedError');
    for (const { partial } of [overloaded, truncated]) {
      expect(partial).toMatchObject({
        text: 'To be',
        ended: false,
        toolCalls: [{ status: 'cut-short', name: 'delete_all', argumentsText: '{}' }],
      });
      expect(partial.toolCalls[0]).not.toHaveProperty('arguments');
    }
  });
});

describe('streamCompletion with several choices', () => {
  const deltas: readonly Delta[] = [
    start(),
    partStart(0, 'text', {}, 1),
    text(0, 'one', 1),
    finish('length', 'length', 1),
    partStart(0, 'text'),
    text(0, 'zero'),
    finish('stop'),
    end,
  ];

  it('has them all', async () => {
    const { choices, text: first } = await lastValueFrom(completions(openAiChat, { deltas }, { n: 2 }));

    expect(choices.map((choice) => [choice.text, choice.finishReason])).toEqual([
      ['zero', 'stop'],
      ['one', 'length'],
    ]);
    expect(first).toBe('zero');
  });

  it('is truncated when one is missing, and has the other in its partial', async () => {
    const error = await errorOf(completions(openAiChat, { deltas: deltas.slice(0, 4) }, { n: 2 }));

    expect(error).toMatchObject({ _tag: 'TruncatedError', finishedChoices: 1, expectedChoices: 2 });
    expect(error.partial.choices.map((choice) => choice.text)).toEqual(['', 'one']);
  });
});
