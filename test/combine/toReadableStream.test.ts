import { expectTypeOf } from 'expect-type';
import { concat, defer, EMPTY, finalize, NEVER, of, Subject, throwError } from 'rxjs';
import { LimitError, streamDeltas, textOf } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { toReadableStream } from '../../src/combine/toReadableStream.ts';
import { start, text } from '../support/deltas.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

const error = new Error('mine');

const collect = async <T>(stream: ReadableStream<T>): Promise<T[]> => {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
};

describe('toReadableStream', () => {
  it('gives a chunk for each value, and closes with the source', async () => {
    expect(await collect(toReadableStream(of(1, 2, 3)))).toEqual([1, 2, 3]);
    expect(await collect(toReadableStream(EMPTY))).toEqual([]);
  });

  it('errors with the source, after what came before', async () => {
    const reader = toReadableStream(
      concat(
        of(1),
        throwError(() => error),
      ),
    ).getReader();

    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await expect(reader.read()).rejects.toBe(error);
  });

  it('subscribes with the first read, and leaves when cancelled while a read is pending', async () => {
    const feed = new Subject<number>();
    const state = { subscribed: 0, left: 0 };
    const source = defer(() => {
      state.subscribed += 1;
      return feed.pipe(finalize(() => (state.left += 1)));
    });
    const reader = toReadableStream(source).getReader();
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(state.subscribed).toBe(0);

    const pending = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(state.subscribed).toBe(1);
    await reader.cancel();
    expect(state.left).toBe(1);
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('never subscribes when it is cancelled before a read', async () => {
    let subscribed = 0;
    await toReadableStream(defer(() => ((subscribed += 1), NEVER))).cancel();

    expect(subscribed).toBe(0);
  });

  it('joins what waits for a slow reader, and errors when too much does', async () => {
    const reader = toReadableStream(of(start(), text(0, 'a'), text(0, 'b'))).getReader();
    const chunks = [await reader.read(), await reader.read(), await reader.read()];

    expect(chunks.map(({ value }) => value)).toEqual([start(), text(0, 'ab'), undefined]);
    await expect(collect(toReadableStream(of(1, 2, 3), { maxQueued: 1 }))).rejects.toEqual(
      new LimitError('maxQueued', 1),
    );
  });

  it('types its chunks, and refuses numbers that make no sense', () => {
    expectTypeOf(toReadableStream(of('a'))).toEqualTypeOf<ReadableStream<string>>();
    expect(thrownBy(() => toReadableStream(NEVER, { maxQueuedChars: 0 }))).toMatchObject({ option: 'maxQueuedChars' });
  });

  it('is the body of a response, and closes the socket when the body is cancelled', async () => {
    const { baseUrl, requests } = await provider({
      replies: [
        { deltas: answer({ text: 'To be or not to be' }) },
        { deltas: answer({ text: 'To be '.repeat(1_000) }), frameMs: 10 },
      ],
    });
    const request = { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] } };
    const response = () =>
      new Response(
        toReadableStream(streamDeltas(openAiChat, request).pipe(textOf())).pipeThrough(new TextEncoderStream()),
      );
    expect(await response().text()).toBe('To be or not to be');

    const reader = response().body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until(() => requests[1]?.endedBy === 'client', 'the close', 500);
  });
});
