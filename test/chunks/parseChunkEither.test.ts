import { EMPTY, from, NEVER, of, Subject, take, throwError } from 'rxjs';
import { type Frame, parseChunkEither } from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import { heartbeat, message, stray } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, record } from '../support/record.ts';

const chunk = { id: 'a1', choices: [{ index: 0, delta: { content: 'Hi' } }] };
const good = message(JSON.stringify(chunk));
const right = { _tag: 'Right', right: chunk };
const left = (fields: object) => ({ _tag: 'Left', left: expect.objectContaining(fields) });

describe('parseChunkEither', () => {
  it(
    'makes a Left of a bad frame, and goes on',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-g-b-g-|', { g: good, b: message('oops') });
      const subs = '       ^------!';
      const expected = '   -r-l-r-|';

      expectObservable(source.pipe(parseChunkEither(openAiChat))).toBe(expected, {
        r: right,
        l: left({ _tag: 'ChunkParseError', path: '' }),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-g-g-|', { g: good });
      const unsub = '      --!   ';
      const subs = '       ^-!   ';
      const expected = '   -r----';

      expectObservable(source.pipe(parseChunkEither(openAiChat)), unsub).toBe(expected, { r: right });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent, completes and fails with its source', () => {
    expect(record(NEVER.pipe(parseChunkEither(openAiChat)))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(parseChunkEither(openAiChat)))).toEqual({ values: [], ending: 'complete' });
    expect(record(throwError(() => 'boom').pipe(parseChunkEither(openAiChat)))).toMatchObject({ error: 'boom' });
  });

  it('gives nothing for comments and for stray lines without an error', () => {
    expect(record(of<Frame[]>(heartbeat('hi'), stray('{x')).pipe(parseChunkEither(openAiChat)))).toEqual({
      values: [],
      ending: 'complete',
    });
  });

  it('gives the content of a frame, then the error in it', () => {
    const failing = { ...chunk, error: { message: 'Slow down', code: 'rate_limit_exceeded' } };
    const frames = of(message(JSON.stringify(failing)), good);

    expect(record(frames.pipe(parseChunkEither(openAiChat)))).toEqual({
      values: [{ _tag: 'Right', right: failing }, left({ _tag: 'ApiError', code: 'rate_limit_exceeded' }), right],
      ending: 'complete',
    });
  });

  it('pulls no more of a synchronous source than is taken, Left or Right', () => {
    const [bad, fine] = [endless(message('oops')), endless(good)];
    record(from(bad.source).pipe(parseChunkEither(openAiChat), take(2)));
    record(from(fine.source).pipe(parseChunkEither(openAiChat), take(2)));

    expect([bad.pulled(), fine.pulled()]).toEqual([2, 2]);
  });

  it('keeps the order of frames that are fed in from inside the consumer', () => {
    const source = new Subject<Frame>();
    const seen: string[] = [];
    source.pipe(parseChunkEither(openAiChat)).subscribe(({ _tag }) => {
      if (seen.push(_tag) === 1) for (const next of [message('oops'), good]) source.next(next);
    });
    source.next(good);

    expect(seen).toEqual(['Right', 'Left', 'Right']);
  });
});
