import '../../support/angular.ts';

import { computed, effect, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { injectChat } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';

import { inTestBed, settle } from '../../support/angular.ts';
import { expectNothingUncaught } from '../../support/provider.ts';
import { chatting, lastOf, saidIn, sentIn, shown } from './chatting.ts';

expectNothingUncaught();

describe('injectChat', () => {
  it('is idle and empty, and sends nothing by itself', () => {
    const { chat, llm } = chatting();

    expect(chat.messages()).toEqual([]);
    expect([chat.status(), chat.busy(), chat.error(), chat.progress()]).toEqual(['idle', false, undefined, undefined]);
    expect([chat.retry(), chat.approvals()]).toEqual([undefined, []]);
    expect(llm.requests).toEqual([]);
  });

  it('sends a message and shows the answer as it comes', () => {
    const { chat, llm } = chatting();

    chat.send('Hi');
    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (streaming)']);
    expect([chat.status(), chat.busy()]).toEqual(['connecting', true]);
    llm.start();
    expect(chat.status()).toBe('waiting');
    llm.reasoning('Hm');
    expect([chat.status(), lastOf(chat).reasoning()]).toEqual(['thinking', 'Hm']);
    llm.text('Hel');
    expect([chat.status(), lastOf(chat).text()]).toEqual(['streaming', 'Hel']);
    llm.text('lo');
    llm.usage({ inputTokens: 3, outputTokens: 2 });
    llm.done();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hello (done)']);
    expect([chat.status(), chat.busy()]).toEqual(['done', false]);
    expect(lastOf(chat).completion()).toMatchObject({ text: 'Hello', ended: true, finishReason: 'stop' });
    expect(chat.progress()).toMatchObject({ tokens: 2, isEstimated: false });
    expect(chat.progress()).toBe(lastOf(chat).progress());
    expect(llm.requests).toMatchObject([{ dialect: 'openai-chat', isOpen: false }]);
  });

  it('sends the conversation so far with the next message', () => {
    const { chat, llm } = chatting();
    chat.send('One');
    llm.text('1');
    llm.done();
    chat.send('Two');
    llm.text('2');
    llm.done();

    expect(saidIn(llm)).toEqual(['user: One', 'assistant: 1', 'user: Two']);
    expect(llm.requests[1]?.body).toMatchObject({ model: 'fake-model' });
  });

  it('keeps the array of messages while one grows, and each message for its life', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    const list = chat.messages();
    const [user, assistant] = list;
    llm.text('Hel');
    llm.text('lo');
    llm.done();

    expect(chat.messages()).toBe(list);
    chat.send('More');
    expect(chat.messages()).not.toBe(list);
    expect(chat.messages().slice(0, 2)).toEqual([user, assistant]);
    expect(chat.messages()[1]).toBe(assistant);
    expect(new Set(chat.messages().map(({ id }) => id)).size).toBe(4);
  });

  it('lets one message grow without touching what others show', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hello');
    llm.done();
    chat.send('More');
    let reads = 0;
    const [, first] = chat.messages();
    const view = TestBed.runInInjectionContext(() => computed(() => ((reads += 1), first?.text())));
    view();
    llm.text('Text');
    view();

    expect([view(), reads]).toEqual(['Hello', 1]);
  });

  it('gives messages ids of their own, also beside another chat', () => {
    const llm = fakeLlm();
    const [one, other] = inTestBed([llm.provider], () => [injectChat(), injectChat()]);
    one.send('a');
    other.send('b');

    expect(new Set([...one.messages(), ...other.messages()].map(({ id }) => id)).size).toBe(4);
  });

  it('reads system, body and tools when a message is sent, and takes a value, a signal or a function', () => {
    const system = signal<string | undefined>('Be brief.');
    const temperature = signal(0);
    const { chat, llm } = chatting({ system, body: () => ({ temperature: temperature() }) });
    chat.send('Hi');
    system.set('Be kind.');
    temperature.set(1);
    chat.send('Hi again');
    system.set(undefined);
    chat.send('And again');

    expect(llm.requests.map(({ body }) => (body as { temperature: number }).temperature)).toEqual([0, 1, 1]);
    expect([0, 1, 2].map((at) => saidIn(llm, at)[0])).toEqual(['system: Be brief.', 'system: Be kind.', 'user: Hi']);
  });

  it('has messages of the body before its own', () => {
    const messages = [
      { role: 'user', content: 'Example' },
      { role: 'assistant', content: 'Like this' },
    ];
    const { chat, llm } = chatting({ body: { messages }, system: 'Be brief.' });
    chat.send('Hi');

    expect(saidIn(llm)).toEqual(['system: Be brief.', 'user: Example', 'assistant: Like this', 'user: Hi']);
  });

  it('does not bind the effect that sends to what is read for it', async () => {
    const system = signal('a');
    const question = signal('One');
    const llm = fakeLlm();
    const chat = inTestBed([llm.provider], () => {
      const made = injectChat({ system: () => system() });
      effect(() => {
        made.send(question());
      });
      return made;
    });
    await settle();
    system.set('b');
    llm.text('1');
    await settle();
    expect(llm.requests).toHaveLength(1);
    question.set('Two');
    await settle();

    expect(shown(chat)).toEqual([
      'user: One (done)',
      'assistant: 1 (stopped)',
      'user: Two (done)',
      'assistant:  (streaming)',
    ]);
  });

  it('sends the provider’s own content, and shows the words of it', () => {
    const { chat, llm } = chatting();
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:,' } },
    ];
    chat.send(content);

    expect(chat.messages()[0]?.text()).toBe('What is this?');
    expect(chat.messages()[0]?.content).toBe(content);
    expect(sentIn(llm)[0]?.content).toEqual(content);
  });

  it.each(['', ' ', '\n\t'])('does not send %j, which says nothing', (blank) => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    chat.send(blank);

    expect(chat.status()).toBe('streaming');
    expect(llm.requests).toHaveLength(1);
  });

  it('begins with messages that it is given', () => {
    const llm = fakeLlm();
    const earlier = chatting({}, llm).chat;
    earlier.send('Hi');
    llm.text('Hello');
    llm.done();
    const completion = lastOf(earlier).completion();
    if (completion === undefined) throw new Error('no completion');
    TestBed.resetTestingModule();

    const next = chatting({
      messages: [
        { role: 'assistant', text: 'Welcome.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', completion },
        { role: 'assistant', completion: { ...completion, ended: false } },
      ],
    });
    expect(shown(next.chat)).toEqual([
      'assistant: Welcome. (done)',
      'user: Hi (done)',
      'assistant: Hello (done)',
      'assistant: Hello (stopped)',
    ]);
    expect([next.chat.status(), next.llm.requests.length]).toEqual(['idle', 0]);
    next.chat.send('More');
    expect(saidIn(next.llm)).toEqual([
      'assistant: Welcome.',
      'user: Hi',
      'assistant: Hello',
      'assistant: Hello',
      'user: More',
    ]);
  });

  it('takes answers that were kept as JSON', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.reasoning('Hm');
    llm.text('Hello');
    llm.toolCall({ name: 'weather' });
    llm.done();
    const kept = JSON.parse(JSON.stringify(lastOf(chat).completion())) as never;
    chat.reset([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', completion: kept },
    ]);
    chat.send('More');

    expect(shown(chat)).toEqual([
      'user: Hi (done)',
      'assistant: Hello (done)',
      'user: More (done)',
      'assistant:  (streaming)',
    ]);
    expect(sentIn(llm).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  it('may be kept and begun with again and again, whatever its answers were', () => {
    const { chat, llm } = chatting({ messages: [{ role: 'assistant', text: 'Welcome.' }] });
    chat.send('Hi');
    chat.stop();
    chat.send('Hello?');
    llm.text('Hel');
    chat.stop();
    const before = shown(chat);
    let kept = chat;
    for (let visit = 0; visit < 3; visit += 1) {
      const messages = kept.snapshot();
      TestBed.resetTestingModule();
      kept = chatting({ messages: JSON.parse(JSON.stringify(messages)) as never }).chat;
    }

    expect(shown(kept)).toEqual(before.map((line) => line.replace('assistant:  (stopped)', 'assistant:  (done)')));
  });

  it('asks the model that its options name, instead of the provided one', () => {
    const { chat, llm } = chatting({ body: { model: 'other' }, headers: { 'x-a': '1' } });
    chat.send('Hi');

    expect(llm.requests[0]?.body).toMatchObject({ model: 'other' });
  });

  it.each([
    [{ maxSteps: 0 }, 'maxSteps'],
    [{ approve: 'yes' as never }, 'approve'],
    [{ countTokens: 3 as never }, 'countTokens'],
    [{ paint: { maxWaitMs: -1 } }, 'maxWaitMs'],
    [{ messages: {} as never }, 'messages'],
    [{ messages: [{ role: 'system', content: 'Be brief.' } as never] }, 'messages[0].role'],
    [{ messages: [{ role: 'assistant', content: 'Hello' } as never] }, 'messages[0]'],
  ])('refuses the options %j at the call', (options, option) => {
    expect(() => chatting(options)).toThrow(expect.objectContaining({ _tag: 'InvalidOptionError', option }) as Error);
  });

  it('needs an injection context, or an injector', () => {
    expect(() => injectChat()).toThrow('NG0203');
  });
});
