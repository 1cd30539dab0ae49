import { DefaultChatTransport } from 'ai';
import type OpenAI from 'openai';
import { concat, from, NEVER, of, Subject } from 'rxjs';
import type { Delta } from 'rxllm';
import { encodeOpenAiResponses, encodeUiMessageStream } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { call, end, finish, partEnd, partStart, reasoning, start, text } from '../support/deltas.ts';
import { expectNothingUncaught, until } from '../support/provider.ts';
import { closeRelays, MemoryChat, openAiOf, relayServer } from './relayClients.ts';

expectNothingUncaught();
afterEach(closeRelays);

type Event = OpenAI.Responses.ResponseStreamEvent;

const deltas = answer({
  reasoning: 'Let me think.',
  text: 'To be, or not to be',
  toolCalls: [{ id: 'call_1', name: 'ask', arguments: ['{"who":', '"Ophelia"}'] }],
  usage: { inputTokens: 3, outputTokens: 6 },
});

const all = async (events: AsyncIterable<Event>): Promise<readonly Event[]> => {
  const list: Event[] = [];
  for await (const event of events) list.push(event);
  return list;
};

/** An event without the time at which it was written. */
const plain = (event: Event): unknown =>
  JSON.parse(JSON.stringify(event, (name, value: unknown) => (name === 'created_at' ? undefined : value)));

describe('the Responses of openai', () => {
  const body = { model: 'm', input: 'Hi', stream: true } as const;

  it('go on behind any event, with starting_after', async () => {
    const source = new Subject<Delta>();
    const { origin } = await relayServer(encodeOpenAiResponses(), { source });
    const client = openAiOf(origin);
    // As it is made, so that nothing is joined.
    const reading = client.responses.create(body).then(all);
    for (const delta of deltas) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      source.next(delta);
    }
    source.complete();
    const events = await reading;
    const id = 'resp_1';

    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    for (const [at, { sequence_number: starting_after }] of events.entries()) {
      const rest = await all(await client.responses.retrieve(id, { stream: true, starting_after }));
      const joinedText = (list: readonly Event[]): string =>
        list.map((event) => (event.type.endsWith('.delta') ? (event as { delta: string }).delta : '')).join('');

      expect(joinedText(rest)).toBe(joinedText(events.slice(at + 1)));
      expect(rest.filter(({ type }) => !type.endsWith('.delta')).map(plain)).toEqual(
        events
          .slice(at + 1)
          .filter(({ type }) => !type.endsWith('.delta'))
          .map(plain),
      );
    }
  });

  it('are replayed by the helper, from an event on', async () => {
    const { origin } = await relayServer(encodeOpenAiResponses(), { source: from(deltas) });
    const client = openAiOf(origin);
    const first = await client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse();
    const again = await client.responses.stream({ response_id: first.id, starting_after: 3 }).finalResponse();

    expect(first).toMatchObject({ id: 'resp_1', status: 'completed', output_text: 'To be, or not to be' });
    expect(plain(again as never)).toEqual(plain(first as never));
  });

  it('are stopped by cancel, and told as far as they came', async () => {
    const thought = [partStart(0, 'reasoning'), reasoning(0, 'Hm.'), partEnd(0)];
    const source = concat(of(start(), ...thought, partStart(1, 'text'), text(1, 'To be')), NEVER);
    const { origin } = await relayServer(encodeOpenAiResponses(), { source });
    const client = openAiOf(origin);
    const events: Event[] = [];
    const reading = client.responses.create(body).then(async (stream) => {
      for await (const event of stream) events.push(event);
    });
    await until(() => events.some(({ type }) => type === 'response.output_text.delta'));
    const underway = await client.responses.retrieve('resp_1');
    const cancelled = await client.responses.cancel('resp_1');
    await reading;

    expect(underway).toMatchObject({ id: 'resp_1', status: 'in_progress', output_text: 'To be' });
    expect(underway.output).toMatchObject([
      { type: 'reasoning', status: 'completed' },
      { type: 'message', status: 'in_progress' },
    ]);
    expect(cancelled).toMatchObject({ id: 'resp_1', status: 'cancelled' });
    expect(cancelled.output).toMatchObject([
      { type: 'reasoning', status: 'completed' },
      { type: 'message', status: 'incomplete', content: [{ text: 'To be' }] },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } });
  });

  it('are told whole without a stream, as the stream told them', async () => {
    const { origin } = await relayServer(encodeOpenAiResponses(), { source: from(deltas) });
    const client = openAiOf(origin);
    const last = (await all(await client.responses.create(body))).at(-1) as { response: object };

    expect(await client.responses.retrieve('resp_1')).toMatchObject(plain(last.response as never) as object);
  });
});

