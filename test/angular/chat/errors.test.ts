import '../../support/angular.ts';

import { InvalidOptionError, NetworkError, TruncatedError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { fakeLlm } from 'rxllm/angular/testing';

import { expectNothingUncaught } from '../../support/provider.ts';
import { chatting, lastOf, saidIn, shown } from './chatting.ts';

expectNothingUncaught();

const cut = new TruncatedError({ missing: 'stop-reason', finishedChoices: 0, expectedChoices: 1 });

describe('an error', () => {
  it('ends the answer, and leaves the text', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    llm.fail(cut);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hel (error)']);
    expect([chat.status(), chat.busy()]).toEqual(['error', false]);
    expect(chat.error()).toBe(cut);
    expect(lastOf(chat).error()).toBe(cut);
    expect(llm.requests[0]?.isOpen).toBe(false);
  });

  it.each([undefined, null, 'words', new Error('mine')])('may be anything: %p', (error) => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.fail(error);

    expect([chat.status(), chat.error()]).toEqual(['error', error]);
    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (error)']);
  });

  it('shows what waits for the next paint', () => {
    const { chat, llm } = chatting({}, fakeLlm({ paint: { by: 'time', maxWaitMs: 10_000 } }));
    chat.send('Hi');
    llm.text('Hel');
    llm.fail(cut);

    expect(lastOf(chat).text()).toBe('Hel');
    expect(chat.progress()?.chars).toBe(3);
  });

  it.each([
    ['regenerate', ['user: Hi']],
    ['send', ['user: Hi', 'assistant: Hel', 'user: More']],
    ['reset', undefined],
  ] as const)('is gone with the next %s', (next, said) => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    llm.fail(cut);
    if (next === 'send') chat.send('More');
    else chat[next]();

    expect(chat.error()).toBeUndefined();
    expect(chat.status()).toBe(next === 'reset' ? 'idle' : 'connecting');
    if (said !== undefined) expect(saidIn(llm)).toEqual(said);
  });

  it('of the request is shown, not thrown', () => {
    const { chat, llm } = chatting({ body: { model: undefined }, messages: [{ role: 'assistant', text: 'Hello' }] });
    chat.send('Hi');

    expect(chat.error()).toBeInstanceOf(InvalidOptionError);
    expect(chat.error()).toMatchObject({ option: 'body.model' });
    expect([chat.status(), chat.busy(), llm.requests.length]).toEqual(['error', false, 0]);
    expect(shown(chat)).toEqual(['assistant: Hello (done)', 'user: Hi (done)', 'assistant:  (error)']);
  });

  it.each(['system', 'body', 'tools'])('of the function `%s` is shown, not thrown', (option) => {
    const mistake = new Error('mine');
    const { chat } = chatting({
      [option]: () => {
        throw mistake;
      },
    });
    chat.send('Hi');

    expect([chat.status(), chat.error()]).toEqual(['error', mistake]);
  });

  it('of tools that are none is shown', () => {
    const { chat } = chatting({ tools: [{ name: 'x' } as never] });
    chat.send('Hi');

    expect(chat.error()).toMatchObject({ option: 'tools' });
  });

  it('of content that the dialect has no form for is shown, and the chat goes on after a reset', () => {
    const { chat, llm } = chatting({ dialect: anthropicMessages });
    chat.send('Hi');
    expect(chat.error()).toMatchObject({ option: 'body.max_tokens' });
    chat.reset();
    expect([chat.status(), llm.requests.length]).toEqual(['idle', 0]);
  });

  it('of a tokenizer ends the answer', () => {
    const mistake = new Error('mine');
    const { chat, llm } = chatting({
      countTokens: () => {
        throw mistake;
      },
    });
    chat.send('Hi');
    llm.text('Hel');

    expect([chat.status(), chat.error()]).toEqual(['error', mistake]);
    expect(llm.requests[0]?.isOpen).toBe(false);
  });

  it('of a limit ends the answer with what was below it', () => {
    const { chat, llm } = chatting({ limits: { maxAnswerChars: 4 } });
    chat.send('Hi');
    llm.text('Hel');
    llm.text('lo, you');

    expect(chat.error()).toMatchObject({ _tag: 'LimitError', option: 'maxAnswerChars' });
    expect(lastOf(chat).text()).toBe('Hel');
  });

  it('after an answer without text leaves no empty turn', () => {
    const { chat, llm } = chatting();
    chat.send('One');
    llm.fail(
      new NetworkError({ url: 'http://llm.test', code: 'ECONNREFUSED', reason: 'it was refused', phase: 'connect' }),
    );
    chat.send('Two');

    expect(saidIn(llm)).toEqual(['user: One', 'user: Two']);
  });
});

describe('an answer', () => {
  it('may hold no text', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.done();
    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (done)']);
    chat.send('More');

    expect(saidIn(llm)).toEqual(['user: Hi', 'user: More']);
  });

  it('may be a refusal, which goes back as one', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.refusal('No.');
    llm.done();
    chat.send('More');

    expect(shown(chat)[1]).toBe('assistant: No. (done)');
    expect(llm.requests[1]?.body).toMatchObject({ messages: [{}, { role: 'assistant', refusal: 'No.' }, {}] });
  });

  it('may end as it begins', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.fail(new Error('no key'));
    chat.regenerate();
    llm.done();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (done)']);
    expect(chat.error()).toBeUndefined();
  });
});
