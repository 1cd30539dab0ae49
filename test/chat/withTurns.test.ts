import { type Completion, type Delta, InvalidOptionError, type ToolCall, ToolError, type Turn, withTurns } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { answer } from 'rxllm/testing';

import {
  audio,
  call,
  citation,
  end,
  finish,
  partEnd,
  partStart,
  reasoning,
  reduceAll,
  signature,
  start,
  stepEnd,
  text,
  textPart,
  toolRun,
} from '../support/deltas.ts';
import { workedMs } from '../support/workedMs.ts';

const user = (content: string | object): Turn => ({ role: 'user', content });
const said = (...deltas: readonly Delta[]): Turn => ({ role: 'assistant', completion: reduceAll(deltas) });
const calling = (part: number, id = 'c1', argumentsText = '{"city":"Rome"}', name = 'weather'): readonly Delta[] => [
  partStart(part, 'tool-call'),
  call(part, { id, name, argumentsText }),
  partEnd(part),
];
const chat = (...turns: readonly Turn[]) => withTurns(openAiChat, { model: 'm', messages: [] }, turns).messages;
const messages = (...turns: readonly Turn[]) =>
  withTurns(anthropicMessages, { model: 'm', max_tokens: 9 }, turns).messages;
const thinking: readonly Delta[] = [partStart(0, 'reasoning'), reasoning(0, 'Hm'), signature(0, 'SEAL'), partEnd(0)];

/** What the model is told of the one call of an answer. */
const toldOf = (...deltas: readonly Delta[]): unknown =>
  (chat(said(start(), ...deltas)).at(-1) as { readonly content: unknown }).content;

