import '../support/angular.ts';

import type { ResourceRef, Signal } from '@angular/core';
import { expectTypeOf } from 'expect-type';
import type { Observable } from 'rxjs';
import type { Completion, Delta } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import {
  completionResource,
  injectLlm,
  type Llm,
  type LlmConfig,
  provideLlm,
  streamSignal,
  type StreamState,
} from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';

/** What is in here is for the type-checker alone. */
const typesOf = (_types: () => void): void => undefined;

describe('the types of rxllm/angular', () => {
  it('know the body where the dialect is said, and take any where it is not', () => {
    typesOf(() => {
      const any = injectLlm({ body: { temperature: 0 } });
      expectTypeOf(any.deltas({ messages: [], whatever: 1 })).toEqualTypeOf<Observable<Delta>>();
      expectTypeOf(any.completion()).toEqualTypeOf<Observable<Completion>>();

      const messages = injectLlm({ dialect: anthropicMessages });
      messages.completion({ max_tokens: 9 });
      // @ts-expect-error [ts2322] - a number of tokens is a number
      messages.completion({ max_tokens: 'nine' });
      // @ts-expect-error [ts2322] - here, too
      injectLlm({ dialect: anthropicMessages, body: { max_tokens: 'nine' } });
      expectTypeOf<Llm<{ a: number }>['deltas']>().parameter(0).toEqualTypeOf<{ a?: number } | undefined>();
    });
    expect(anthropicMessages.name).toBe('anthropic-messages');
  });

  it('hold a config to its dialect', () => {
    typesOf(() => {
      provideLlm({ dialect: openAiChat, baseUrl: '/api', body: { model: 'm' } });
      provideLlm(() => ({ dialect: openAiChat, baseUrl: '/api', ssr: true }));
      // @ts-expect-error [ts2345] - where is it?
      provideLlm({ dialect: openAiChat });
      // @ts-expect-error [ts2353] - a signal is for a subscription
      const config: LlmConfig = { dialect: openAiChat, baseUrl: '/api', signal: new AbortController().signal };
      return config;
    });
    expect(openAiChat.name).toBe('openai-chat');
  });

  it('know what a signal and a resource hold', () => {
    typesOf(() => {
      const source = injectLlm().completion();
      expectTypeOf(streamSignal(source)).toExtend<Signal<StreamState<Completion>>>();
      expectTypeOf(streamSignal(() => (Math.random() > 1 ? source : undefined))().value).toEqualTypeOf<
        Completion | undefined
      >();
      expectTypeOf(completionResource({ prompt: 'Hi' })).toEqualTypeOf<ResourceRef<StreamState<Completion>>>();
      // @ts-expect-error [ts2322] - a prompt is text
      completionResource({ prompt: 1 });
    });
    expect(typeof streamSignal).toBe('function');
  });
});
