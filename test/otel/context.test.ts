import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import * as t from 'io-ts';
import { concatMap, firstValueFrom, lastValueFrom, of, tap, timer, toArray } from 'rxjs';
import { accumulateDelta, type Delta, lastCompletion, runTools, streamDeltas, tool } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { traceCompletion } from 'rxllm/otel';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { call, end, finish, start, stepEnd, text, toolRun, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNoUncaughtError, record } from '../support/record.ts';
import { durationMs, registered, startMs, telemetry, tree, unregistered } from './telemetry.ts';

afterEach(unregistered);

expectNoUncaughtError();

/** A provider behind a `fetch` that is instrumented: each request has a span below the active one. */
const instrumented = (replies: readonly Reply[]) => {
  const { fetch } = fakeProvider({ replies });
  const body = { model: 'm', messages: [] };
  const tracedFetch = async (...args: Parameters<typeof fetch>): Promise<Response> => {
    // Late enough that only a context manager knows whose request it is.
    await new Promise((resolve) => setTimeout(resolve, 1));
    return trace.getTracer('http').startActiveSpan('POST', async (span) => {
      const response = await fetch(...args);
      span.end();
      return response;
    });
  };
  return { baseUrl: 'http://fake.test/v1', fetch: tracedFetch, body, retry: { firstDelayMs: 1 } };
};

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city, now',
  input: t.type({ city: t.string }),
  run: async ({ city }) => {
    await firstValueFrom(timer(2));
    return `sunny in ${city}`;
  },
});

const askWeather = (...cities: readonly string[]): Reply => ({
  deltas: answer({
    toolCalls: cities.map((city, index) => ({
      id: `c${index}`,
      name: 'get_weather',
      arguments: JSON.stringify({ city }),
    })),
    usage: { inputTokens: 10, outputTokens: 2 },
  }),
});
const said: Reply = { deltas: answer({ text: 'It is sunny.', usage: { inputTokens: 20, outputTokens: 4 } }) };

describe('the context of a traced answer', () => {
  it('has the span as the parent of what the request does', async () => {
    const { spans } = registered();
    const request = instrumented([said]);

    await lastValueFrom(streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request })));

    expect(tree(spans())).toEqual(['chat m > POST', 'chat m']);
  });

  it('has it also for later attempts', async () => {
    const { spans } = registered();
    const request = instrumented([{ status: 503 }, said]);

    await lastValueFrom(streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request })));

    expect(tree(spans())).toEqual(['chat m > POST', 'chat m > POST', 'chat m']);
    expect(
      spans()
        .at(-1)
        ?.events.map(({ name }) => name),
    ).toEqual(['rxllm.retry']);
  });

  it('stands below the span of the caller', async () => {
    const { spans, tracer } = registered();
    const request = instrumented([said]);
    const traced$ = streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request }));

    await tracer.startActiveSpan('GET /chat', async (span) => {
      await lastValueFrom(traced$);
      span.end();
    });

    expect(tree(spans())).toEqual(['chat m > POST', 'GET /chat > chat m', 'GET /chat']);
  });

  it("goes on as the caller's for what comes behind: values, completion and error", async () => {
    const { tracer } = registered();
    const request = instrumented([said, { status: 401 }]);
    const traced$ = streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request }));

    await tracer.startActiveSpan('mine', async (mine) => {
      const seen = new Set<unknown>();
      const see = (): unknown => seen.add(trace.getActiveSpan());
      await lastValueFrom(traced$.pipe(tap({ next: see, complete: see })));
      expect(seen).toEqual(new Set([mine]));
      await lastValueFrom(traced$.pipe(tap({ error: see }))).catch(() => undefined);
      expect(seen).toEqual(new Set([mine]));
    });
  });

  it('lets one answer that follows another stand beside it', async () => {
    const { spans } = registered();
    const request = instrumented([said, said]);
    const traced$ = streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request }));

    await lastValueFrom(
      traced$.pipe(
        accumulateDelta(),
        lastCompletion(),
        concatMap(() => traced$),
      ),
    );

    expect(tree(spans())).toEqual(['chat m > POST', 'chat m', 'chat m > POST', 'chat m']);
    expect(spans()[1]?.parentSpanContext).toBeUndefined();
    expect(spans()[3]?.parentSpanContext).toBeUndefined();
  });
});