describe('withTurns', () => {
  it('puts a conversation behind the messages of a body, which stays as it is', () => {
    const body = { model: 'm', messages: [{ role: 'system', content: 'Be brief.' }], temperature: 0 };
    const turns: readonly Turn[] = [user('Hi'), { role: 'assistant', text: 'Hello' }, user('Bye')];
    const next = withTurns(openAiChat, body, turns);

    expect(next).toEqual({
      ...body,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Bye' },
      ],
    });
    expect(body.messages).toHaveLength(1);
    expect(withTurns(openAiChat, body, [])).toEqual(body);
  });

  it('puts what the system says where each provider wants it', () => {
    const turns: readonly Turn[] = [{ role: 'system', content: 'Be brief.' }, user('Hi')];

    expect(withTurns(openAiChat, { model: 'm' }, turns).messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(withTurns(anthropicMessages, { model: 'm', max_tokens: 9 }, turns)).toMatchObject({
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(withTurns(openAiResponses, { model: 'm', input: 'Before' }, turns)).toMatchObject({
      instructions: 'Be brief.',
      input: [{ content: 'Before' }, { content: 'Hi' }],
    });
    expect(withTurns(gemini, { model: 'm' }, turns)).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    });
    expect(withTurns(ollama, { model: 'm' }, turns).messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  });

  it('leaves out what the system does not say', () => {
    expect(withTurns(anthropicMessages, { model: 'm' }, [{ role: 'system', content: ' ' }])).toEqual({ model: 'm' });
  });

  it('keeps cache marks and other blocks of what stands in `system`', () => {
    const block = { type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } };
    const { system } = withTurns(anthropicMessages, { model: 'm', system: [block] }, [
      { role: 'system', content: 'Short' },
    ]);

    expect(system).toEqual([block, { type: 'text', text: 'Short' }]);
  });

  it('keeps an instruction to Gemini in the spelling that it has', () => {
    const body = withTurns(gemini, { model: 'm', system_instruction: { parts: [{ text: 'One' }] } }, [
      { role: 'system', content: 'Two' },
    ]);

    expect(body).toEqual({ model: 'm', system_instruction: { parts: [{ text: 'One' }, { text: 'Two' }] } });
  });

  it('refuses content that a dialect has no form for', () => {
    expect(() => withTurns(ollama, { model: 'm' }, [user([{ type: 'text', text: 'Hi' }])])).toThrow(InvalidOptionError);
  });

  it('sends a whole answer back whole: each step, its calls, their results, what is sealed', () => {
    const turn = said(
      start(),
      ...thinking,
      ...calling(1),
      finish('tool-calls'),
      toolRun(1, { result: { degrees: 21 } }),
      stepEnd(0),
      start('a2', 'm', 1),
      ...textPart(0, ['21 degrees.']),
      finish('stop'),
      stepEnd(1),
      end,
    );

    expect(messages(user('Hi'), turn, user('Thanks'))).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'SEAL' },
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Rome' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: '{"degrees":21}' }] },
      { role: 'assistant', content: [{ type: 'text', text: '21 degrees.' }] },
      { role: 'user', content: 'Thanks' },
    ]);
  });

  it('takes answers that were kept as JSON', () => {
    const turn = said(
      start(),
      partStart(0, 'text'),
      text(0, 'Rome'),
      citation(0, { raw: { type: 'char_location', cited_text: 'Rome' } }),
      partEnd(0),
      ...calling(1),
      finish('tool-calls'),
      toolRun(1, { error: new ToolError({ reason: 'failed', toolName: 'f', callId: 'c1', problem: 'no net' }) }),
    );

    expect(messages(JSON.parse(JSON.stringify(turn)) as Turn)).toEqual(messages(turn));
  });

  describe('answers calls that have no result', () => {
    it.each([
      ['that was never run', [...calling(0), finish('tool-calls')], 'Error: it was not run'],
      ['that was running', [...calling(0), finish('tool-calls'), toolRun(0, {})], 'Error: it was stopped before'],
      ['that failed', [...calling(0), finish('stop'), toolRun(0, { error: failed('no net') })], 'Error: no net'],
      ['that was still coming', calling(0, 'c1', '{"ci').slice(0, 2), 'Error: the answer ended before it was whole'],
      ['that length cut short', [...calling(0, 'c1', '{"c'), finish('length'), end], 'Error: the answer ended before'],
      ['whose arguments are no JSON', [...calling(0, 'c1', '{"c'), finish('stop'), end], 'Error: the arguments cannot'],
      [
        'whose result is no JSON',
        [...calling(0), finish('stop'), toolRun(0, { result: 1n })],
        'Error: its result cannot',
      ],
    ] as const)('one %s', (_, deltas, told) => {
      expect(toldOf(...deltas)).toContain(told);
    });

    it('but leaves out one that has no name yet', () => {
      expect(chat(said(start(), partStart(0, 'tool-call')))).toEqual([]);
      expect(chat(said(start(), ...textPart(0, ['Hi']), partStart(1, 'tool-call'), call(1, { id: 'c1' })))).toEqual([
        { role: 'assistant', content: 'Hi' },
      ]);
    });
  });

  describe('leaves out', () => {
    it.each([
      ['an answer that never began', [start()]],
      ['one of blanks', [start(), ...textPart(0, [' \n'])]],
      ['one that only thought', [start(), ...thinking]],
      ['an empty one', [start(), finish('stop'), end]],
    ] as const)('%s', (_, deltas) => {
      for (const dialect of [openAiChat, anthropicMessages, openAiResponses, gemini, ollama]) {
        const body = withTurns(dialect as typeof openAiChat, {}, [user('Hi'), said(...deltas), user('Bye')]);
        expect(Object.values(body).flat()).toHaveLength(2);
      }
      expect(chat({ role: 'assistant', text: ' ' })).toEqual([]);
    });

    it('a thought that nothing follows', () => {
      const deltas = [
        start(),
        ...textPart(0, ['Hi']),
        partStart(1, 'reasoning'),
        reasoning(1, 'Hm'),
        signature(1, 'S'),
      ];

      expect(messages(said(...deltas))).toEqual([{ role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }]);
    });

    it('a call of the provider’s own tools whose result never came, and keeps the others', () => {
      const server = (part: number, id: string): readonly Delta[] => [
        partStart(part, 'tool-call'),
        call(part, { id, name: 'web_search', argumentsText: '{}', executedBy: 'server' }),
        partEnd(part),
      ];
      const result = (part: number, id: string) =>
        partStart(part, 'tool-result', { raw: { type: 'web_search_tool_result', tool_use_id: id, content: [] } });
      const cut = said(start(), ...server(0, 'a'), ...server(1, 'b'), result(2, 'b'), ...textPart(3, ['So']));

      expect(JSON.stringify(messages(cut))).not.toContain('"id":"a"');
      expect(messages(cut)).toMatchObject([
        {
          content: [
            { type: 'server_tool_use', id: 'b' },
            { type: 'web_search_tool_result', tool_use_id: 'b' },
            { type: 'text', text: 'So' },
          ],
        },
      ]);
    });
  });

  it('sends what was spoken as words', () => {
    const spoken = [
      start(),
      partStart(0, 'audio'),
      audio(0, { id: 'x', data: 'AAA=', transcript: 'Hello' }),
      finish('stop'),
      end,
    ];

    expect(chat(said(...spoken))).toEqual([{ role: 'assistant', content: 'Hello' }]);
  });

  it('sends the first of several choices', () => {
    const turn = said(start(), ...textPart(0, ['One']), ...textPart(0, ['Two'], 1), finish('stop'), end);

    expect(chat(turn)).toEqual([{ role: 'assistant', content: 'One' }]);
  });

  describe('with the Responses API', () => {
    const item = (type: string, more: object) => ({ type, ...more });
    const message = { type: 'message', id: 'msg_1', role: 'assistant' };
    const deltas = [
      start(),
      partStart(0, 'reasoning'),
      { ...partEnd(0), raw: item('reasoning', { id: 'rs_1', summary: [] }) } as Delta,
      partStart(1, 'text', { raw: message }),
      text(1, 'Hel'),
    ];
    const input = (body: object, ...list: readonly Turn[]) =>
      withTurns(openAiResponses, { model: 'm', ...body }, list).input;

    it('names nothing of a response that never ended, for the server may not have kept it', () => {
      expect(JSON.stringify(input({}, said(...deltas)))).not.toMatch(/rs_1|msg_1/);
      expect(input({}, said(...deltas))).toMatchObject([{ type: 'message', content: [{ text: 'Hel' }] }]);
      expect(JSON.stringify(input({}, said(...deltas, finish('stop'), end)))).toMatch(/rs_1.*msg_1/);
    });

    it('sends reasoning that carries its own seal', () => {
      const raw = item('reasoning', { id: 'rs_1', summary: [], encrypted_content: 'SEAL' });
      const sealed = [start(), partStart(0, 'reasoning'), { ...partEnd(0), raw } as Delta, ...calling(1)];

      expect(input({}, said(...sealed))).toMatchObject([
        raw,
        { type: 'function_call', call_id: 'c1' },
        { type: 'function_call_output', call_id: 'c1' },
      ]);
    });

    it('sends a conversation that the server keeps only what it does not have', () => {
      const kept = { conversation: 'conv_1' };
      const whole = said(...deltas, finish('stop'), end);

      expect(input(kept, user('Hi'), whole, user('Bye'))).toEqual([{ role: 'user', content: 'Bye' }]);
      expect(input(kept, user('Hi'), said(start(), ...calling(0)), user('Bye'))).toEqual([
        { role: 'user', content: 'Bye' },
      ]);
    });
  });

  it('costs in proportion to the conversation for each turn, at most', () => {
    const [completion] = [reduceAll(answer({ text: 'Hello' }))] as [Completion];
    const turns = Array.from({ length: 4_000 }, (_, at): Turn =>
      at % 2 ? { role: 'assistant', completion } : user('Hi'),
    );
    const startMs = workedMs();

    expect(chat(...turns)).toHaveLength(4_000);
    expect(workedMs() - startMs).toBeLessThan(1_000);
  });

  it('never sends the same object of a call twice under one id', () => {
    const turn = said(start(), ...calling(0, ''), ...calling(1, ''), finish('tool-calls'), end);
    const list = chat(turn, user('Hi'), turn) as readonly { readonly tool_calls?: readonly ToolCall[] }[];
    const ids = list.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id }) => id));

    expect(new Set(ids).size).toBe(4);
  });
});

function failed(problem: string): ToolError {
  return new ToolError({ reason: 'failed', toolName: 'weather', callId: 'c1', problem });
}
