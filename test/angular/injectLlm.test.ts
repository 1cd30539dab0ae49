import '../support/angular.ts';

import {
  createEnvironmentInjector,
  EnvironmentInjector,
  inject,
  InjectionToken,
  Injector,
  NgZone,
  PLATFORM_ID,
  runInInjectionContext,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import * as t from 'io-ts';
import { lastValueFrom, Observable, toArray } from 'rxjs';
import { accumulateDelta, InvalidOptionError, lastCompletion, pickDeltas, type StreamRunner, tool } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { injectLlm, type LlmConfig, provideLlm } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type FakeProviderOptions } from 'rxllm/testing';

import { inTestBed } from '../support/angular.ts';
import { ending, expectNothingUncaught, until } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

const messages = [{ role: 'user' as const, content: 'Hi' }];
const hello: FakeProviderOptions = { replies: [{ deltas: answer({ text: 'Hello there' }) }] };

const setup = (config: Partial<LlmConfig> = {}, options: FakeProviderOptions = hello) => {
  const fake = fakeProvider(options);
  const full: LlmConfig = {
    dialect: openAiChat,
    baseUrl: 'http://fake.test/v1',
    fetch: fake.fetch,
    body: { model: 'm', temperature: 0.5 },
    ...config,
  };
  return { fake, full };
};

