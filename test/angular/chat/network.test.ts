import '../../support/angular.ts';

import { PLATFORM_ID } from '@angular/core';
import { type Chat, type ChatOptions, injectChat, provideLlm } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { inTestBed } from '../../support/angular.ts';
import { expectNothingUncaught, provider, until } from '../../support/provider.ts';
import { chatting, lastOf, saidIn, shown } from './chatting.ts';

expectNothingUncaught();

/** A chat with a provider that really listens. */
const online = async (replies: readonly Reply[], options: ChatOptions = {}) => {
  const server = await provider({ replies });
  const config = { dialect: openAiChat, baseUrl: server.baseUrl(openAiChat), body: { model: 'm' } };
  const chat = inTestBed([provideLlm(config)], () => injectChat(options));
  return { chat, server };
};

const over = (chat: Chat): Promise<void> => until(() => !chat.busy(), 'the end of the answer');

describe('a chat with a server', () => {
  it('shows the answer, and what it took', async () => {
    const { chat, server } = await online([{ deltas: answer({ text: 'Hello there', usage: { outputTokens: 2 } }) }]);
    chat.send('Hi');
    await over(chat);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hello there (done)']);
    expect(chat.progress()).toMatchObject({ tokens: 2, isEstimated: false, chars: 11 });
    expect(server.requests).toHaveLength(1);
  });

  it('lets the server see that it was stopped', async () => {
    const { chat, server } = await online([{ deltas: answer({ text: 'A long answer' }), frameMs: 50 }]);
    chat.send('Hi');
    await until(() => lastOf(chat).text() !== '', 'the first text');
    chat.stop();
    const text = lastOf(chat).text();
    await until(() => server.requests[0]?.endedBy !== undefined, 'the end of the request');

    expect(server.requests[0]?.endedBy).toBe('client');
    expect([lastOf(chat).text(), chat.status()]).toEqual([text, 'stopped']);
  });

  it('tells of a retry while it waits, and of nothing once it goes out', async () => {
    const { chat, server } = await online(
      [{ status: 429, headers: { 'retry-after-ms': '80' } }, { deltas: answer({ text: 'Hello' }) }],
      { retry: { firstDelayMs: 80 } },
    );
    chat.send('Hi');
    await until(() => chat.retry() !== undefined, 'the retry');
    const { attempt, delayMs = 0, atMs = 0, error } = chat.retry() ?? {};
    expect([chat.status(), chat.busy(), attempt]).toEqual(['retrying', true, 2]);
    expect(atMs - delayMs).toBeLessThanOrEqual(Date.now());
    expect(atMs).toBeGreaterThan(Date.now() - 1_000);
    expect(error).toMatchObject({ status: 429 });
    await over(chat);

    expect([chat.retry(), chat.status(), lastOf(chat).text()]).toEqual([undefined, 'done', 'Hello']);
    expect(server.requests).toHaveLength(2);
  });

  it('may be stopped while it waits for a retry', async () => {
    const { chat, server } = await online([{ status: 503 }, { deltas: answer({ text: 'Hello' }) }], {
      retry: { firstDelayMs: 10_000 },
    });
    chat.send('Hi');
    await until(() => chat.retry() !== undefined, 'the retry');
    chat.stop();

    expect([chat.retry(), chat.status()]).toEqual([undefined, 'stopped']);
    expect(server.requests).toHaveLength(1);
  });

  it('begins a retried answer afresh', async () => {
    const { chat } = await online(
      [
        { deltas: answer({ text: ['Wrong', ' and more'] }), fault: { kind: 'cut', afterBytes: 500, with: 'rst' } },
        { deltas: answer({ text: 'Right' }) },
      ],
      { retry: { retryWhen: 'always', firstDelayMs: 1 } },
    );
    chat.send('Hi');
    await over(chat);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Right (done)']);
  });

  it('keeps the text of a connection that was cut, and tries again', async () => {
    const { chat, server } = await online([
      { deltas: answer({ text: ['To be', ' or not'] }), fault: { kind: 'cut', afterBytes: 500, with: 'rst' } },
      { deltas: answer({ text: 'To be' }) },
    ]);
    chat.send('Hi');
    await over(chat);
    expect(chat.status()).toBe('error');
    expect(lastOf(chat).text()).toMatch(/^To be/);
    chat.regenerate();
    await over(chat);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: To be (done)']);
    expect(server.requests[1]?.body).toMatchObject({ messages: [{ role: 'user', content: 'Hi' }] });
  });
});

describe('a chat on a server that renders the page', () => {
  const onServer = { provide: PLATFORM_ID, useValue: 'server' };
  const warnings: unknown[] = [];
  const { warn } = console;

  beforeEach(() => {
    warnings.length = 0;
    console.warn = (...words: unknown[]) => warnings.push(words.join(' '));
  });
  afterEach(() => {
    console.warn = warn;
  });

  it('shows what is sent, stays idle, and says that nothing goes out', () => {
    const { chat, llm } = chatting({ messages: [{ role: 'assistant', text: 'Hello' }] }, fakeLlm(), [onServer]);
    chat.send('Hi');
    chat.stop();

    expect(shown(chat)).toEqual(['assistant: Hello (done)', 'user: Hi (done)']);
    expect([chat.status(), chat.busy(), llm.requests]).toEqual(['idle', false, []]);
    expect(warnings).toEqual([expect.stringContaining('`ssr` is true')]);
  });

  it('sends where it is told to', () => {
    const { chat, llm } = chatting({ ssr: true }, fakeLlm(), [onServer]);
    chat.send('Hi');
    llm.text('Hello');
    llm.done();

    expect([chat.status(), saidIn(llm)]).toEqual(['done', ['user: Hi']]);
    expect(warnings).toEqual([]);
  });
});
