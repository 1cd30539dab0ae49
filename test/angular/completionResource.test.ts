import '../support/angular.ts';

import {
  ApplicationRef,
  createEnvironmentInjector,
  EnvironmentInjector,
  PLATFORM_ID,
  type ResourceRef,
  signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { Completion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { completionResource, type CompletionResourceOptions, provideLlm, type StreamState } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { inTestBed, settle } from '../support/angular.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';

const setup = (options: CompletionResourceOptions, more: Parameters<typeof inTestBed>[0] = []) => {
  const llm = fakeLlm();
  const resource = inTestBed(
    [provideLlm({ dialect: openAiChat, baseUrl: 'http://llm.test/v1', body: { model: 'm' } }), llm.provider, ...more],
    () => completionResource(options),
  );
  return { llm, resource };
};

type Value = StreamState<Completion>;
const textOf = (resource: ResourceRef<Value>): string | undefined => resource.value().value?.text;
const messagesOf = (body: unknown): unknown => (body as { readonly messages?: unknown }).messages;

describe('completionResource', () => {
  expectNothingUncaught();

  it('is idle until there is a prompt, then streams the answer', async () => {
    const prompt = signal<string | undefined>(undefined);
    const { llm, resource } = setup({ prompt });
    await settle();
    expect(resource.status()).toBe('idle');
    expect(resource.value()).toEqual({ value: undefined, status: 'idle', error: undefined });
    expect(llm.requests).toEqual([]);

    prompt.set('Hi');
    await settle();
    expect(resource.status()).toBe('resolved');
    expect(resource.value().status).toBe('connecting');
    expect(messagesOf(llm.requests[0]?.body)).toEqual([{ role: 'user', content: 'Hi' }]);

    llm.text('Hel');
    expect(resource.value().status).toBe('streaming');
    expect(textOf(resource)).toBe('Hel');
    llm.text('lo');
    llm.done();
    expect(resource.value()).toMatchObject({ status: 'done', value: { text: 'Hello', ended: true } });
  });

  it('leaves the answer to a prompt when there is another, or none', async () => {
    const prompt = signal<string | undefined>('one');
    const { llm, resource } = setup({ prompt });
    await settle();
    llm.text('first');
    prompt.set('two');
    await settle();
    expect(llm.requests).toMatchObject([{ isOpen: false }, { isOpen: true }]);
    expect(textOf(resource)).toBeUndefined();

    llm.text('second');
    expect(textOf(resource)).toBe('second');
    prompt.set(undefined);
    await settle();
    expect(llm.requests).toMatchObject([{ isOpen: false }, { isOpen: false }]);
    expect(resource.value().status).toBe('idle');
  });

  it('keeps the text when the answer fails, and can be asked again', async () => {
    const { llm, resource } = setup({ prompt: 'Hi' });
    await settle();
    llm.text('half');
    llm.fail(new Error('cut'));
    await settle();
    expect(resource.status()).toBe('resolved');
    expect(resource.value()).toMatchObject({ status: 'error', value: { text: 'half' }, error: { message: 'cut' } });

    resource.reload();
    await settle();
    expect(llm.requests).toHaveLength(2);
    llm.text('whole');
    llm.done();
    expect(resource.value()).toMatchObject({ status: 'done', value: { text: 'whole' } });
  });

  it('takes values, signals and functions, for the system and the body, too', async () => {
    const language = signal('French');
    const { llm } = setup({
      prompt: signal('Hi'),
      system: () => `Answer in ${language()}`,
      body: { temperature: 0, messages: [{ role: 'user', content: 'Before' }] },
    });
    await settle();
    expect(llm.requests).toMatchObject([
      {
        body: {
          model: 'm',
          temperature: 0,
          messages: [
            { role: 'system', content: 'Answer in French' },
            { role: 'user', content: 'Before' },
            { role: 'user', content: 'Hi' },
          ],
        },
      },
    ]);

    language.set('Latin');
    await settle();
    expect(llm.requests).toHaveLength(2);
  });

  it('asks with a body alone, and waits while there is none', async () => {
    const body = signal<object | undefined>(undefined);
    const { llm } = setup({ body });
    await settle();
    expect(llm.requests).toEqual([]);

    body.set({ messages: [{ role: 'user', content: 'Hi' }] });
    await settle();
    expect(messagesOf(llm.requests[0]?.body)).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  it('waits for a prompt that is to come, whatever the body says', async () => {
    const { llm } = setup({ prompt: signal(undefined), body: { temperature: 0 } });
    await settle();

    expect(llm.requests).toEqual([]);
  });

  it('puts the prompt where a dialect wants it', async () => {
    const { llm } = setup({
      dialect: anthropicMessages,
      baseUrl: 'http://llm.test',
      prompt: 'Hi',
      system: 'Be brief',
      body: { max_tokens: 9 },
    });
    await settle();

    expect(llm.requests).toMatchObject([
      { dialect: 'anthropic-messages', body: { system: 'Be brief', messages: [{ role: 'user', content: 'Hi' }] } },
    ]);
  });

  it('shows mistakes, and what a function throws, as errors of the state', async () => {
    const { resource } = setup({ prompt: 'Hi', body: { model: undefined } });
    await settle();
    expect(resource.status()).toBe('resolved');
    expect(resource.value()).toMatchObject({ status: 'error', error: { option: 'body.model' } });

    const throwing = TestBed.runInInjectionContext(() =>
      completionResource({
        prompt: () => {
          throw new Error('no prompt');
        },
      }),
    );
    await settle();
    expect(throwing.value()).toMatchObject({ status: 'error', error: { message: 'no prompt' } });
  });

  it('sends nothing from a server, and does not keep it waiting', async () => {
    const { llm, resource } = setup({ prompt: 'Hi' }, [{ provide: PLATFORM_ID, useValue: 'server' }]);
    await settle();

    expect(resource.status()).toBe('idle');
    expect(llm.requests).toEqual([]);
  });

  it('does not keep a server waiting that is told to send', async () => {
    const { llm, resource } = setup({ prompt: 'Hi', ssr: true }, [{ provide: PLATFORM_ID, useValue: 'server' }]);
    await settle();
    await TestBed.inject(ApplicationRef).whenStable();

    expect(llm.requests).toMatchObject([{ isOpen: true }]);
    expect(resource.value().status).toBe('connecting');
  });

  it('ends with its injector', async () => {
    const { llm } = setup({});
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    completionResource({ prompt: 'Hi', injector });
    await settle();
    expect(llm.requests).toMatchObject([{ isOpen: true }]);
    injector.destroy();

    expect(llm.requests).toMatchObject([{ isOpen: false }]);
    expect(() => completionResource({ prompt: 'Hi' })).toThrow('NG0203');
  });

  it('shows a real answer, painted', async () => {
    const fake = await provider({ replies: [{ deltas: answer({ text: 'a long answer in many words' }), frameMs: 5 }] });
    const config = { dialect: openAiChat, baseUrl: fake.baseUrl(openAiChat), body: { model: 'm' } };
    const resource = inTestBed([provideLlm(config)], () => completionResource({ prompt: 'Hi' }));
    await settle();
    await until(() => resource.value().status === 'done');

    expect(textOf(resource)).toBe('a long answer in many words');
    expect(fake.requests).toHaveLength(1);
  });
});
