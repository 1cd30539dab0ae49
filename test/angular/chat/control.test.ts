import '../../support/angular.ts';

import { computed, createEnvironmentInjector, effect, EnvironmentInjector, ErrorHandler } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { type Chat, type ChatMessage, type InitialMessage, injectChat } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';

import { inTestBed, settle } from '../../support/angular.ts';
import { expectNothingUncaught } from '../../support/provider.ts';
import { callFor, chatting, lastOf, saidIn, shown, weather } from './chatting.ts';

expectNothingUncaught();

const answered = (options = {}) => {
  const made = chatting(options);
  made.chat.send('Hi');
  made.llm.text('Hello');
  made.llm.done();
  return made;
};

describe('stop', () => {
  it('keeps the text so far, and lets go of the request', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    chat.stop();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hel (stopped)']);
    expect([chat.status(), chat.busy(), chat.error()]).toEqual(['stopped', false, undefined]);
    expect(llm.requests[0]?.isOpen).toBe(false);
    llm.streams[0]?.text('lo');
    expect(lastOf(chat).text()).toBe('Hel');
  });

  it('shows what waits for the next paint', () => {
    const { chat, llm } = chatting({}, fakeLlm({ paint: { by: 'time', maxWaitMs: 10_000 } }));
    chat.send('Hi');
    llm.text('Hel');
    expect(lastOf(chat).text()).toBe('');
    chat.stop();

    expect(lastOf(chat).text()).toBe('Hel');
    expect(chat.progress()?.chars).toBe(3);
  });

  it('leaves no tool call that looks as if it were still coming', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.toolCall(callFor('Rome'));
    chat.stop();

    expect(lastOf(chat).toolCalls()).toMatchObject([{ status: 'cut-short' }]);
  });

  it('does nothing where nothing is under way, however often', () => {
    const { chat } = chatting();
    chat.stop();
    expect(chat.status()).toBe('idle');
    chat.send('Hi');
    chat.stop();
    chat.stop();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (stopped)']);
    chat.reset();
    chat.stop();
    expect([chat.status(), chat.messages()]).toEqual(['idle', []]);
  });

  it('goes on with what there was: partial text is a turn, an answer without text is none', () => {
    const { chat, llm } = chatting();
    chat.send('One');
    llm.text('Hel');
    chat.stop();
    chat.send('Two');
    chat.stop();
    chat.send('Three');

    expect(saidIn(llm)).toEqual(['user: One', 'assistant: Hel', 'user: Two', 'user: Three']);
  });
});

