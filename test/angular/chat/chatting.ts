import type { Provider } from '@angular/core';
import * as t from 'io-ts';
import { tool } from 'rxllm';
import { type Chat, type ChatMessage, type ChatOptions, injectChat } from 'rxllm/angular';
import { fakeLlm, type FakeLlm } from 'rxllm/angular/testing';

import { inTestBed } from '../../support/angular.ts';

/** A chat with a model that says what the test tells it to. */
export const chatting = (
  options: ChatOptions = {},
  llm: FakeLlm = fakeLlm(),
  providers: readonly Provider[] = [],
): { readonly chat: Chat; readonly llm: FakeLlm } => ({
  chat: inTestBed([llm.provider, ...providers], () => injectChat(options)),
  llm,
});

/** What a page would show of a chat. */
export const shown = (chat: Chat): readonly string[] =>
  chat.messages().map(({ role, text, status }) => `${role}: ${text()} (${status()})`);

export const lastOf = (chat: Chat): ChatMessage => {
  const last = chat.messages().at(-1);
  if (last === undefined) throw new Error('there is no message');
  return last;
};

interface Sent {
  readonly role: string;
  readonly content: unknown;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

/** The messages of a request, as the provider gets them. */
export const sentIn = (llm: FakeLlm, at = llm.requests.length - 1): readonly Sent[] =>
  (llm.requests[at]?.body as { readonly messages: readonly Sent[] }).messages;

/** Who says what in a request. */
export const saidIn = (llm: FakeLlm, at?: number): readonly string[] =>
  sentIn(llm, at).map(({ role, content }) => `${role}: ${String(content)}`);

export const weather = tool({
  name: 'weather',
  input: t.type({ city: t.string }),
  run: ({ city }) => `sunny in ${city}`,
});

export const callFor = (city: string, id = city) => ({ id, name: 'weather', arguments: { city } });
