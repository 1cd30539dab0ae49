import '../../support/angular.ts';

import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { type Delta, InvalidOptionError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { injectChat, injectLlm, provideLlm, streamSignal } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';
import { answer } from 'rxllm/testing';

import { inTestBed } from '../../support/angular.ts';
import { expectNothingUncaught } from '../../support/provider.ts';

expectNothingUncaught();

const listening = () => {
  const llm = fakeLlm();
  const deltas: Delta[] = [];
  const ends: unknown[] = [];
  const model = inTestBed([llm.provider], () => injectLlm());
  const listen = () =>
    model.deltas({ messages: [{ role: 'user', content: 'Hi' }] }).subscribe({
      next: (delta) => deltas.push(delta),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  return { llm, deltas, ends, listen, types: () => deltas.map(({ type }) => type) };
};

describe('fakeLlm', () => {
  it('gives well-formed deltas, at its word', () => {
    const { llm, deltas, ends, listen, types } = listening();
    listen();
    expect(deltas).toEqual([]);
    llm.reasoning('Hm');
    llm.text('Hel');
    llm.text('lo');
    llm.toolCall({ id: 'c1', name: 'now', arguments: { zone: 'CET' } });
    llm.text('More');
    llm.usage({ inputTokens: 3 });
    llm.done();

    expect(types().join(' ')).toBe(
      'start part-start reasoning part-end part-start text text part-end part-start tool-call tool-call part-end ' +
        'part-start text usage part-end finish end',
    );
    expect(deltas.flatMap((delta) => (delta.type === 'part-start' ? [delta.part] : []))).toEqual([0, 1, 2, 3]);
    expect(deltas.find(({ type }) => type === 'finish')).toMatchObject({ reason: 'tool-calls' });
    expect(ends).toEqual(['complete']);
  });

  it('ends an answer as it is told to', () => {
    const { llm, deltas, listen } = listening();
    listen();
    llm.done('length');

    expect(deltas).toMatchObject([{ type: 'start' }, { type: 'finish', reason: 'length' }, { type: 'end' }]);
  });

  it('gives any deltas as they are, and goes on behind them', () => {
    const { llm, deltas, ends, listen, types } = listening();
    const given = answer({ text: 'Hi' });
    listen();
    llm.deltas(given.slice(0, 3));
    llm.text(' there');
    llm.reasoning('Hm');
    expect(types()).toEqual(['start', 'part-start', 'text', 'text', 'part-end', 'part-start', 'reasoning']);
    expect(deltas.at(-1)).toMatchObject({ part: 1 });
    listen();
    llm.deltas(given);
    expect(ends).toEqual(['complete']);
    expect(() => {
      llm.streams[1]?.text('x');
    }).toThrow('has ended');
  });

  it('fails with the error that it is given, without a retry', () => {
    const { llm, ends, listen } = listening();
    const error = new Error('mine');
    listen();
    llm.text('Hel');
    llm.fail(error);

    expect(ends).toEqual([error]);
    expect(llm.requests).toHaveLength(1);
  });

  it('tells what was asked, and who still listens', () => {
    const { llm, listen } = listening();
    const first = listen();
    listen();
    expect(llm.requests).toEqual([
      { dialect: 'openai-chat', body: expect.objectContaining({ model: 'fake-model' }), isOpen: true },
      expect.objectContaining({ isOpen: true }),
    ]);
    first.unsubscribe();
    llm.done();

    expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    expect(llm.streams.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });

  it('speaks on the newest open stream, and on each by itself', () => {
    const { llm, deltas, listen } = listening();
    listen();
    listen();
    llm.streams[0]?.text('first');
    llm.text('second');
    llm.done();
    llm.text('first again');

    expect(deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []))).toEqual([
      'first',
      'second',
      'first again',
    ]);
  });

  it('says so when nobody listens', () => {
    const { llm, listen } = listening();
    expect(() => {
      llm.text('Hi');
    }).toThrow('nothing has been asked');
    listen().unsubscribe();
    expect(() => {
      llm.done();
    }).toThrow('all 1 have ended or been left');
    // A server may speak on for a while.
    llm.streams[0]?.text('late');
  });

  it('refuses the requests that a provider’s dialect refuses', () => {
    const llm = fakeLlm();
    const model = inTestBed([llm.provider], () => injectLlm());

    expect(() => model.deltas({})).toThrow(InvalidOptionError);
  });

  it('leaves the config to the application', () => {
    const llm = fakeLlm();
    const own = provideLlm({ dialect: anthropicMessages, baseUrl: '/api', body: { model: 'mine', max_tokens: 9 } });
    const chat = inTestBed([own, llm.provider], () => injectChat());
    chat.send('Hi');

    expect(llm.requests).toEqual([
      {
        dialect: 'anthropic-messages',
        body: { model: 'mine', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
        isOpen: true,
      },
    ]);
  });

  it('stands in where a place has a runner or a config of its own', () => {
    const llm = fakeLlm();
    const network = () => {
      throw new Error('the network');
    };
    const config = { dialect: anthropicMessages, baseUrl: '/api', body: { model: 'mine', max_tokens: 9 } };
    const injector = inTestBed([llm.provider], () =>
      createEnvironmentInjector([provideLlm(config)], TestBed.inject(EnvironmentInjector)),
    );
    injectChat({ injector, runIn: network }).send('Hi');

    expect(llm.requests).toMatchObject([{ dialect: 'anthropic-messages', isOpen: true }]);
    injector.destroy();
    expect(llm.requests).toMatchObject([{ isOpen: false }]);
  });

  it('works with streamSignal, and with the completions of injectLlm', () => {
    const llm = fakeLlm();
    const state = inTestBed([llm.provider], () =>
      streamSignal(injectLlm().completion({ messages: [] }), { paint: false }),
    );
    llm.text('Hel');
    expect(state()).toMatchObject({ status: 'streaming', value: { text: 'Hel' } });
    llm.text('lo');
    llm.done();

    expect(state()).toMatchObject({ status: 'done', value: { text: 'Hello', ended: true } });
  });

  it('may be told to paint as a browser does', () => {
    const llm = fakeLlm({ paint: { by: 'time', maxWaitMs: 10_000 } });
    const chat = inTestBed([llm.provider], () => injectChat({ paint: false }));
    chat.send('Hi');
    llm.text('Hel');
    expect(chat.messages()[1]?.text()).toBe('');
    llm.done();

    expect(chat.messages()[1]?.text()).toBe('Hel');
  });
});