describe('send', () => {
  it('stops the answer that is under way', () => {
    const { chat, llm } = chatting();
    chat.send('One');
    llm.text('1');
    chat.send('Two');
    llm.text('2');

    expect(shown(chat)).toEqual([
      'user: One (done)',
      'assistant: 1 (stopped)',
      'user: Two (done)',
      'assistant: 2 (streaming)',
    ]);
    expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('may be called a hundred times in a row', () => {
    const { chat, llm } = chatting();
    for (let at = 0; at < 100; at += 1) chat.send(`${at}`);
    llm.text('last');
    llm.done();

    expect(chat.messages()).toHaveLength(200);
    expect(llm.requests.filter(({ isOpen }) => isOpen)).toEqual([]);
    expect(chat.messages().filter(({ role, status }) => role === 'assistant' && status() === 'stopped')).toHaveLength(
      99,
    );
    expect(saidIn(llm)).toHaveLength(100);
    expect([lastOf(chat).text(), chat.status()]).toEqual(['last', 'done']);
  });

  it('may be called from an effect that waits for the end of an answer', async () => {
    const llm = fakeLlm();
    const questions = ['Two', 'Three'];
    const chat = inTestBed([llm.provider], () => {
      const made = injectChat();
      effect(() => {
        const next = made.status() === 'done' ? questions.shift() : undefined;
        if (next !== undefined) made.send(next);
      });
      return made;
    });
    chat.send('One');
    for (const text of ['1', '2', '3']) {
      llm.text(text);
      llm.done();
      await settle();
    }

    expect(saidIn(llm)).toEqual(['user: One', 'assistant: 1', 'user: Two', 'assistant: 2', 'user: Three']);
    expect(chat.status()).toBe('done');
  });
});

describe('regenerate', () => {
  it('drops the last answer and asks again', () => {
    const { chat, llm } = answered();
    const [user, answer] = chat.messages();
    chat.regenerate();
    llm.text('Good day');
    llm.done();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Good day (done)']);
    expect(chat.messages()[0]).toBe(user);
    expect(chat.messages()[1]).not.toBe(answer);
    expect(saidIn(llm)).toEqual(['user: Hi']);
  });

  it('drops what follows the answer that it names', () => {
    const { chat, llm } = answered();
    chat.send('More');
    llm.text('Much more');
    llm.done();
    chat.regenerate(chat.messages()[1]?.id);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (streaming)']);
    expect(saidIn(llm)).toEqual(['user: Hi']);
  });

  it('answers the user’s message that it names, without what followed', () => {
    const { chat, llm } = answered();
    chat.send('More');
    chat.regenerate(chat.messages()[0]?.id);

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (streaming)']);
    expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  });

  it('answers a user who has the last word', () => {
    const { chat, llm } = chatting({ messages: [{ role: 'user', content: 'Hi' }] });
    chat.regenerate();
    llm.text('Hello');
    llm.done();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hello (done)']);
  });

  it('stops the answer that is under way', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    chat.regenerate();
    chat.regenerate();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (streaming)']);
    expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  });

  it('does nothing where there is nothing to do again', () => {
    const { chat, llm } = chatting();
    chat.regenerate();
    chat.regenerate('message-99');
    expect(chat.status()).toBe('idle');
    chat.send('Hi');
    llm.text('Hel');
    chat.regenerate('no such message');

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant: Hel (streaming)']);
    expect(llm.requests).toHaveLength(1);
  });
});

describe('reset', () => {
  it('stops and empties, or begins with other messages', () => {
    const { chat, llm } = chatting();
    chat.send('Hi');
    llm.text('Hel');
    chat.reset();

    expect([chat.messages(), chat.status(), chat.busy(), chat.progress()]).toEqual([[], 'idle', false, undefined]);
    expect(llm.requests[0]?.isOpen).toBe(false);
    chat.reset([{ role: 'user', content: 'Again' }]);
    expect(shown(chat)).toEqual(['user: Again (done)']);
  });
});

describe('snapshot', () => {
  it('is what another chat begins with, as JSON, also of an answer that is under way', () => {
    const { chat, llm } = answered();
    chat.send({ content: 'What is this?', picture: 'AAAA' });
    llm.text('A par');
    const kept = JSON.stringify(chat.snapshot());
    const messages = JSON.parse(kept) as readonly InitialMessage[];
    const again = TestBed.runInInjectionContext(() => injectChat({ messages }));

    expect(shown(again)).toEqual([
      'user: Hi (done)',
      'assistant: Hello (done)',
      'user: What is this? (done)',
      'assistant: A par (stopped)',
    ]);
    expect(JSON.stringify(again.snapshot())).toBe(kept);
    chat.reset(again.snapshot());
    expect(shown(chat)).toEqual(shown(again));
  });

  it('is of any message that a chat begins with, and empty where there is none', () => {
    const messages = [{ role: 'assistant', text: 'Welcome.' } as const, { role: 'user', content: 'Hi' } as const];

    const { chat } = chatting({ messages });

    expect(chat.snapshot()).toEqual(messages);
    chat.reset();
    expect(chat.snapshot()).toEqual([]);
  });

  it('is followed by what reads it', () => {
    const { chat, llm } = chatting();
    const seen = TestBed.runInInjectionContext(() => computed(() => JSON.stringify(chat.snapshot())));
    expect(seen()).toBe('[]');
    chat.send('Hi');
    expect(seen()).toContain('"Hi"');
    llm.text('Hello');

    expect(seen()).toContain('"Hello"');
  });
});

describe('onFinish', () => {
  const finishing = () => {
    const finished: string[] = [];
    const onFinish = ({ text, status }: ChatMessage) => finished.push(`${text()} ${status()}`);
    return { ...chatting({ onFinish }), finished };
  };

  it('hears of answers that are whole, stopped or broken off', () => {
    const { chat, llm, finished } = finishing();
    chat.send('a');
    llm.text('1');
    llm.done();
    chat.send('b');
    llm.text('2');
    chat.stop();
    chat.stop();
    chat.send('c');
    llm.text('3');
    llm.fail(new Error('no'));

    expect(finished).toEqual(['1 done', '2 stopped', '3 error']);
  });

  it('hears nothing of answers that something else took the place of', () => {
    const { chat, finished } = finishing();
    chat.send('a');
    chat.send('b');
    chat.regenerate();
    chat.reset();

    expect(finished).toEqual([]);
  });

  it('may send, stop, regenerate and reset', () => {
    const llm = fakeLlm();
    const steps: ((chat: Chat) => void)[] = [
      (chat) => {
        chat.send('Two');
      },
      (chat) => {
        chat.stop();
        chat.regenerate();
      },
      (chat) => {
        chat.reset([{ role: 'user', content: 'New' }]);
        chat.regenerate();
      },
    ];
    const { chat } = chatting({ onFinish: () => steps.shift()?.(chat) }, llm);
    chat.send('One');
    llm.text('1');
    llm.done();
    expect(shown(chat)).toEqual([
      'user: One (done)',
      'assistant: 1 (done)',
      'user: Two (done)',
      'assistant:  (streaming)',
    ]);
    llm.text('2');
    chat.stop();
    expect(shown(chat).slice(2)).toEqual(['user: Two (done)', 'assistant:  (streaming)']);
    llm.fail(new Error('no'));
    expect(shown(chat)).toEqual(['user: New (done)', 'assistant:  (streaming)']);
    expect([chat.status(), chat.error()]).toEqual(['connecting', undefined]);
    llm.done();
    expect([chat.status(), steps.length]).toEqual(['done', 0]);
  });

  it('finds the approvals withdrawn and the request left', () => {
    const seen: unknown[] = [];
    const llm = fakeLlm();
    const { chat } = chatting(
      {
        tools: [weather],
        approve: 'ask',
        onFinish: () => seen.push(chat.approvals().length, chat.status(), llm.requests[0]?.isOpen),
      },
      llm,
    );
    chat.send('Hi');
    llm.toolCall(callFor('Rome'));
    llm.done();
    chat.stop();

    expect(seen).toEqual([0, 'stopped', false]);
  });

  it('hands what it throws to the ErrorHandler', () => {
    const handled: unknown[] = [];
    const handler = { handleError: (error: unknown) => handled.push(error) };
    const mistake = new Error('mine');
    const { chat, llm } = chatting(
      {
        onFinish: () => {
          throw mistake;
        },
      },
      fakeLlm(),
      [{ provide: ErrorHandler, useValue: handler }],
    );
    chat.send('Hi');
    llm.text('Hello');
    llm.done();

    expect(handled).toEqual([mistake]);
    expect([chat.status(), chat.error()]).toEqual(['done', undefined]);
  });
});

describe('the end of the injector', () => {
  const within = (options = {}) => {
    const llm = fakeLlm();
    const injector = inTestBed([llm.provider], () =>
      createEnvironmentInjector([], TestBed.inject(EnvironmentInjector)),
    );
    return { llm, injector, chat: injectChat({ ...options, injector }) };
  };

  it.each(['connecting', 'waiting', 'streaming'])('stops the answer while %s', (state) => {
    const { llm, injector, chat } = within();
    chat.send('Hi');
    if (state !== 'connecting') llm.start();
    if (state === 'streaming') llm.text('Hel');
    expect(chat.status()).toBe(state);
    injector.destroy();

    expect(llm.requests[0]?.isOpen).toBe(false);
    expect([chat.status(), chat.busy()]).toEqual(['stopped', false]);
  });

  it('keeps what was said, and calls nothing', () => {
    const finished: unknown[] = [];
    const { llm, injector, chat } = within({ onFinish: (message: unknown) => finished.push(message) });
    chat.send('Hi');
    llm.text('Hel');
    injector.destroy();

    expect([lastOf(chat).text(), finished]).toEqual(['Hel', []]);
  });

  it('makes every method do nothing', () => {
    const { llm, injector, chat } = within();
    chat.send('Hi');
    injector.destroy();
    chat.send('More');
    chat.regenerate();
    chat.stop();
    chat.reset();

    expect(shown(chat)).toEqual(['user: Hi (done)', 'assistant:  (stopped)']);
    expect(llm.requests).toHaveLength(1);
  });

  it.each(['system', 'body', 'tools'])('may come while `%s` is read', (option) => {
    const llm = fakeLlm();
    const injector = inTestBed([llm.provider], () =>
      createEnvironmentInjector([], TestBed.inject(EnvironmentInjector)),
    );
    const destroy = () => {
      injector.destroy();
      return undefined;
    };
    const chat = injectChat({ injector, [option]: destroy });
    chat.send('Hi');

    expect(llm.requests).toEqual([]);
    expect([chat.status(), chat.error()]).toEqual(['stopped', undefined]);
  });

  it.each(['onFinish', 'approve', 'countTokens'])('may come while `%s` runs', (option) => {
    const llm = fakeLlm();
    const injector = inTestBed([llm.provider], () =>
      createEnvironmentInjector([], TestBed.inject(EnvironmentInjector)),
    );
    const destroy = () => {
      injector.destroy();
      return 1;
    };
    const chat = injectChat({ injector, tools: [weather], [option]: destroy });
    chat.send('Hi');
    llm.text('Hel');
    if (option !== 'countTokens') llm.toolCall(callFor('Rome'));
    if (option === 'onFinish') llm.done('stop');
    else if (option === 'approve') llm.done();
    if (option === 'onFinish') {
      llm.text('Done');
      llm.done();
    }

    expect(chat.busy()).toBe(false);
    expect(chat.error()).toBeUndefined();
    expect(llm.requests.some(({ isOpen }) => isOpen)).toBe(false);
    expect(chat.status()).toBe(option === 'onFinish' ? 'done' : 'stopped');
  });
});
