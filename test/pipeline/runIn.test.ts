import * as t from 'io-ts';
import { lastValueFrom, Observable, of } from 'rxjs';
import {
  type Delta,
  type Dialect,
  runTools,
  streamCompletion,
  streamDeltas,
  type StreamOptions,
  type StreamRunner,
  tool,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { record } from '../support/record.ts';

/** A runner that answers by itself, and what it was asked. */
const runnerOf = (...answers: readonly (readonly Delta[])[]) => {
  const asked: { readonly dialect: Dialect; readonly options: StreamOptions<unknown> }[] = [];
  const runIn: StreamRunner = (dialect, options) => {
    asked.push({ dialect: dialect as Dialect, options });
    return of(...(answers[asked.length - 1] ?? []));
  };
  return { asked, runIn };
};

const body = { model: 'm', messages: [] };
const baseUrl = 'http://fake.test/v1';

describe('runIn', () => {
  it('does what streamDeltas would do, with everything that was asked for', () => {
    const deltas = answer({ text: 'Hi' });
    const { asked, runIn } = runnerOf(deltas);
    const { signal } = new AbortController();
    const options = {
      baseUrl,
      body,
      apiKey: 'k',
      signal,
      retry: { maxRetries: 7 },
      resume: true,
      timeouts: { totalMs: 9 },
    };

    expect(record(streamDeltas(openAiChat, { ...options, runIn }))).toEqual({ values: deltas, ending: 'complete' });
    expect(asked).toEqual([{ dialect: openAiChat, options: { ...options, runIn: undefined } }]);
  });

  it('may be said to be none', () => {
    expect(() => streamDeltas(openAiChat, { baseUrl: 'nowhere', body, runIn: undefined })).toThrow('baseUrl');
  });

  it('is called once for each call, not for each subscription', () => {
    const { asked, runIn } = runnerOf(answer({ text: 'Hi' }));
    const deltas$ = streamDeltas(openAiChat, { baseUrl, body, runIn });
    record(deltas$);
    record(deltas$);

    expect(asked).toHaveLength(1);
  });

  it('passes on what it throws, and is left when the stream is', () => {
    const thrown = new RangeError('no place');
    let isOpen = true;
    const closing: StreamRunner = () => new Observable(() => () => (isOpen = false));
    const failing: StreamRunner = () => {
      throw thrown;
    };

    expect(() => streamDeltas(openAiChat, { baseUrl, body, runIn: failing })).toThrow(thrown);
    record(streamDeltas(openAiChat, { baseUrl, body, runIn: closing }));
    expect(isOpen).toBe(false);
  });

  it('is taken along by streamCompletion', async () => {
    const { runIn } = runnerOf(answer({ text: 'Hi' }));

    expect((await lastValueFrom(streamCompletion(openAiChat, { baseUrl, body, runIn }))).text).toBe('Hi');
  });

  it('is taken along by runTools, to every step', async () => {
    const { asked, runIn } = runnerOf(
      answer({ toolCalls: [{ id: 'c', name: 'add', arguments: '{"a":1,"b":2}' }] }),
      answer({ text: 'It is 3.' }),
    );
    const add = tool({ name: 'add', input: t.type({ a: t.number, b: t.number }), run: ({ a, b }) => a + b });
    await lastValueFrom(runTools(openAiChat, { baseUrl, body, runIn }, [add]));

    expect(asked).toHaveLength(2);
  });
});