describe('useChat', () => {
  const encoder = encodeUiMessageStream();
  const partsOf = (chat: MemoryChat): readonly unknown[] => chat.messages.at(-1)?.parts ?? [];

  it('resumes an answer after a reload, and sees each part once', async () => {
    const source = new Subject<Delta>();
    const { origin } = await relayServer(encoder, { source });
    const api = `${origin}/api/chat`;
    const first = new MemoryChat(api, { id: 'c1' });
    const asked = first.ask();
    for (const delta of deltas.slice(0, 9)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      source.next(delta);
    }
    await until(() => first.answerText !== '');
    // The page that comes after the reload has what the one before it had saved.
    const second = new MemoryChat(api, { id: 'c1' });
    second.messages = structuredClone(first.messages);
    const resumed = second.resumeStream();
    for (const delta of deltas.slice(9)) source.next(delta);
    source.complete();
    await Promise.all([asked, resumed]);

    expect(second.messages).toHaveLength(2);
    expect(partsOf(second)).toEqual(partsOf(first));
    expect(second.answerText).toBe('To be, or not to be');
    expect(second.status).toBe('ready');
  });

  it('finds nothing to resume, and leaves it at that', async () => {
    const { origin } = await relayServer(encoder, { source: from(deltas) });
    const api = `${origin}/api/chat`;
    const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response(null, { status: 204 }));
    const chat = new MemoryChat(api, { transport: new DefaultChatTransport({ api, fetch }) });
    await chat.resumeStream();

    expect(chat.status).toBe('ready');
    expect(chat.messages).toEqual([]);
  });

  it('takes back what a new attempt makes void', async () => {
    const source = of(
      start(),
      partStart(0, 'text'),
      text(0, 'Wrong'),
      start('a2', 'm', 0, 2),
      partStart(0, 'text'),
      text(0, 'Right'),
      partEnd(0),
      finish('stop'),
      end,
    );
    const { origin } = await relayServer(encoder, { source });
    const chat = new MemoryChat(`${origin}/api/chat`);

    expect(await chat.ask()).toBe('ready');
    expect(chat.answerText).toBe('Right');
  });

  it('runs a call of its own, and goes on in the same message', async () => {
    const calling = of(
      start(),
      partStart(0, 'tool-call'),
      call(0, { id: 'call_1', name: 'ask', argumentsText: '{"who":"Ophelia"}' }),
      partEnd(0),
      finish('tool-calls'),
      end,
    );
    const server = await relayServer(encodeUiMessageStream({ messageId: () => 'message-1' }), { source: calling });
    const asked: unknown[] = [];
    const chat: MemoryChat = new MemoryChat(`${server.origin}/api/chat`, {
      onToolCall: ({ toolCall }) => {
        asked.push(toolCall.input);
        server.plan.now = { source: from(answer({ text: 'She is well.' })) };
        void chat.addToolOutput({ tool: 'ask', toolCallId: toolCall.toolCallId, output: 'well' });
      },
      sendAutomaticallyWhen: ({ messages }) => server.ids.length === 1 && messages.length === 2,
    });
    await chat.ask();
    await until(() => chat.status === 'ready' && server.ids.length === 2);

    expect(asked).toEqual([{ who: 'Ophelia' }]);
    expect(chat.messages).toHaveLength(2);
    expect(chat.answerText).toBe('She is well.');
  });
});
