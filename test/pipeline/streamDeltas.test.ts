import { lastValueFrom, type Observable, take, toArray } from 'rxjs';
import {
  ApiError,
  ContentTypeError,
  type Delta,
  type Dialect,
  HttpError,
  InvalidOptionError,
  NetworkError,
  streamDeltas,
  type StreamOptions,
  TruncatedError,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { finish, partEnd, partStart, start, text, textPart } from '../support/deltas.ts';
import { expectNoUncaughtError, thrownBy } from '../support/record.ts';

const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
const baseUrl = 'http://fake.test/v1';

type Body = typeof body & { readonly n?: number };

const optionsFor = (
  replies: readonly Reply[],
  more: Partial<StreamOptions<Body>> = {},
): { options: StreamOptions<Body>; provider: ReturnType<typeof fakeProvider> } => {
  const provider = fakeProvider({ replies });
  return { provider, options: { baseUrl, fetch: provider.fetch, body, retry: false, ...more } };
};

const all = (deltas: Observable<Delta>): Promise<Delta[]> => lastValueFrom(deltas.pipe(toArray()));

/** What came before the error that a stream ends in, and that error. */
const failed = async (deltas: Observable<Delta>): Promise<{ seen: readonly Delta[]; error: unknown }> => {
  const seen: Delta[] = [];
  const error: unknown = await new Promise((resolve, reject) => {
    deltas.subscribe({
      next: (delta) => seen.push(delta),
      error: resolve,
      complete: () => {
        reject(new Error('it completed'));
      },
    });
  });
  return { seen, error };
};

const contentOf = (deltas: readonly Delta[]): readonly Delta[] => deltas.filter(({ type }) => type !== 'usage');

describe('streamDeltas', () => {
  expectNoUncaughtError();

  describe.each<Dialect<Body>>([openAiChat, anthropicMessages])('with $name', (dialect) => {
    const deltas = answer({
      id: 'a1',
      model: 'm',
      reasoning: ['H', 'm'],
      text: ['漢', '🎉'],
      toolCalls: [{ id: 'c1', name: 'f', arguments: ['{"a"', ':1}'] }],
    });
    // Chat Completions sends an id with the name, and no more than that.
    const expected = deltas.map((delta) => (delta.type === 'finish' ? { ...delta, raw: expect.any(String) } : delta));

    it.each<[string, Partial<Reply>]>([
      ['whole', {}],
      ['byte by byte', { writeBytes: 1 }],
      ['with CRLF', { lineEnd: '\r\n' }],
      ['with CR, in threes', { lineEnd: '\r', writeBytes: 3 }],
    ])('gives the deltas of an answer that is sent %s', async (_, how) => {
      const { options } = optionsFor([{ deltas, ...how }]);

      expect(contentOf(await all(streamDeltas(dialect, options)))).toEqual(expected);
    });

    it('sends a request per subscription, and none before', async () => {
      const { options, provider } = optionsFor([{ deltas }]);
      const stream = streamDeltas(dialect, options);
      expect(provider.requests).toHaveLength(0);

      await all(stream);
      await all(stream);
      expect(provider.requests).toHaveLength(2);
      expect(provider.requests[0]?.body).toMatchObject({ ...body, stream: true });
      expect(provider.requests.map(({ endedBy }) => endedBy)).not.toContain(undefined);
    });

    it('leaves the server at once when the consumer leaves', async () => {
      const { options, provider } = optionsFor([{ deltas, fault: { kind: 'stall', afterBytes: 400 } }]);
      await all(streamDeltas(dialect, options).pipe(take(1)));

      expect(provider.requests[0]?.endedBy).toBe('client');
    });

    it('completes at the marker, though the server keeps the connection open', async () => {
      const { options, provider } = optionsFor([{ deltas, fault: { kind: 'stall', afterBytes: 1e6 } }]);

      expect((await all(streamDeltas(dialect, options))).at(-1)).toEqual({ type: 'end' });
      expect(provider.requests[0]?.endedBy).toBe('client');
    });

    it('gives an error of the provider after the content before it', async () => {
      const error = { message: 'Overloaded', code: 'overloaded_error' };
      const { options } = optionsFor([{ deltas: answer({ text: ['Hel', 'lo'] }), error }]);
      const { seen, error: caught } = await failed(streamDeltas(dialect, options));

      expect(caught).toBeInstanceOf(ApiError);
      expect(caught).toMatchObject({ code: 'overloaded_error', providerMessage: 'Overloaded' });
      expect(seen.filter(({ type }) => type === 'text')).toEqual([text(0, 'Hel'), text(0, 'lo')]);
      expect(seen.map(({ type }) => type)).not.toContain('finish');
    });

    it('gives a typed error for a response that is no stream', async () => {
      const html = { bytes: '<html>', headers: { 'content-type': 'text/html' } };
      const failing = { status: 401, error: { message: 'Who?', code: 'authentication_error' } };
      const errorOf = async (reply: Reply) => (await failed(streamDeltas(dialect, optionsFor([reply]).options))).error;

      expect(await errorOf(html)).toBeInstanceOf(ContentTypeError);
      expect(await errorOf(failing)).toBeInstanceOf(HttpError);
      expect(await errorOf(failing)).toMatchObject({ status: 401, code: 'authentication_error', isRetryable: false });
    });

    describe('cut anywhere', () => {
      const short = answer({ id: 'a1', model: 'm', text: ['To ', 'be ', 'or'] });

      it.each(['fin', 'rst'] as const)('by a %s, is the whole answer or an error after a part of it', async (kind) => {
        const whole = contentOf(await all(streamDeltas(dialect, optionsFor([{ deltas: short }]).options)));
        const size = whole.length;
        let complete = 0;
        for (let afterBytes = 0; afterBytes < 1_600; afterBytes += 7) {
          const { options } = optionsFor([{ deltas: short, fault: { kind: 'cut', afterBytes, with: kind } }]);
          const outcome = await failed(streamDeltas(dialect, options)).catch(() => undefined);
          if (outcome === undefined) {
            complete += 1;
            continue;
          }
          const seen = contentOf(outcome.seen);
          expect(seen).toEqual(whole.slice(0, seen.length));
          expect(seen.length).toBeLessThan(size - 1);
          expect(seen.map(({ type }) => type)).not.toContain('finish');
          expect(outcome.error).toBeInstanceOf(kind === 'fin' ? TruncatedError : NetworkError);
        }
        expect(complete).toBeGreaterThan(10);
      });
    });

    it.each<[string, object]>([
      ['baseUrl', { baseUrl: 'nowhere' }],
      ['body.model', { body: { ...body, model: undefined } }],
      ['body', { body: undefined }],
      ['maxRetries', { retry: { maxRetries: -1 } }],
      ['firstDelayMs', { retry: { firstDelayMs: -1 } }],
      ['connectMs', { timeouts: { connectMs: 0 } }],
      ['firstFrameMs', { timeouts: { firstFrameMs: -1 } }],
      ['idleMs', { timeouts: { idleMs: NaN } }],
      ['firstTokenMs', { timeouts: { firstTokenMs: 0 } }],
      ['stalledMs', { timeouts: { stalledMs: 0 } }],
      ['totalMs', { timeouts: { totalMs: 0 } }],
    ])('throws at the call when %s is wrong', (option, wrong) => {
      const { options } = optionsFor([]);
      const error = thrownBy(() => streamDeltas(dialect, { ...options, ...wrong }));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option });
    });
  });

  describe('with several choices', () => {
    const both: readonly Delta[] = [
      start(),
      partStart(0, 'text'),
      text(0, 'a'),
      partStart(0, 'text', {}, 1),
      text(0, 'b', 1),
      partEnd(0, 1),
      finish('length', 'length', 1),
      partEnd(0),
      finish('stop'),
      { type: 'end' },
    ];
    const one: readonly Delta[] = [start(), ...textPart(0, ['a']), finish('stop'), { type: 'end' }];

    it('waits for all that the body asks for', async () => {
      const { options } = optionsFor([{ deltas: both }], { body: { ...body, n: 2 } });

      expect(await all(streamDeltas(openAiChat, options))).toEqual(both);
    });

    it('is truncated when one of them is missing', async () => {
      const { options } = optionsFor([{ deltas: one }], { body: { ...body, n: 2 } });

      expect((await failed(streamDeltas(openAiChat, options))).error).toMatchObject({
        _tag: 'TruncatedError',
        finishedChoices: 1,
        expectedChoices: 2,
      });
    });

    it('is whole once all have finished, though the connection breaks then', async () => {
      const { options } = optionsFor(
        [{ deltas: both.slice(0, -1), fault: { kind: 'cut', afterBytes: 1e6, with: 'rst' } }],
        {
          body: { ...body, n: 2 },
        },
      );

      expect((await all(streamDeltas(openAiChat, options))).at(-1)).toEqual({ type: 'end' });
    });

    it.each([0, -1, 1.5, NaN])('throws at the call for n: %p', (n) => {
      const { options } = optionsFor([], { body: { ...body, n } });

      expect(thrownBy(() => streamDeltas(openAiChat, options))).toBeInstanceOf(InvalidOptionError);
    });
  });

  describe('and retry', () => {
    const overloaded: Reply = { status: 529, error: { message: 'Overloaded', code: 'overloaded_error' } };
    const good: Reply = { deltas: answer({ text: ['Hi'] }) };
    const cut: Reply = { deltas: answer({ text: ['Hi'] }).slice(0, 3) };
    const retry = { firstDelayMs: 0 };

    it('sends the request again while nothing of the answer has come', async () => {
      const { options, provider } = optionsFor([overloaded, overloaded, good], { retry });
      const deltas = await all(streamDeltas(openAiChat, options));

      expect(deltas.map(({ type }) => type).slice(0, 4)).toEqual(['retry', 'retry', 'start', 'part-start']);
      expect(deltas[2]).toMatchObject({ type: 'start', attempt: 3 });
      expect(provider.requests).toHaveLength(3);
    });

    it('gives the error once something of it has come', async () => {
      const { options, provider } = optionsFor([cut, good], { retry });
      const { seen, error } = await failed(streamDeltas(openAiChat, options));

      expect(error).toBeInstanceOf(TruncatedError);
      expect(seen.at(-1)).toEqual(text(0, 'Hi'));
      expect(provider.requests).toHaveLength(1);
    });

    it('does neither when it is off', async () => {
      const { options, provider } = optionsFor([overloaded, good], { retry: false });

      expect((await failed(streamDeltas(openAiChat, options))).error).toBeInstanceOf(HttpError);
      expect(provider.requests).toHaveLength(1);
    });
  });
});
