import { concatWith, from, lastValueFrom, toArray } from 'rxjs';
import { accumulateDelta, type Completion, continueDeltas, type Delta, reduceDelta, type StreamOptions } from 'rxllm';
import { anthropicMessages, type MessagesBody } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type ReceivedRequest, type Reply } from 'rxllm/testing';

import { expectNothingUncaught } from '../support/provider.ts';

type Dialect = typeof openAiChat;
const messages = anthropicMessages as unknown as Dialect;
const body: MessagesBody = { model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'Hamlet?' }] };
const noWait = { firstDelayMs: 0 };

/** The deltas of an answer up to where it is left: `count` of them are missing. */
const leftOut = (count: number, options: Parameters<typeof answer>[0]): readonly Delta[] =>
  answer(options).slice(0, -count);

interface Rest {
  readonly deltas: readonly Delta[];
  readonly whole: Completion;
  readonly requests: readonly ReceivedRequest[];
}

const restOf = async (
  dialect: Dialect,
  soFar: readonly Delta[],
  replies: readonly Reply[],
  options: Partial<StreamOptions<MessagesBody>> = {},
): Promise<Rest> => {
  const { fetch, requests } = fakeProvider({ replies });
  const request = { baseUrl: 'http://fake.test/v1', fetch, body, resume: { ...noWait, maxResumes: 0 }, ...options };
  const deltas = await lastValueFrom(continueDeltas(dialect, request, soFar).pipe(toArray()));
  const whole = await lastValueFrom(from(soFar).pipe(concatWith(deltas), accumulateDelta()));
  return { deltas, whole, requests };
};

describe('continueDeltas', () => {
  expectNothingUncaught();

  it.each([openAiChat, messages])('goes on with text behind reasoning, with $name', async (dialect) => {
    const soFar = leftOut(3, { reasoning: 'Denmark.', text: ['To be ', 'or not'] });
    const { deltas, whole, requests } = await restOf(dialect, soFar, [{ deltas: answer({ text: ' to be' }) }]);

    expect(whole).toMatchObject({
      text: 'To be or not to be',
      reasoning: 'Denmark.',
      ended: true,
      finishReason: 'stop',
    });
    expect(deltas[0]).toMatchObject({ type: 'resume', resumption: 1, error: { _tag: 'NetworkError' } });
    expect(deltas.filter(({ type }) => type === 'start')).toEqual([]);
    expect(requests).toHaveLength(1);
    expect(JSON.stringify(requests[0]?.body)).toContain('To be or not');
  });

  it('asks for a tool call anew that was cut off, in a part of its own', async () => {
    const call = { id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' };
    const whole = answer({ text: 'Let me see.', toolCalls: [call] });
    const cutAt = whole.findIndex(({ type }) => type === 'tool-call') + 1;
    const rest = await restOf(openAiChat, whole.slice(0, cutAt), [{ deltas: answer({ toolCalls: [call] }) }]);

    expect(rest.whole.toolCalls.map(({ status }) => status)).toEqual(['cut-short', 'complete']);
    expect(rest.whole.text).toBe('Let me see.');
  });

  it.each([
    ['nothing', []],
    ['nearly nothing', leftOut(3, { text: 'To' })],
    ['reasoning alone', leftOut(2, { reasoning: 'Denmark, then.' })],
  ])('begins afresh where there is %s to go on from', async (_, soFar) => {
    const { deltas, whole } = await restOf(openAiChat, soFar, [{ deltas: answer({ text: 'To be' }) }]);

    expect(deltas[0]?.type).toBe('start');
    expect(whole.text).toBe('To be');
  });

  it('begins afresh where more than one choice was asked for', async () => {
    const soFar = leftOut(3, { text: 'To be or' });
    const options = { body: { ...body, n: 1 } };
    const single = await restOf(openAiChat, soFar, [{ deltas: answer({ text: ' not' }) }], options);
    const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'afresh' }) }] });
    const request = { baseUrl: 'http://fake.test/v1', fetch, body: { ...body, n: 2 }, retry: false as const };
    const types: string[] = [];
    continueDeltas(openAiChat, request, soFar).subscribe({
      next: ({ type }) => types.push(type),
      error: () => undefined,
    });
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(single.deltas[0]?.type).toBe('resume');
    expect(types[0]).toBe('start');
  });

  it('goes on again when that is asked for, and fails when it is not', async () => {
    const soFar = leftOut(3, { text: 'To be ' });
    const cut: Reply = {
      deltas: answer({ text: 'or not ' }).filter(({ type }) => !['part-end', 'finish', 'end'].includes(type)),
      fault: { kind: 'cut', afterBytes: 1e6, with: 'rst' },
    };
    const replies = [cut, { deltas: answer({ text: 'to be' }) }];
    const twice = await restOf(openAiChat, soFar, replies, { resume: { ...noWait, maxResumes: 1 } });

    expect(twice.whole.text).toBe('To be or not to be');
    expect(twice.deltas.filter(({ type }) => type === 'resume')).toHaveLength(2);
    await expect(restOf(openAiChat, soFar, replies)).rejects.toMatchObject({ _tag: 'NetworkError' });
  });

  it('takes `soFar` as it is, and leaves it so', async () => {
    const soFar = Object.freeze(leftOut(3, { text: 'To be ' }).map((delta) => Object.freeze(delta)));
    await restOf(openAiChat, soFar, [{ deltas: answer({ text: 'or not' }) }]);

    expect(soFar.reduce<Completion | undefined>(reduceDelta, undefined)?.text).toBe('To be ');
  });

  it('is cancelled with its signal', async () => {
    const stopped = AbortSignal.abort();
    const soFar = leftOut(3, { text: 'To be ' });

    await expect(restOf(openAiChat, soFar, [], { signal: stopped })).rejects.toMatchObject({ _tag: 'AbortedError' });
  });
});
