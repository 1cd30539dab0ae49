import '../../support/angular.ts';

import { effect, signal } from '@angular/core';
import * as t from 'io-ts';
import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { type Approval, type PendingCall, tool } from 'rxllm';
import { injectChat } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';

import { inTestBed, settle } from '../../support/angular.ts';
import { expectNothingUncaught } from '../../support/provider.ts';
import { callFor, chatting, lastOf, sentIn, shown, weather } from './chatting.ts';

expectNothingUncaught();

/** What the model was told of its calls. */
const results = (llm: ReturnType<typeof fakeLlm>): readonly unknown[] =>
  sentIn(llm).flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

const asking = (...cities: readonly string[]) => {
  const made = chatting({ tools: [weather], approve: 'ask' });
  made.chat.send('Weather?');
  for (const city of cities) made.llm.toolCall(callFor(city));
  made.llm.done();
  return made;
};

describe('tools', () => {
  it('run without asking, and the answer goes on', () => {
    const { chat, llm } = chatting({ tools: () => [weather] });
    chat.send('Weather?');
    llm.text('Let me see. ');
    llm.toolCall(callFor('Rome'));
    llm.done();
    expect([chat.status(), results(llm)]).toEqual(['connecting', ['sunny in Rome']]);
    llm.text('Sunny.');
    llm.done();

    expect(shown(chat)).toEqual(['user: Weather? (done)', 'assistant: Let me see. Sunny. (done)']);
    expect(lastOf(chat).toolCalls()).toMatchObject([{ name: 'weather', run: { status: 'done' } }]);
    expect(lastOf(chat).completion()?.steps).toHaveLength(2);
    chat.send('Thanks');
    expect(sentIn(llm).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
  });

  it('are told to the model only where there are some', () => {
    const { chat, llm } = chatting({ tools: [] });
    chat.send('Hi');

    expect(llm.requests[0]?.body).not.toHaveProperty('tools');
  });

  it('that take their time show as running', () => {
    const result$ = new Subject<string>();
    const slow = tool({ name: 'weather', input: t.type({ city: t.string }), run: () => result$ });
    const { chat, llm } = chatting({ tools: [slow] });
    chat.send('Weather?');
    llm.toolCall(callFor('Rome', 'a'));
    llm.toolCall(callFor('Oslo', 'b'));
    llm.done();
    expect(chat.status()).toBe('running-tools');
    result$.next('half');
    expect([chat.status(), chat.busy()]).toEqual(['running-tools', true]);
    result$.next('sunny');
    result$.complete();

    expect([chat.status(), results(llm)]).toEqual(['connecting', ['sunny', 'sunny']]);
    llm.start();
    expect(chat.status()).toBe('waiting');
  });

  it('are stopped with the answer, which goes back with words that say so', () => {
    let isLeft = false;
    const slow = tool({
      name: 'weather',
      input: t.type({ city: t.string }),
      run: () => new Observable(() => () => (isLeft = true)),
    });
    const { chat, llm } = chatting({ tools: [slow] });
    chat.send('Weather?');
    llm.toolCall(callFor('Rome'));
    llm.done();
    chat.stop();
    expect([isLeft, chat.status()]).toEqual([true, 'stopped']);
    chat.send('Well?');

    expect(results(llm)).toEqual(['Error: it was stopped before it gave a result']);
  });

  it('may send when they are stopped', () => {
    const llm = fakeLlm();
    const sending = tool({
      name: 'weather',
      input: t.type({ city: t.string }),
      run: () =>
        new Observable(() => () => {
          chat.send('I was stopped');
        }),
    });
    const { chat } = chatting({ tools: [sending] }, llm);
    chat.send('Weather?');
    llm.toolCall(callFor('Rome'));
    llm.done();
    chat.send('Never mind');

    expect(llm.requests.filter(({ isOpen }) => isOpen)).toHaveLength(1);
    expect(shown(chat)).toEqual([
      'user: Weather? (done)',
      'assistant:  (stopped)',
      'user: Never mind (done)',
      'assistant:  (stopped)',
      'user: I was stopped (done)',
      'assistant:  (streaming)',
    ]);
    llm.text('Yes');
    llm.done();
    expect([chat.status(), lastOf(chat).text()]).toEqual(['done', 'Yes']);
  });

  it('that the model calls for too long end the answer', () => {
    const { chat, llm } = chatting({ tools: [weather], maxSteps: 2 });
    chat.send('Weather?');
    llm.toolCall(callFor('Rome'));
    llm.done();
    llm.toolCall(callFor('Oslo'));
    llm.done();

    expect(chat.error()).toMatchObject({ _tag: 'LimitError', option: 'maxSteps' });
    chat.send('Go on');
    expect(results(llm)).toEqual(['sunny in Rome', 'Error: it was not run']);
  });

  it('that nobody is there to run are answered when the conversation goes on', () => {
    const { chat, llm } = chatting({ body: { tools: [{ type: 'function', function: { name: 'weather' } }] } });
    chat.send('Weather?');
    llm.toolCall(callFor('Rome'));
    llm.done();
    expect([chat.status(), lastOf(chat).toolCalls().length]).toEqual(['done', 1]);
    chat.send('Well?');

    expect(results(llm)).toEqual(['Error: it was not run']);
  });
});

describe('approvals', () => {
  it('wait for a person', () => {
    const { chat, llm } = asking('Rome');
    expect([chat.status(), chat.busy()]).toEqual(['awaiting-approval', true]);
    const [approval] = chat.approvals();
    expect(approval).toMatchObject({ callId: 'Rome', toolName: 'weather', input: { city: 'Rome' }, step: 0 });
    approval?.approve();

    expect([chat.approvals(), chat.status(), results(llm)]).toEqual([[], 'connecting', ['sunny in Rome']]);
  });

  it('that are denied tell the model why', () => {
    const { chat, llm } = asking('Rome');
    chat.approvals()[0]?.deny('not today');

    expect(results(llm)).toEqual(['Error: it was not approved: not today']);
    expect(lastOf(chat).toolCalls()).toMatchObject([{ run: { status: 'failed', error: { reason: 'denied' } } }]);
    llm.text('Then not.');
    llm.done();
    expect(chat.status()).toBe('done');
  });

  it('need no reason', () => {
    const { chat, llm } = asking('Rome');
    chat.approvals()[0]?.deny();

    expect(results(llm)).toEqual(['Error: it was not approved']);
  });

  it('may be several at a time, settled in any order', () => {
    const { chat, llm } = asking('Rome', 'Oslo', 'Bonn');
    expect(chat.approvals().map(({ callId }) => callId)).toEqual(['Rome', 'Oslo', 'Bonn']);
    chat.approvals()[1]?.deny('too cold');
    chat.approvals()[1]?.approve();
    expect([chat.status(), chat.approvals().length]).toEqual(['awaiting-approval', 1]);
    chat.approvals()[0]?.approve();

    expect(results(llm)).toEqual(['sunny in Rome', 'Error: it was not approved: too cold', 'sunny in Bonn']);
  });

  it('count once, however often they are clicked', () => {
    const { chat, llm } = asking('Rome', 'Oslo');
    const [first] = chat.approvals();
    first?.approve();
    first?.approve();
    first?.deny();

    expect(chat.approvals()).toHaveLength(1);
    chat.approvals()[0]?.approve();
    first?.deny();
    expect(results(llm)).toEqual(['sunny in Rome', 'sunny in Oslo']);
  });

  it.each(['stop', 'reset', 'regenerate', 'send'] as const)('are withdrawn by %s, and then do nothing', (way) => {
    const { chat, llm } = asking('Rome', 'Oslo');
    const [approval] = chat.approvals();
    if (way === 'send') chat.send('Never mind');
    else chat[way]();
    approval?.approve();
    approval?.deny();

    expect(chat.approvals()).toEqual([]);
    expect(chat.status()).toBe({ stop: 'stopped', reset: 'idle', regenerate: 'connecting', send: 'connecting' }[way]);
    if (way === 'send') {
      expect(results(llm)).toEqual(['Error: it was not run', 'Error: it was not run']);
    }
  });

  it('are asked for again in the next round', () => {
    const { chat, llm } = asking('Rome');
    chat.approvals()[0]?.approve();
    llm.toolCall(callFor('Oslo'));
    llm.done();

    expect(chat.approvals()).toMatchObject([{ callId: 'Oslo', step: 1 }]);
    chat.approvals()[0]?.approve();
    llm.text('Both.');
    llm.done();
    expect([chat.status(), lastOf(chat).text()]).toEqual(['done', 'Both.']);
  });

  it('given in an effect do not bind it to what the tool reads', async () => {
    const city = signal('Rome');
    let runs = 0;
    const reading = tool({ name: 'weather', input: t.type({ city: t.string }), run: () => city() });
    const llm = fakeLlm();
    const chat = inTestBed([llm.provider], () => {
      const made = injectChat({ tools: [reading], approve: 'ask' });
      effect(() => {
        runs += 1;
        made.approvals()[0]?.approve();
      });
      return made;
    });
    chat.send('Weather?');
    llm.toolCall(callFor('Rome'));
    llm.done();
    await settle();
    const runsSoFar = runs;
    city.set('Oslo');
    await settle();

    expect([results(llm), runs]).toEqual([['Rome'], runsSoFar]);
  });

  describe('by a function', () => {
    const deciding = (approve: (call: PendingCall) => never) => {
      const made = chatting({ tools: [weather], approve });
      made.chat.send('Weather?');
      made.llm.toolCall(callFor('Rome'));
      made.llm.done();
      return made;
    };
    const denied: Approval = { isApproved: false, reason: 'no' };

    it.each([
      ['a value', () => true, 'sunny in Rome'],
      ['an Observable', () => of(true, false), 'sunny in Rome'],
      ['an object', () => denied, 'Error: it was not approved: no'],
      ['an Observable without a word', () => of(), 'Error: it was not approved'],
    ])('take %s', (_, approve, told) => {
      const { llm } = deciding(approve as never);

      expect(results(llm)).toEqual([told]);
    });

    it('show as running while it thinks, and take a promise', async () => {
      const { chat, llm } = deciding((async () => denied) as never);
      expect([chat.status(), chat.approvals()]).toEqual(['running-tools', []]);
      await Promise.resolve();
      await Promise.resolve();

      expect(results(llm)).toEqual(['Error: it was not approved: no']);
    });

    it('may leave it to a person', async () => {
      const { chat, llm } = deciding((async () => 'ask') as never);
      await Promise.resolve();
      await Promise.resolve();
      expect([chat.status(), chat.approvals().length]).toEqual(['awaiting-approval', 1]);
      chat.approvals()[0]?.approve();

      expect(results(llm)).toEqual(['sunny in Rome']);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('mine');
        },
      ],
      ['rejects', () => Promise.reject(new Error('mine'))],
      ['errors', () => throwError(() => new Error('mine'))],
    ])('end the answer where it %s', async (_, approve) => {
      const { chat } = deciding(approve as never);
      await settle();

      expect([chat.status(), chat.error()]).toEqual(['error', new Error('mine')]);
    });

    it('may be stopped while it thinks', () => {
      const { chat } = deciding((() => NEVER) as never);
      chat.stop();

      expect([chat.status(), chat.busy()]).toEqual(['stopped', false]);
    });

    it('may stop the chat, or send', () => {
      const llm = fakeLlm();
      const { chat } = chatting({ tools: [weather], approve: () => (chat.send('Other'), true) }, llm);
      chat.send('Weather?');
      llm.toolCall(callFor('Rome'));
      llm.done();

      expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, true]);
      expect(chat.messages()).toHaveLength(4);
      expect(chat.status()).toBe('connecting');
    });
  });
});