describe('injectLlm', () => {
  expectNothingUncaught();

  it('gives deltas, completions and runs of tools', async () => {
    const { full } = setup();
    const llm = inTestBed([provideLlm(full)], () => injectLlm());
    const now = tool({ name: 'now', description: 'The time', input: t.type({}), run: () => 'noon' });
    const texts = await lastValueFrom(llm.deltas({ messages }).pipe(pickDeltas('text'), toArray()));

    expect(texts.map(({ text }) => text)).toEqual(['Hello', ' there']);
    expect(await lastValueFrom(llm.completion({ messages }))).toMatchObject({ text: 'Hello there', ended: true });
    expect(
      await lastValueFrom(llm.runTools({ messages }, [now]).pipe(accumulateDelta(), lastCompletion())),
    ).toMatchObject({ text: 'Hello there', ended: true });
  });

  it('sends nothing until it is subscribed to, then once for each subscription', async () => {
    const { fake, full } = setup();
    const completion$ = inTestBed([provideLlm(full)], () => injectLlm().completion({ messages }));
    expect(fake.requests).toEqual([]);

    await lastValueFrom(completion$);
    await lastValueFrom(completion$);
    expect(fake.requests).toHaveLength(2);
  });

  it('merges headers and fields of the body, and replaces the rest', async () => {
    const { fake, full } = setup({ headers: { 'X-Team': 'a', 'x-app': 'b' }, apiKey: 'k1' });
    const llm = inTestBed([provideLlm(full)], () =>
      injectLlm({ apiKey: 'k2', headers: { 'x-team': 'c' }, body: { temperature: 1, top_p: 0.1 }, retry: undefined }),
    );
    await lastValueFrom(llm.completion({ messages, top_p: 0.2 }));

    expect(fake.requests).toMatchObject([
      {
        headers: { 'x-team': 'c', 'x-app': 'b', authorization: 'Bearer k2' },
        body: { model: 'm', temperature: 1, top_p: 0.2, messages },
      },
    ]);
  });

  it('can ask another provider than the rest of the application', async () => {
    const { fake, full } = setup();
    const llm = inTestBed([provideLlm(full)], () =>
      injectLlm({ dialect: anthropicMessages, baseUrl: 'http://fake.test', body: { max_tokens: 9 } }),
    );
    await lastValueFrom(llm.completion({ messages }));

    expect(fake.requests).toMatchObject([{ dialect: 'anthropic-messages', body: { model: 'm', max_tokens: 9 } }]);
  });

  it('takes a config from a function that injects, called once', async () => {
    const TOKEN = new InjectionToken<string>('TOKEN');
    const { fake, full } = setup();
    let calls = 0;
    const provided = provideLlm(() => {
      calls += 1;
      return { ...full, apiKey: inject(TOKEN) };
    });
    const llm = inTestBed([{ provide: TOKEN, useValue: 'from-di' }, provided], () => injectLlm());
    await lastValueFrom(llm.completion({ messages }));
    TestBed.runInInjectionContext(() => injectLlm());

    expect(fake.requests[0]?.headers['authorization']).toBe('Bearer from-di');
    expect(calls).toBe(1);
  });

  it('asks for the key anew for each attempt', async () => {
    let asked = 0;
    const { fake, full } = setup(
      { apiKey: async () => `k${(asked += 1)}`, retry: { firstDelayMs: 1 } },
      { replies: [{ status: 503 }, { deltas: answer({ text: 'Hi' }) }] },
    );
    await lastValueFrom(inTestBed([provideLlm(full)], () => injectLlm()).completion({ messages }));

    expect(fake.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer k1', 'Bearer k2']);
  });

  it('has the config of the nearest injector', async () => {
    const { fake, full } = setup();
    inTestBed([provideLlm(full)], () => undefined);
    const parent = TestBed.inject(EnvironmentInjector);
    const child = createEnvironmentInjector([provideLlm({ ...full, body: { model: 'of-the-route' } })], parent);
    await lastValueFrom(injectLlm({ injector: child }).completion({ messages }));

    expect(fake.requests).toMatchObject([{ body: { model: 'of-the-route' } }]);
  });

  it('throws mistakes at the call', () => {
    const { full } = setup();
    const llm = inTestBed([provideLlm(full)], () => injectLlm());

    expect(() => llm.deltas({ messages, model: undefined })).toThrow(InvalidOptionError);
    expect(() => injectLlm()).toThrow('NG0203');
  });

  it('says what to write when provideLlm is missing, or half of it', () => {
    const missing = thrownBy(() => inTestBed([], () => injectLlm()));
    TestBed.resetTestingModule();
    const noDialect = thrownBy(() => inTestBed([provideLlm({ baseUrl: '/api' } as LlmConfig)], () => injectLlm()));
    TestBed.resetTestingModule();
    const noUrl = thrownBy(() => inTestBed([provideLlm({ dialect: openAiChat } as LlmConfig)], () => injectLlm()));

    for (const error of [missing, noDialect, noUrl]) {
      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(String(error)).toContain(`provideLlm({ dialect: openAiChat, baseUrl: '/api/v1' })`);
    }
    expect(String(missing)).toContain('provideLlm is missing');
    expect(String(noDialect)).toContain('dialect is missing');
    expect(String(noUrl)).toContain('baseUrl is missing');
  });

  describe('its streams', () => {
    const slow = { replies: [{ deltas: answer({ text: 'a long answer, word by word' }), frameMs: 10 }] };

    it('end with the place they were made in', async () => {
      const { fake, full } = setup({}, slow);
      inTestBed([provideLlm(full)], () => undefined);
      const child = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
      const deltas$ = runInInjectionContext(child, () => injectLlm()).deltas({ messages });
      let isOver = false;
      const before = ending(deltas$).then(({ error }) => (isOver = error === undefined));
      await until(() => fake.requests.length === 1);
      child.destroy();
      await before;

      expect(isOver).toBe(true);
      await until(() => fake.requests[0]?.endedBy === 'client', 'the abort', 100);
      expect(await ending(deltas$)).toEqual({ values: [], error: undefined });
      expect(fake.requests).toHaveLength(1);
    });

    it('run outside of the zone of Angular', async () => {
      let depth = 0;
      const zone = {
        run: <T>(work: () => T) => work(),
        runOutsideAngular: <T>(work: () => T): T => {
          depth += 1;
          try {
            return work();
          } finally {
            depth -= 1;
          }
        },
      };
      const { full } = setup();
      const depths: number[] = [];
      const runIn: StreamRunner = () =>
        new Observable((out) => {
          depths.push(depth);
          out.complete();
        });
      const injector = Injector.create({
        providers: [{ provide: NgZone, useValue: zone }],
        parent: inTestBed([provideLlm({ ...full, runIn })], () => inject(Injector)),
      });
      await ending(injectLlm({ injector }).deltas({ messages }));

      expect(depths).toEqual([1]);
    });

    it('send nothing from a server, and end at once, whatever the address', async () => {
      const { fake, full } = setup({ baseUrl: '/api/llm' });
      const llm = inTestBed([provideLlm(full), { provide: PLATFORM_ID, useValue: 'server' }], () => injectLlm());

      expect(await ending(llm.deltas({ messages }))).toEqual({ values: [], error: undefined });
      expect(await ending(llm.completion({ messages }))).toEqual({ values: [], error: undefined });
      expect(await ending(llm.runTools({ messages }, []))).toEqual({ values: [], error: undefined });
      expect(fake.requests).toEqual([]);
    });

    it('are sent from a server that is told to', async () => {
      const { full } = setup({ ssr: true });
      const llm = inTestBed([provideLlm(full), { provide: PLATFORM_ID, useValue: 'server' }], () => injectLlm());

      expect(await lastValueFrom(llm.completion({ messages }))).toMatchObject({ text: 'Hello there' });
    });
  });
});
