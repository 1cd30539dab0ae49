import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { NEVER, of, Subject, take, takeWhile, throwError, concat, type Observable } from 'rxjs';
import { type Delta, HttpError, InvalidOptionError, TruncatedError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { azureOpenAiChat, deepSeekChat, mistralChat, openAiChat, openRouterChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { ollama } from 'rxllm/ollama';
import { traceCompletion, type TraceCompletionOptions } from 'rxllm/otel';

import { call, end, finish, reasoning, start, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { durationMs, telemetry } from './telemetry.ts';

const request = {
  baseUrl: 'https://user:secret-in-url@api.openai.com/v1?key=secret-in-query',
  apiKey: 'secret-key',
  headers: { authorization: 'Bearer secret-header' },
  body: {
    model: 'gpt-5',
    max_completion_tokens: 200,
    temperature: 0.5,
    top_p: 1,
    stop: 'END',
    n: 2,
    messages: [{ role: 'user', content: 'secret-prompt' }],
  },
};

const whole: readonly Delta[] = [
  start('a1', 'gpt-5-2026'),
  text(0, 'secret-answer'),
  usage({ inputTokens: 9, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 }),
  finish('stop'),
  end,
];

/** What the SDK has of a stream that was traced. */
const traced = (source: Observable<Delta>, options: Partial<TraceCompletionOptions> = {}) => {
  const sdk = telemetry();
  const { tracer, meter } = sdk;
  const traced$ = source.pipe(traceCompletion({ provider: openAiChat, request, tracer, meter, ...options }));
  return { ...sdk, traced$ };
};

expectNoUncaughtError();

describe('traceCompletion', () => {
  it('passes deltas untouched and makes a span of the conventions', () => {
    const { traced$, spans } = traced(of(...whole));

    const { values, ending } = record(traced$);

    expect(values).toEqual(whole);
    values.forEach((value, index) => expect(value).toBe(whole[index]));
    expect(ending).toBe('complete');
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).toMatchObject({
      name: 'chat gpt-5',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      events: [],
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.request.stream': true,
        'gen_ai.request.max_tokens': 200,
        'gen_ai.request.temperature': 0.5,
        'gen_ai.request.top_p': 1,
        'gen_ai.request.stop_sequences': ['END'],
        'gen_ai.request.choice.count': 2,
        'gen_ai.response.id': 'a1',
        'gen_ai.response.model': 'gpt-5-2026',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 9,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.cache_read.input_tokens': 4,
        'gen_ai.usage.reasoning.output_tokens': 3,
        'server.address': 'api.openai.com',
        'server.port': 443,
      },
    });
  });

  it('is done with the span when its consumer hears of the end', () => {
    const { traced$, spans } = traced(of(...whole));
    const seen: number[] = [];

    traced$.subscribe({ complete: () => seen.push(spans().length) });

    expect(seen).toEqual([1]);
  });

  it('keeps secrets, prompts and answers to itself', async () => {
    const error = new Error('secret-in-a-thrown-error');
    const { traced$, spans, histograms } = traced(
      concat(
        of(...whole.slice(0, 4)),
        throwError(() => error),
      ),
    );
    record(traced$);

    const told = JSON.stringify([
      spans().map(({ attributes, events, status, name }) => ({ attributes, events, status, name })),
      await histograms(),
    ]);
    expect(told).toContain('gpt-5');
    expect(told).not.toContain('secret');
  });

  it('has a span for each subscription, and none before', () => {
    const { traced$, spans } = traced(of(...whole));

    expect(spans()).toHaveLength(0);
    record(traced$);
    record(traced$);

    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(2);
  });

  it('keeps subscriptions that run at the same time apart', () => {
    const sources = [new Subject<Delta>(), new Subject<Delta>()];
    const { tracer, meter, spans } = telemetry();
    const operator = traceCompletion({ provider: 'x', tracer, meter });
    for (const source of sources) source.pipe(operator).subscribe();
    sources.forEach((source, index) => source.next(start(`a${index}`)));
    sources.forEach((source) => source.complete());

    expect(spans().map(({ attributes }) => attributes['gen_ai.response.id'])).toEqual(['a0', 'a1']);
  });

  describe('in time', () => {
    const deltas: Record<string, Delta> = {
      s: start('a1', 'm2'),
      e: text(0, ''),
      t: text(0, 'Hi'),
      r: reasoning(0, 'Hm'),
      c: call(0, { id: 'c' }),
      u: usage({ inputTokens: 9, outputTokens: 5 }),
      f: finish('stop'),
      z: end,
      y: { type: 'retry', attempt: 2, delayMs: 30, error: new HttpError({ status: 503, url: 'http://a.test' }) },
      m: { type: 'resume', resumption: 1, delayMs: 20, error: new TruncatedError() },
    };
    const error = new HttpError({ status: 429, url: 'http://a.test' });
    /** What is there of a stream when it has run in virtual time. */
    const ran = (source: string, unsubscription?: string, options: Partial<TraceCompletionOptions> = {}) => {
      const sdk = telemetry();
      marbles(({ cold, expectObservable }) => {
        const { tracer, meter } = sdk;
        const source$ = cold(source, deltas, error);
        const traced$ = source$.pipe(traceCompletion({ provider: 'openai', model: 'm', tracer, meter, ...options }));
        if (unsubscription === undefined) expectObservable(traced$).toBe(source, deltas, error);
        else expectObservable(traced$, unsubscription);
      })();
      return sdk;
    };

    it('measures the whole, the first piece and the gaps between pieces, in seconds', async () => {
      const { spans, measured } = ran('s 99ms e 99ms r 49ms t 19ms c u f 7ms (z|)');

      expect(durationMs(spans()[0]!)).toBe(280);
      expect(spans()[0]?.attributes['gen_ai.response.time_to_first_chunk']).toBe(0.2);
      const dimensions = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'm',
        'gen_ai.response.model': 'm2',
      };
      expect(await measured('gen_ai.client.operation.duration')).toEqual([
        { attributes: dimensions, value: expect.objectContaining({ count: 1, sum: 0.28 }) },
      ]);
      expect(await measured('gen_ai.client.operation.time_to_first_chunk')).toEqual([
        { attributes: dimensions, value: expect.objectContaining({ count: 1, sum: 0.2 }) },
      ]);
      expect(await measured('gen_ai.client.operation.time_per_output_chunk')).toEqual([
        { attributes: dimensions, value: expect.objectContaining({ count: 2, min: 0.02, max: 0.05 }) },
      ]);
      expect(await measured('gen_ai.client.token.usage')).toEqual([
        {
          attributes: { ...dimensions, 'gen_ai.token.type': 'input' },
          value: expect.objectContaining({ count: 1, sum: 9 }),
        },
        {
          attributes: { ...dimensions, 'gen_ai.token.type': 'output' },
          value: expect.objectContaining({ count: 1, sum: 5 }),
        },
      ]);
    });

    it('has the units and the buckets of the conventions', async () => {
      const { histograms } = ran('sttu(z|)');
      const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
      const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

      const found = (await histograms()).map(({ descriptor, dataPoints }) => [
        descriptor.name,
        descriptor.unit,
        dataPoints[0]?.value.buckets.boundaries,
      ]);

      expect(found).toEqual([
        ['gen_ai.client.operation.duration', 's', seconds],
        ['gen_ai.client.operation.time_to_first_chunk', 's', seconds],
        ['gen_ai.client.operation.time_per_output_chunk', 's', seconds],
        ['gen_ai.client.token.usage', '{token}', tokens],
      ]);
    });

    it('tells of retries as events, and of the answer of the last attempt alone', async () => {
      const { spans, measured } = ran('9ms y 29ms s t u y 29ms s 9ms t 4ms t f (z|)');

      expect(spans()).toHaveLength(1);
      const [span] = spans();
      expect(span?.status.code).toBe(SpanStatusCode.UNSET);
      expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual(
        Array.from({ length: 2 }, () => [
          'rxllm.retry',
          { 'rxllm.attempt': 2, 'rxllm.delay_ms': 30, 'error.type': '503' },
        ]),
      );
      expect(span?.attributes).not.toHaveProperty(['gen_ai.usage.input_tokens']);
      expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBe(0.04);
      // Not the gap between the last piece of one attempt and the first of the next.
      expect((await measured('gen_ai.client.operation.time_per_output_chunk'))[0]?.value).toMatchObject({
        count: 1,
        sum: 0.005,
      });
    });

    it('tells of resumptions as events', async () => {
      const { spans, measured } = ran('s t m 49ms t f (z|)');

      expect(spans()[0]?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
        ['rxllm.resume', { 'rxllm.resumption': 1, 'rxllm.delay_ms': 20, 'error.type': 'TruncatedError' }],
      ]);
      expect(await measured('gen_ai.client.operation.time_per_output_chunk')).toEqual([]);
    });

    it('ends with an error by its type, and passes it on', async () => {
      const { spans, measured } = ran('s t 9ms #');

      const [span] = spans();
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: error.message });
      expect(span?.attributes).toMatchObject({ 'error.type': '429', 'http.response.status_code': 429 });
      expect(durationMs(span!)).toBe(11);
      const [{ attributes, value }] = (await measured('gen_ai.client.operation.duration')) as [never];
      expect(attributes).toMatchObject({ 'error.type': '429', 'gen_ai.response.model': 'm2' });
      expect(value).toMatchObject({ count: 1, sum: 0.011 });
    });

    it('is stopped, and no error, when it is left', async () => {
      const { spans, measured } = ran('s t 9ms t', '----!');

      const [span] = spans();
      expect(span?.status.code).toBe(SpanStatusCode.UNSET);
      expect(span?.attributes).not.toHaveProperty(['error.type']);
      expect(span?.events.map(({ name }) => name)).toEqual(['rxllm.stopped']);
      expect(durationMs(span!)).toBe(4);
      const [{ attributes }] = (await measured('gen_ai.client.operation.duration')) as [never];
      expect(attributes).not.toHaveProperty(['error.type']);
    });

    it('lets go of the source when it is left', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('s t', deltas);
        expectObservable(source.pipe(traceCompletion({ provider: 'x' })), '^--!').toBe('s t', deltas);
        expectSubscriptions(source.subscriptions).toBe('^--!');
      })();
    });

    it('says nothing of a first piece that never came', async () => {
      const { spans, histograms } = ran('s 9ms |');

      expect(spans()[0]?.attributes).not.toHaveProperty(['gen_ai.response.time_to_first_chunk']);
      expect((await histograms()).map(({ descriptor }) => descriptor.name)).toEqual([
        'gen_ai.client.operation.duration',
      ]);
    });
  });

  it.each<readonly [string, unknown, string, string | undefined]>([
    ['a status', new HttpError({ status: 404, url: 'http://a.test' }), '404', 'HTTP 404'],
    ['a hidden redirect', new HttpError({ status: 0, url: 'http://a.test' }), 'HttpError', 'HTTP 0'],
    ['an error of a stream', new TruncatedError(), 'TruncatedError', 'ended'],
    ['one of the program', new RangeError('mine'), 'RangeError', undefined],
    ['a word', 'mine', '_OTHER', undefined],
    ['nothing', undefined, '_OTHER', undefined],
  ])('tells %s by its type', (_what, error, errorType, words) => {
    const { traced$, spans } = traced(throwError(() => error));

    expect(record(traced$)).toEqual({ values: [], ending: 'error', error });
    expect(spans()[0]?.attributes['error.type']).toBe(errorType);
    expect(spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
    if (words === undefined) expect(spans()[0]?.status.message).toBeUndefined();
    else expect(spans()[0]?.status.message).toContain(words);
  });

  it.each<readonly [provider: string, operation: string, TraceCompletionOptions['provider']]>([
    ['openai', 'chat', openAiChat],
    ['openai', 'chat', openAiResponses],
    ['azure.ai.openai', 'chat', azureOpenAiChat()],
    ['anthropic', 'chat', anthropicMessages],
    ['gcp.gemini', 'generate_content', gemini],
    ['deepseek', 'chat', deepSeekChat],
    ['mistral_ai', 'chat', mistralChat],
    ['openrouter', 'chat', openRouterChat],
    ['ollama', 'chat', ollama],
    ['gateway', 'chat', { name: 'gateway-chat' }],
    ['toString', 'chat', { name: 'toString' }],
    ['aws.bedrock', 'chat', 'aws.bedrock'],
    ['gcp.vertex_ai', 'generate_content', 'gcp.vertex_ai'],
  ])('calls the provider %s, and what it does %s', (name, operation, provider) => {
    const { traced$, spans } = traced(of(...whole), { provider, request: undefined });
    record(traced$);

    expect(spans()[0]?.name).toBe(operation);
    expect(spans()[0]?.attributes).toMatchObject({
      'gen_ai.provider.name': name,
      'gen_ai.operation.name': operation,
    });
  });

  it.each([
    ['http://localhost:11434', 'localhost', 11_434],
    ['http://localhost/v1', 'localhost', 80],
    ['https://[::1]:8443', '::1', 8_443],
    ['/api/llm', undefined, undefined],
    ['file:///tmp', undefined, undefined],
    ['', undefined, undefined],
  ])('knows the server at %j', (baseUrl, address, port) => {
    const { traced$, spans } = traced(of(...whole), { request: { baseUrl } });
    record(traced$);

    expect(spans()[0]?.attributes['server.address']).toBe(address);
    expect(spans()[0]?.attributes['server.port']).toBe(port);
  });

  it.each([
    [
      { generationConfig: { maxOutputTokens: 7, topK: 3, stopSequences: ['a', 'b'], candidateCount: 1 } },
      7,
      3,
      ['a', 'b'],
    ],
    [{ options: { num_predict: 8, top_k: 4, stop: ['c'] } }, 8, 4, ['c']],
    [{ max_output_tokens: 9 }, 9, undefined, undefined],
    [{ max_tokens: 'many', stop: 5, generationConfig: null, options: 'x' }, undefined, undefined, undefined],
    ['body', undefined, undefined, undefined],
    [null, undefined, undefined, undefined],
  ])('reads the settings of any body (%j)', (body, maxTokens, topK, stop) => {
    const { traced$, spans } = traced(of(...whole), { request: { body } });
    record(traced$);

    const attributes = spans()[0]?.attributes ?? {};
    expect(attributes['gen_ai.request.max_tokens']).toBe(maxTokens);
    expect(attributes['gen_ai.request.top_k']).toBe(topK);
    expect(attributes['gen_ai.request.stop_sequences']).toEqual(stop);
    expect(attributes).not.toHaveProperty(['gen_ai.request.choice.count']);
  });

  it('has the reasons of all choices, in their order and in the words of the provider', () => {
    const { traced$, spans } = traced(
      of(start(), finish('length', 'max_tokens', 1), finish('stop', 'end_turn', 0), end),
    );
    record(traced$);

    expect(spans()[0]?.attributes['gen_ai.response.finish_reasons']).toEqual(['end_turn', 'max_tokens']);
  });

  it('sets attributes of the caller on the span, and on nothing that is measured', async () => {
    const attributes = { 'gen_ai.conversation.id': 'c7' };
    const { traced$, spans, measured } = traced(of(...whole), { attributes });
    record(traced$);

    expect(spans()[0]?.attributes).toMatchObject(attributes);
    for (const point of await measured('gen_ai.client.operation.duration')) {
      expect(point.attributes).not.toHaveProperty(['gen_ai.conversation.id']);
    }
  });

  it('works with a source that is synchronous and endless', () => {
    const { traced$, spans } = traced(concat(of(...whole.slice(0, 2)), NEVER));

    expect(record(traced$.pipe(take(2))).values).toHaveLength(2);
    expect(spans()).toHaveLength(1);
    expect(spans()[0]?.events.map(({ name }) => name)).toEqual(['rxllm.stopped']);
  });

  it('is no stop to leave once the end was seen', () => {
    const { traced$, spans } = traced(concat(of(...whole), NEVER));

    expect(record(traced$.pipe(takeWhile(({ type }) => type !== 'end', true))).values).toEqual(whole);
    expect(spans().map(({ events }) => events)).toEqual([[]]);
  });

  it('keeps the order of what is emitted from within a consumer', () => {
    const source = new Subject<Delta>();
    const { traced$ } = traced(source);
    const seen: string[] = [];
    traced$.subscribe((delta) => {
      if (delta.type === 'start') source.next(text(0, 'b'));
      seen.push(delta.type);
    });
    source.next(start());

    expect(seen).toEqual(['start', 'text']);
  });

  it('takes deltas without a start, an end or a usage', () => {
    const { traced$, spans } = traced(of(text(0, 'Hi')));

    expect(record(traced$).ending).toBe('complete');
    expect(spans()[0]?.attributes).not.toHaveProperty(['gen_ai.response.id']);
  });

  it('gives the answer also where there is no making of spans', () => {
    const startSpan = (): never => {
      throw new Error('no span');
    };
    const { traced$ } = traced(of(...whole), { tracer: { startSpan, startActiveSpan: startSpan } });

    expect(record(traced$)).toEqual({ values: whole, ending: 'complete' });
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ['provider', {}],
    ['provider', { provider: '' }],
    ['provider', { provider: null }],
    ['provider', { provider: {} }],
    ['model', { provider: 'x', model: '' }],
    ['model', { provider: 'x', model: 5 }],
    ['agent', { provider: 'x', agent: '' }],
    ['captureContent', { provider: 'x', captureContent: 'false' }],
  ])('refuses a wrong %s at the call (%j)', (option, options) => {
    const error = thrownBy(() => traceCompletion(options as never));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option });
  });
});
