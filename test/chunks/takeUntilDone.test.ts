import { concat, EMPTY, from, NEVER, of, Subject, take, throwError } from 'rxjs';
import { type Dialect, type Frame, takeUntilDone, TruncatedError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { heartbeat, message, stray } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record } from '../support/record.ts';

const done = message('[DONE]');
const frames = { d: message('{}'), D: done };

/** A dialect whose marker is payload, too, as NDJSON's `done: true` is. */
const keeping: Pick<Dialect, 'ending' | 'terminal'> = {
  terminal: 'stop-reason',
  ending: (frame) => (frame.kind === 'message' && frame.data === 'last' ? 'keep' : 'none'),
};

describe('takeUntilDone', () => {
  expectNoUncaughtError();

  it(
    'completes at the marker, at once, and leaves the source',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -d-d-D-d-D-|', frames);
      const subs = '       ^----!      ';
      const expected = '   -d-d-|      ';

      expectObservable(source.pipe(takeUntilDone(openAiChat))).toBe(expected, frames);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'completes with a source that has no marker: whether the answer is whole is not for it to say',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-d-d-|', frames);
      const subs = '       ^----!';
      const expected = '   -d-d-|';

      expectObservable(source.pipe(takeUntilDone(openAiChat))).toBe(expected, frames);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-d-d-D', frames);
      const unsub = '      --!   ';
      const subs = '       ^-!   ';
      const expected = '   -d----';

      expectObservable(source.pipe(takeUntilDone(openAiChat)), unsub).toBe(expected, frames);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes an error of the source on',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-d-#', frames).pipe(takeUntilDone(openAiChat))).toBe('-d-#', frames);
    }),
  );

  it('stays silent over a silent source, and completes over an empty one', () => {
    expect(record(NEVER.pipe(takeUntilDone(openAiChat)))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(takeUntilDone(openAiChat)))).toEqual({ values: [], ending: 'complete' });
  });

  it('gives a marker that has content before it completes', () => {
    expect(record(of(message('a'), message('last'), message('b')).pipe(takeUntilDone(keeping)))).toEqual({
      values: [message('a'), message('last')],
      ending: 'complete',
    });
  });

  it('does not hear an error behind the marker', () => {
    const source = concat(
      of(done),
      throwError(() => 'boom'),
    );
    expect(record(source.pipe(takeUntilDone(openAiChat)))).toEqual({ values: [], ending: 'complete' });
  });

  it('stops pulling a synchronous source at the marker, and when the consumer has enough', () => {
    const markers = endless(done);
    const values = endless(message('{}'));

    expect(record(from(markers.source).pipe(takeUntilDone(openAiChat)))).toEqual({ values: [], ending: 'complete' });
    record(from(values.source).pipe(takeUntilDone(openAiChat), take(3)));
    expect([markers.pulled(), values.pulled()]).toEqual([1, 3]);
  });

  it('gives two subscriptions each their own marker', () => {
    const source = of(message('{}'), done, message('{}')).pipe(takeUntilDone(openAiChat));

    expect(record(source)).toEqual(record(source));
    expect(record(source)).toEqual({ values: [message('{}')], ending: 'complete' });
  });

  it('takes what is fed in from inside the consumer up to the marker', () => {
    const source = new Subject<Frame>();
    const seen: unknown[] = [];
    source.pipe(takeUntilDone(openAiChat)).subscribe({
      next: (frame) => {
        if (seen.push(frame) === 1) for (const next of [message('2'), done, message('3')]) source.next(next);
      },
      complete: () => seen.push('complete'),
    });
    source.next(message('1'));

    expect(seen).toEqual([message('1'), message('2'), 'complete']);
    expect(source.observed).toBe(false);
  });

  it('fails when the dialect throws', () => {
    const broken = takeUntilDone({
      terminal: 'marker',
      ending: () => {
        throw new Error('dialect');
      },
    });
    expect(record(of(message('{}')).pipe(broken))).toMatchObject({ ending: 'error', error: { message: 'dialect' } });
  });

  describe('for a dialect whose answers end with the marker', () => {
    const strict = { ...openAiChat, terminal: 'marker' } as const;

    it('is content with a marker', () => {
      expect(record(of(done).pipe(takeUntilDone(strict))).ending).toBe('complete');
    });

    it('makes a TruncatedError of an end without one, after the frames before it', () => {
      const { values, error } = record(of(message('{}')).pipe(takeUntilDone(strict)));

      expect(values).toEqual([message('{}')]);
      expect(error).toBeInstanceOf(TruncatedError);
      expect(error).toMatchObject({
        missing: 'marker',
        message: 'the stream ended before its closing marker: the answer is cut short',
      });
    });

    it('passes an error of the source on as it is', () => {
      expect(record(throwError(() => 'boom').pipe(takeUntilDone(strict)))).toMatchObject({ error: 'boom' });
    });
  });

  it.each(['stop-reason', 'eof'] as const)('needs no marker where the terminal is %s', (terminal) => {
    expect(record(of(message('{}')).pipe(takeUntilDone({ ...openAiChat, terminal }))).ending).toBe('complete');
  });

  describe('knows the marker', () => {
    it.each<[string, Frame, 'drop' | 'none']>([
      ['[DONE]', done, 'drop'],
      ['[DONE] with space around it', message(' [DONE] \n'), 'drop'],
      ['[DONE] with an event name', message('[DONE]', { event: 'done' }), 'drop'],
      ['[DONE] in text', message('{"choices":[{"delta":{"content":"[DONE]"}}]}'), 'none'],
      ['[DONE] in a comment', heartbeat('[DONE]'), 'none'],
      ['a stray line', stray('{[DONE]'), 'none'],
      ['another word', message('[done]'), 'none'],
    ])('of OpenAI: %s', (_, frame, expected) => {
      expect(openAiChat.ending(frame)).toBe(expected);
    });

    const stop = '{"type":"message_stop"}';
    it.each<[string, Frame, 'drop' | 'none']>([
      ['message_stop', message(stop, { event: 'message_stop' }), 'drop'],
      ['message_stop without an event line', message(stop), 'drop'],
      ['message_stop, the event renamed to the default', message(stop, { event: 'message' }), 'drop'],
      ['message_stop with fields and spaces', message('{ "x": 1, "type": "message_stop" }'), 'drop'],
      ['an event line alone', message('{}', { event: 'message_stop' }), 'drop'],
      ['message_stop in text', message('{"type":"x","text":"\\"message_stop\\""}'), 'none'],
      ['message_stop as a value elsewhere', message('{"type":"x","of":"message_stop"}'), 'none'],
      ['message_stop in what is no JSON', message('{"type":"message_stop"'), 'none'],
      ['message_delta', message('{"type":"message_delta"}', { event: 'message_delta' }), 'none'],
      ['[DONE]', done, 'none'],
      ['a comment', heartbeat('message_stop'), 'none'],
      ['a stray line', stray(stop), 'none'],
    ])('of Anthropic: %s', (_, frame, expected) => {
      expect(anthropicMessages.ending(frame)).toBe(expected);
    });
  });
});