describe('a run with tools', () => {
  it('has a span for each request and each tool, all below the agent', async () => {
    const { spans } = registered();
    const request = instrumented([askWeather('Rome', 'Oslo'), said]);
    const deltas$ = runTools(openAiChat, request, [weather]);
    const traced$ = deltas$.pipe(traceCompletion({ provider: openAiChat, request, agent: 'forecast' }));

    await lastValueFrom(traced$);

    expect(tree(spans())).toEqual([
      'chat m > POST',
      'invoke_agent forecast > chat m',
      'invoke_agent forecast > execute_tool get_weather',
      'invoke_agent forecast > execute_tool get_weather',
      'chat m > POST',
      'invoke_agent forecast > chat m',
      'invoke_agent forecast',
    ]);
    // Each request below its own step, not below the first.
    const [firstPost, firstChat, , , secondPost, secondChat] = spans();
    expect(firstPost?.parentSpanContext?.spanId).toBe(firstChat?.spanContext().spanId);
    expect(secondPost?.parentSpanContext?.spanId).toBe(secondChat?.spanContext().spanId);
    expect(spans().at(-1)?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'forecast',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': 30,
      'gen_ai.usage.output_tokens': 6,
    });
    expect(firstChat?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.response.finish_reasons': ['tool_calls'],
    });
    expect(spans()[2]?.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_weather',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': 'c0',
    });
  });

  it('measures each request, each tool and the whole', async () => {
    const { measured } = registered();
    const request = instrumented([askWeather('Rome', 'Oslo'), said]);
    const deltas$ = runTools(openAiChat, request, [weather]);

    await lastValueFrom(deltas$.pipe(traceCompletion({ provider: openAiChat, request, agent: 'forecast' })));

    const counts = async (name: string): Promise<readonly number[]> =>
      (await measured(name)).map(({ value }) => value.count);
    expect(await counts('gen_ai.client.operation.duration')).toEqual([2]);
    expect(await counts('gen_ai.client.operation.time_to_first_chunk')).toEqual([2]);
    expect(await counts('gen_ai.execute_tool.duration')).toEqual([2]);
    expect(await counts('gen_ai.invoke_agent.duration')).toEqual([1]);
    expect((await measured('gen_ai.execute_tool.duration'))[0]?.attributes).toEqual({
      'gen_ai.tool.name': 'get_weather',
      'gen_ai.tool.type': 'function',
      'gen_ai.agent.name': 'forecast',
    });
    expect((await measured('gen_ai.client.token.usage')).map(({ value }) => value.sum)).toEqual([30, 6]);
  });

  it('lets what a tool does stand below the agent, and what comes behind beside it', async () => {
    const { spans, tracer } = registered();
    const lookUp = tool({
      ...weather,
      run: async () => {
        await firstValueFrom(timer(1));
        tracer.startSpan('look up').end();
        return 'sunny';
      },
    });
    const request = instrumented([askWeather('Rome'), said, { status: 401 }]);
    const traced$ = runTools(openAiChat, request, [lookUp]).pipe(
      traceCompletion({ provider: openAiChat, request, agent: 'forecast' }),
    );
    const behind = (name: string) => () => tracer.startSpan(name).end();

    await lastValueFrom(traced$.pipe(tap({ complete: behind('completed') })));
    await lastValueFrom(traced$.pipe(tap({ error: behind('failed') }))).catch(() => undefined);

    expect(tree(spans())).toContain('invoke_agent forecast > look up');
    expect(tree(spans())).toContain('completed');
    expect(tree(spans())).toContain('failed');
  });

  it("does not count the time that an approval takes as the model's", () => {
    const { tracer, meter, spans } = telemetry();
    const deltas: Record<string, Delta> = {
      s: start(),
      c: call(0, { id: 'c1', name: 'f' }),
      f: finish('tool-calls'),
      r: toolRun(0, {}),
      d: toolRun(0, { result: 1 }),
      p: stepEnd(0),
      S: start('a2', 'm', 1),
      F: finish('stop'),
      P: stepEnd(1),
      e: end,
    };
    marbles(({ cold, expectObservable }) => {
      const source = '9ms s c f 999ms r 19ms (dp) 36ms S F 9ms (Pe|)';
      const traced$ = cold(source, deltas).pipe(traceCompletion({ provider: 'x', agent: 'a', tracer, meter }));
      expectObservable(traced$).toBe(source, deltas);
    })();

    expect(spans().map((span) => [span.name, startMs(span), durationMs(span)])).toEqual([
      ['chat', 0, 11],
      ['execute_tool f', 1_011, 20],
      // From when the request goes out, which no delta tells of.
      ['chat', 1_031, 41],
      ['invoke_agent a', 0, 1_082],
    ]);
  });

  it.each([
    ['denied', { approve: () => false }, [weather]],
    ['unknown-tool', {}, []],
    ['failed', {}, [tool({ ...weather, run: () => Promise.reject(new Error('secret')) })]],
  ] as const)('tells of a call that was %s', async (reason, options, tools) => {
    const { spans } = registered();
    const request = instrumented([askWeather('Rome'), said]);
    const deltas$ = runTools(openAiChat, request, tools, options);

    await lastValueFrom(deltas$.pipe(traceCompletion({ provider: openAiChat, request })));

    const span = spans().find(({ name }) => name === 'execute_tool get_weather');
    expect(span?.attributes['error.type']).toBe(reason);
    expect(span?.status).toEqual({ code: 2 });
    expect(spans().filter(({ name }) => name === 'chat m')).toHaveLength(2);
  });

  it('ends what runs when it is left, without an error', async () => {
    const { spans } = registered();
    const request = instrumented([askWeather('Rome'), said]);
    const traced$ = runTools(openAiChat, request, [weather]).pipe(
      traceCompletion({ provider: openAiChat, request, agent: 'forecast' }),
    );

    await new Promise<void>((resolve) => {
      const subscription = traced$.subscribe(({ type }) => {
        if (type !== 'tool-running') return;
        subscription.unsubscribe();
        resolve();
      });
    });

    expect(tree(spans()).slice(2)).toEqual([
      'invoke_agent forecast > execute_tool get_weather',
      'invoke_agent forecast',
    ]);
    for (const { status, events } of spans().slice(2)) {
      expect(status.code).toBe(0);
      expect(events.map(({ name }) => name)).toEqual(['rxllm.stopped']);
    }
  });

  it('ends all with the error of a later request', async () => {
    const { spans } = registered();
    const request = instrumented([askWeather('Rome'), { status: 401 }]);
    const traced$ = runTools(openAiChat, request, [weather]).pipe(
      traceCompletion({ provider: openAiChat, request, agent: 'forecast' }),
    );

    await expect(lastValueFrom(traced$)).rejects.toThrow('401');

    const types = spans().map(({ name, attributes }) => [name, attributes['error.type']]);
    expect(types).toEqual([
      ['POST', undefined],
      ['chat m', undefined],
      ['execute_tool get_weather', undefined],
      ['POST', undefined],
      ['chat m', '401'],
      ['invoke_agent forecast', '401'],
    ]);
  });

  it('has a span for the request that lets a model go on which paused', () => {
    const { spans, tracer } = telemetry();
    const pause: readonly Delta[] = [start(), finish('pause'), stepEnd(0)];
    const deltas = [...pause, start('a2', 'm', 1), finish('stop'), stepEnd(1), end];

    record(of(...deltas).pipe(traceCompletion({ provider: 'x', tracer })));

    expect(spans().map(({ attributes }) => attributes['gen_ai.response.id'])).toEqual(['a1', 'a2']);
  });

  it('makes no span for a request that never goes out', () => {
    const { spans, tracer } = telemetry();
    const deltas: readonly Delta[] = [start(), text(0, 'Hi'), stepEnd(0), end];

    record(of(...deltas).pipe(traceCompletion({ provider: 'x', tracer })));

    expect(spans()).toHaveLength(1);
  });
});

