import { from, type Observable } from 'rxjs';
import { accumulateDelta, type Completion, decodeDeltas, isStreamError, type StreamError } from 'rxllm';
import { ollama } from 'rxllm/ollama';

import { utf8 } from '../../support/frames.ts';
import { record } from '../../support/record.ts';
import { workedMs } from '../../support/workedMs.ts';

const line = (message: object | string, more = ''): string =>
  `{"model":"m","message":${typeof message === 'string' ? message : JSON.stringify(message)},"done":false${more}}\n`;
const done = '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n';

interface Seen {
  readonly last: Completion | undefined;
  readonly error: StreamError | undefined;
}

/** What a consumer sees of what a server sends; an error must be one of a stream. */
const see = (text: string | Uint8Array): Seen => {
  const { values, error } = record(from([text]).pipe(decodeDeltas(ollama), accumulateDelta()));
  if (error !== undefined && !isStreamError(error)) throw error;
  return { last: values.at(-1), error };
};

const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('JSON that nests deep', () => {
  it('in the arguments of a call ends in a call that is never run, or in one that is whole', () => {
    const calls = `[{"function":{"name":"f","arguments":${deep(100_000)}}}]`;
    const { last, error } = see(line(`{"tool_calls":${calls}}`) + done);

    expect(error?._tag ?? last?.toolCalls[0]?.status).toMatch(/^(ChunkParseError|invalid|complete)$/);
  });

  it.each(['"x":', '"error":', '"images":', '"done_reason":'])(
    'in %s ends in an answer or an error of the stream',
    (field) => {
      const { last, error } = see(line('{"content":"a"}', `,${field}${deep(100_000)}`) + done);

      expect(error === undefined ? last?.text : error._tag).toMatch(/^(a|ApiError|ChunkParseError)$/);
    },
  );
});

describe('odd names and characters', () => {
  it('a field named like a prototype changes none', () => {
    const { last } = see(
      line('{"__proto__":{"polluted":1},"constructor":2,"content":"a"}', ',"__proto__":{"polluted":1},"toString":3') +
        done,
    );

    expect(last?.text).toBe('a');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('controls and NUL are text', () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('');

    expect(see(line({ content: controls }) + done).last?.text).toBe(controls);
  });

  it('raw NUL bytes between lines or within them are an error', () => {
    expect(see(`\u0000\n${done}`).error).toMatchObject({ _tag: 'ChunkParseError' });
    expect(see(line({ content: '#' }).replace('#', '\u0000') + done).error).toMatchObject({ _tag: 'ChunkParseError' });
  });

  it('half a surrogate pair is text, and so is its other half', () => {
    expect(see(line('{"content":"\\ud83e"}') + line('{"content":"\\udd8a"}') + done).last?.text).toBe('🦊');
  });

  it('names of tools may be anything', () => {
    const { last } = see(
      line({ tool_calls: [{ id: 'constructor', function: { name: '__proto__', arguments: {} } }] }) + done,
    );

    expect(last?.toolCalls).toMatchObject([{ id: 'constructor', name: '__proto__', status: 'complete' }]);
  });
});

describe('counts beyond reason', () => {
  it.each([-1, 1e308, 0.5])('of %d tokens are told as they came', (count) => {
    const { last } = see(`{"done":true,"prompt_eval_count":${count},"eval_count":0}\n`);

    expect(last?.usage).toMatchObject({ inputTokens: count, outputTokens: 0, totalTokens: count });
  });

  it('of words are an error', () => {
    expect(see('{"done":true,"eval_count":"7"}\n').error).toMatchObject({
      _tag: 'ChunkParseError',
      path: 'eval_count',
    });
  });
});

describe('the last line', () => {
  it.each(['"true"', '1', '[]'])('is none where done is %s', (value) => {
    expect(see(`{"message":{"content":"a"},"done":${value}}\n`).error?._tag).toBe('ChunkParseError');
  });

  it('twice says what it says once', () => {
    expect(see(line({ content: 'a' }) + done + done).last).toMatchObject({ text: 'a', ended: true });
  });

  it('in a tool’s arguments is none', () => {
    const { last, error } = see(line({ tool_calls: [{ function: { name: 'f', arguments: { done: true } } }] }));

    expect(error?._tag).toBe('TruncatedError');
    expect(last?.toolCalls[0]?.status).not.toBe('complete');
  });
});

describe('the cost of an answer is in proportion to it', () => {
  const msOf = (source: Observable<unknown>): number => {
    const begin = workedMs();
    source.subscribe({ error: () => undefined });
    return workedMs() - begin;
  };
  const call = line({ tool_calls: [{ function: { name: 'f', arguments: {} } }] });

  it.each([
    ['lines', 5_000, (count: number) => line({ content: '0123456789' }).repeat(count)],
    [
      'calls in one line',
      1_000,
      (count: number) => line({ tool_calls: Array(count).fill({ function: { name: 'f' } }) }),
    ],
    ['text in one line', 500_000, (count: number) => line({ content: 'x'.repeat(count) })],
    ['blank lines', 50_000, (count: number) => '\n'.repeat(count)],
  ])('for %s', (_, count, text) => {
    const run = (times: number) => from([utf8(text(times) + call)]).pipe(decodeDeltas(ollama));
    msOf(run(count));
    const least = (times: number) => Math.min(...[1, 2, 3, 4].map(() => msOf(run(times))));

    expect(least(4 * count)).toBeLessThan(7 * least(count) + 20);
  });
});
