import '../support/angular.ts';

import { Worker } from 'node:worker_threads';

import { provideHttpClient } from '@angular/common/http';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  type EnvironmentProviders,
  inject,
  PLATFORM_ID,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { lastValueFrom } from 'rxjs';
import { InvalidOptionError } from 'rxllm';
import { injectLlm, provideLlm, withHttpClient, withWorker } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { inTestBed } from '../support/angular.ts';
import { provider } from '../support/provider.ts';

const script = new URL('../worker/llmWorker.ts', import.meta.url);
const workers: Worker[] = [];
const make = (): Worker => {
  const worker = new Worker(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  workers.push(worker);
  return worker;
};

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

const setup = async () => {
  const fake = await provider({ replies: [{ deltas: answer({ text: 'Hello there' }) }] });
  return { fake, config: { dialect: openAiChat, baseUrl: fake.baseUrl(openAiChat), body } };
};

describe('withWorker', () => {
  it('asks from a worker', async () => {
    const { config } = await setup();
    const llm = inTestBed([provideLlm(config, withWorker(make))], () => injectLlm());

    expect(await lastValueFrom(llm.completion())).toMatchObject({ text: 'Hello there', ended: true });
    expect(workers).toHaveLength(1);
  });

  it('asks from here on a server, which has no such workers', async () => {
    const { config } = await setup();
    const providers = [
      provideLlm({ ...config, ssr: true }, withWorker(make)),
      { provide: PLATFORM_ID, useValue: 'server' },
    ];
    const llm = inTestBed(providers, () => injectLlm());

    expect(await lastValueFrom(llm.completion())).toMatchObject({ text: 'Hello there', ended: true });
    expect(workers).toHaveLength(0);
  });

  it('and withHttpClient: the one that is said nearer holds', async () => {
    const { config } = await setup();
    const worker = provideLlm(config, withWorker(make));
    const http = provideLlm(config, withHttpClient());
    const nearer = async (outer: EnvironmentProviders, inner: EnvironmentProviders): Promise<number> => {
      TestBed.resetTestingModule();
      const parent = inTestBed([provideHttpClient(), outer], () => inject(EnvironmentInjector));
      const injector = createEnvironmentInjector([inner], parent);
      expect(await lastValueFrom(injectLlm({ injector }).completion())).toMatchObject({ text: 'Hello there' });
      return workers.length;
    };

    expect(await nearer(worker, http)).toBe(0);
    expect(await nearer(http, worker)).toBe(1);
  });

  it('is overruled in one place', async () => {
    const { config } = await setup();
    const { streamDeltas } = await import('rxllm');
    const llm = inTestBed([provideLlm(config, withWorker(make))], () => injectLlm({ runIn: streamDeltas }));

    expect(await lastValueFrom(llm.completion())).toMatchObject({ text: 'Hello there', ended: true });
    expect(workers).toHaveLength(0);
  });

  it('refuses options that are none, and HttpClient, which a worker does not have', () => {
    expect(() => withWorker(make, { keepAliveMs: -1 })).toThrow(InvalidOptionError);
    expect(() => provideLlm({ dialect: openAiChat, baseUrl: '/api' }, withWorker(make), withHttpClient())).toThrow(
      'cannot be withHttpClient and withWorker',
    );
  });

  it('refuses a fetch of the config at the call', async () => {
    const { config } = await setup();
    const llm = inTestBed([provideLlm({ ...config, fetch }, withWorker(make))], () => injectLlm());

    expect(() => llm.deltas()).toThrow(InvalidOptionError);
  });
});