describe('traceCompletion', () => {
  it('finds an SDK that is registered after it was called', async () => {
    const operator = traceCompletion({ provider: 'x', model: 'm' });
    const { spans, measured } = registered();

    record(of(start(), usage({ inputTokens: 1 }), end).pipe(operator));

    expect(spans().map(({ name }) => name)).toEqual(['chat m']);
    expect(await measured('gen_ai.client.operation.duration')).toHaveLength(1);
  });

  it('measures also what is not sampled', async () => {
    const { spans, tracer, meter, measured } = telemetry({ sampler: new AlwaysOffSampler() });

    record(of(start(), end).pipe(traceCompletion({ provider: 'x', tracer, meter, captureContent: true })));

    expect(spans()).toEqual([]);
    expect(await measured('gen_ai.client.operation.duration')).toHaveLength(1);
  });

  it('lets everything pass where no SDK is registered', async () => {
    const request = instrumented([askWeather('Rome'), said]);
    const deltas$ = runTools(openAiChat, request, [weather]);

    const deltas = await lastValueFrom(
      deltas$.pipe(traceCompletion({ provider: openAiChat, request, agent: 'a', captureContent: true }), toArray()),
    );

    expect(deltas.at(-1)).toEqual(end);
  });

  it('says nothing to the diagnostics of OpenTelemetry when all is well', async () => {
    const complaints: unknown[] = [];
    const complain = (...words: unknown[]): unknown => complaints.push(words);
    diag.setLogger(
      { error: complain, warn: complain, info: () => 0, debug: () => 0, verbose: () => 0 },
      DiagLogLevel.WARN,
    );
    registered();
    const request = instrumented([askWeather('Rome'), said]);
    const options = { provider: openAiChat, request, agent: 'a', captureContent: true };

    await lastValueFrom(runTools(openAiChat, request, [weather]).pipe(traceCompletion(options)));
    diag.disable();

    expect(complaints).toEqual([]);
    expect(context.active()).toBeDefined();
  });
});
