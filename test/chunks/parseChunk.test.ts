import { EMPTY, from, map, NEVER, of, Subject, take, throwError } from 'rxjs';
import type { ChunkParseError } from 'rxllm';
import { ApiError, type Frame, parseChunk } from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import { heartbeat, message, stray } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record } from '../support/record.ts';

const chunk = (content: string) => ({ id: 'a1', choices: [{ index: 0, delta: { content } }] });
const frame = (json: unknown): Frame => message(JSON.stringify(json));

describe('parseChunk', () => {
  expectNoUncaughtError();

  it(
    'gives a chunk per frame, at once',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-|', { a: frame(chunk('1')), b: frame(chunk('2')) });
      const subs = '       ^----!';
      const expected = '   -x-y-|';

      expectObservable(source.pipe(parseChunk(openAiChat))).toBe(expected, { x: chunk('1'), y: chunk('2') });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'fails at a frame that is not JSON, and leaves the source',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a-b-a-|', { a: frame(chunk('1')), b: message('{"choices":[') });
      const subs = '       ^--!    ';
      const expected = '   -x-#    ';

      expectObservable(source.pipe(parseChunk(openAiChat))).toBe(
        expected,
        { x: chunk('1') },
        expect.objectContaining({ _tag: 'ChunkParseError' }),
      );
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-a-|', { a: frame(chunk('1')) });
      const unsub = '      --!   ';
      const subs = '       ^-!   ';
      const expected = '   -x----';

      expectObservable(source.pipe(parseChunk(openAiChat)), unsub).toBe(expected, { x: chunk('1') });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent, completes and fails with its source', () => {
    expect(record(NEVER.pipe(parseChunk(openAiChat)))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(parseChunk(openAiChat)))).toEqual({ values: [], ending: 'complete' });
    expect(record(throwError(() => 'boom').pipe(parseChunk(openAiChat)))).toMatchObject({ error: 'boom' });
  });

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless(frame(chunk('1')));
    record(from(source).pipe(parseChunk(openAiChat), take(2)));

    expect(pulled()).toBe(2);
  });

  it('gives two subscriptions the same', () => {
    const chunks = of(frame(chunk('1')), message('oops')).pipe(parseChunk(openAiChat));

    expect(record(chunks)).toMatchObject({ values: [chunk('1')], ending: 'error' });
    expect(record(chunks)).toMatchObject({ values: [chunk('1')], ending: 'error' });
  });

  it('keeps the order of frames that are fed in from inside the consumer, up to a bad one', () => {
    const source = new Subject<Frame>();
    const seen: unknown[] = [];
    source.pipe(parseChunk(openAiChat)).subscribe({
      next: (value) => {
        if (seen.push(value) === 1) {
          for (const next of [frame(chunk('2')), message('oops'), frame(chunk('3'))]) source.next(next);
        }
      },
      error: ({ _tag }: ChunkParseError) => seen.push(_tag),
    });
    source.next(frame(chunk('1')));

    expect(seen).toEqual([chunk('1'), chunk('2'), 'ChunkParseError']);
  });

  it('fails, and leaves the source, when the consumer throws', () => {
    const source = new Subject<Frame>();
    const errors: unknown[] = [];
    const consumer = map(() => {
      throw new Error('consumer');
    });
    source.pipe(parseChunk(openAiChat), consumer).subscribe({ error: ({ message: text }: Error) => errors.push(text) });
    source.next(frame(chunk('1')));

    expect(errors).toEqual(['consumer']);
    expect(source.observed).toBe(false);
  });

  it('lets fields that nobody knows through', () => {
    const strange = { ...chunk('1'), whatever: { deep: [1] }, choices: [{ delta: { content: 'x', new_field: null } }] };

    expect(record(of(frame(strange)).pipe(parseChunk(openAiChat))).values).toEqual([strange]);
  });

  it('passes over comments, and over stray lines that report no error', () => {
    const frames = of<Frame[]>(heartbeat('hi'), stray('{"a":1}'), stray('{oops'), frame(chunk('1')));

    expect(record(frames.pipe(parseChunk(openAiChat)))).toEqual({ values: [chunk('1')], ending: 'complete' });
  });

  describe('an error that a frame reports', () => {
    it('ends the stream, behind a chunk that holds nothing else', () => {
      const { values, error } = record(
        of(frame({ error: { message: 'Slow down', code: 'x' } })).pipe(parseChunk(openAiChat)),
      );

      expect(values).toEqual([{ error: { message: 'Slow down', code: 'x' } }]);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ code: 'x', providerMessage: 'Slow down' });
    });

    it('comes after the content of its own frame', () => {
      const failing = { ...chunk('half'), error: { message: 'Slow down' } };
      const { values, error } = record(of(frame(failing), frame(chunk('2'))).pipe(parseChunk(openAiChat)));

      expect(values).toEqual([failing]);
      expect(error).toBeInstanceOf(ApiError);
    });

    it('may be a stray line, or plain text', () => {
      const errorOf = (one: Frame): unknown => record(of(one).pipe(parseChunk(openAiChat))).error;

      expect(errorOf(stray('{"error":{"message":"bare"}}'))).toMatchObject({ providerMessage: 'bare' });
      expect(errorOf(message('all is lost', { event: 'error' }))).toMatchObject({ providerMessage: 'all is lost' });
    });
  });

  describe('with onInvalid: skip', () => {
    const lenient = parseChunk(openAiChat, { onInvalid: 'skip' });

    it('leaves bad frames out', () => {
      const frames = of(message('oops'), frame(chunk('1')), frame({ choices: 5 }), frame(chunk('2')));

      expect(record(frames.pipe(lenient))).toEqual({ values: [chunk('1'), chunk('2')], ending: 'complete' });
    });

    it('still ends at an error that the provider reports', () => {
      const frames = of(message('oops'), frame({ error: { message: 'Slow down' } }), frame(chunk('1')));

      expect(record(frames.pipe(lenient))).toMatchObject({
        values: [{ error: { message: 'Slow down' } }],
        error: { _tag: 'ApiError' },
      });
    });
  });
});
