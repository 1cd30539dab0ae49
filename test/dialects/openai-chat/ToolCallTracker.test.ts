import type { Delta } from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import {
  call,
  finish,
  other,
  partEnd,
  partStart,
  reduceAll,
  signature,
  start,
  textPart,
} from '../../support/deltas.ts';
import { mapped } from '../../support/mapped.ts';

type Fragment = Readonly<Record<string, unknown>>;

/** The deltas of tool call fragments, each in a chunk of its own, without the `start` before them. */
const calls = (...fragments: readonly Fragment[]): readonly Delta[] =>
  mapped(
    openAiChat,
    fragments.map((fragment) => ({ id: 'a1', model: 'm', choices: [{ index: 0, delta: { tool_calls: [fragment] } }] })),
  ).slice(1);

const fn = (name?: string | null, args?: string | null): Fragment => ({ function: { name, arguments: args } });

/** Name and arguments of every call that comes of the deltas. */
const summary = (deltas: readonly Delta[]): readonly string[] =>
  reduceAll([start(), ...deltas]).toolCalls.map(({ id, name, argumentsText }) => `${id}:${name}(${argumentsText})`);

describe('tool calls of openai-chat', () => {
  describe('with an index and, at first, an id: as OpenAI sends them', () => {
    it('are put together by index', () => {
      const deltas = calls(
        { index: 0, id: 'c1', type: 'function', ...fn('f', '') },
        { index: 0, ...fn(undefined, '{"a"') },
        { index: 0, ...fn(undefined, ':1}') },
      );
      expect(deltas).toEqual([
        partStart(0, 'tool-call'),
        call(0, { id: 'c1', name: 'f' }),
        call(0, { argumentsText: '{"a"' }),
        call(0, { argumentsText: ':1}' }),
      ]);
    });

    it('may interleave', () => {
      const deltas = calls(
        { index: 0, id: 'c1', ...fn('f', '1') },
        { index: 1, id: 'c2', ...fn('g', '2') },
        { index: 0, ...fn(undefined, '1') },
        { index: 1, ...fn(undefined, '2') },
      );
      expect(deltas).toEqual([
        partStart(0, 'tool-call'),
        call(0, { id: 'c1', name: 'f', argumentsText: '1' }),
        partStart(1, 'tool-call'),
        call(1, { id: 'c2', name: 'g', argumentsText: '2' }),
        call(0, { argumentsText: '1' }),
        call(1, { argumentsText: '2' }),
      ]);
    });

    it('may come several in one delta', () => {
      const tool_calls = [
        { index: 0, id: 'c1', ...fn('f', '{}') },
        { index: 1, id: 'c2', ...fn('f', '{}') },
      ];
      expect(
        summary(mapped(openAiChat, [{ choices: [{ delta: { tool_calls }, finish_reason: 'tool_calls' }] }])),
      ).toEqual(['c1:f({})', 'c2:f({})']);
    });
  });

  it.each<[string, readonly Fragment[], readonly string[]]>([
    [
      'repeat the id, type and name on every fragment',
      [
        { index: 0, id: 'c1', ...fn('f', '1') },
        { index: 0, id: 'c1', ...fn('f', '2') },
      ],
      ['c1:f(12)'],
    ],
    [
      'repeat the id and leave out the index',
      [
        { id: 'c1', ...fn('f', '1') },
        { id: 'c2', ...fn('g', '2') },
        { id: 'c1', ...fn(null, '3') },
      ],
      ['c1:f(13)', 'c2:g(2)'],
    ],
    [
      'give every call index 0: the id tells them apart',
      [
        { index: 0, id: 'c1', ...fn('f', '1') },
        { index: 0, id: 'c2', ...fn('f', '2') },
        { index: 0, ...fn(null, '3') },
      ],
      ['c1:f(1)', 'c2:f(23)'],
    ],
    [
      'go back to an earlier call by its id, whatever the index says',
      [
        { index: 0, id: 'c1', ...fn('f', '1') },
        { index: 0, id: 'c2', ...fn('g', '2') },
        { index: 0, id: 'c1', ...fn(null, '3') },
      ],
      ['c1:f(13)', 'c2:g(2)'],
    ],
    [
      'have an empty or null id on later fragments',
      [
        { index: 0, id: 'c1', ...fn('f', '1') },
        { index: 0, id: '', ...fn('', '2') },
        { index: 0, id: null, ...fn(null, '3') },
      ],
      ['c1:f(123)'],
    ],
    [
      'have no index: a fragment without an id or a name belongs to the call before it',
      [{ id: 'c1', ...fn('f', '1') }, fn(null, '2'), { id: 'c2', ...fn('g', '3') }, fn(undefined, '4')],
      ['c1:f(12)', 'c2:g(34)'],
    ],
    [
      'have no index: a fragment without an id belongs to the call that was last touched',
      [{ id: 'c1', ...fn('f', '1') }, { id: 'c2', ...fn('g', '2') }, { id: 'c1', ...fn(null, '3') }, fn(null, '4')],
      ['c1:f(134)', 'c2:g(2)'],
    ],
    [
      'have neither id nor index: a name begins a call',
      [fn('f', '1'), fn('f', '2'), fn('g', '3'), fn(null, '4')],
      [':f(1)', ':f(2)', ':g(34)'],
    ],
    [
      'have neither id nor index, which is null: a name begins a call',
      [
        { index: null, ...fn('f', '1') },
        { index: null, ...fn('f', '2') },
        { index: null, ...fn(null, '3') },
      ],
      [':f(1)', ':f(23)'],
    ],
    [
      'have no id at first: another id with another name begins another call',
      [
        { index: 0, ...fn('f', '1') },
        { index: 0, id: 'c2', ...fn('g', '2') },
        { index: 0, ...fn(null, '3') },
      ],
      [':f(1)', 'c2:g(23)'],
    ],
    [
      'have an index but no id: another name begins another call',
      [
        { index: 0, ...fn('f', '1') },
        { index: 0, ...fn(null, '2') },
        { index: 0, ...fn('g', '3') },
        { index: 0, ...fn(null, '4') },
      ],
      [':f(12)', ':g(34)'],
    ],
    [
      'have an index but no id, and repeat the name',
      [
        { index: 0, ...fn('f', '1') },
        { index: 0, ...fn('f', '2') },
        { index: 1, ...fn('f', '3') },
      ],
      [':f(12)', ':f(3)'],
    ],
    [
      'name the tool late',
      [
        { index: 0, id: 'c1', ...fn(undefined, '1') },
        { index: 0, ...fn('f', '2') },
      ],
      ['c1:f(12)'],
    ],
    [
      'give the id late',
      [
        { index: 0, ...fn('f', '1') },
        { index: 0, id: 'c1', ...fn(undefined, '2') },
        { index: 0, ...fn(undefined, '3') },
      ],
      ['c1:f(123)'],
    ],
    [
      'give the id late, and no index',
      [fn('f', '1'), { id: 'c1', ...fn(undefined, '2') }, { id: 'c1', ...fn(undefined, '3') }],
      ['c1:f(123)'],
    ],
    ['have no function at all', [{ index: 0, id: 'c1' }], ['c1:()']],
    ['have no arguments at all', [{ index: 0, id: 'c1', function: { name: 'f' } }], ['c1:f()']],
    ['begin with a fragment that says nothing', [{}, { id: 'c1', ...fn('f', '1') }], ['c1:f(1)']],
    [
      'have indexes that begin anywhere and in any order',
      [
        { index: 7, id: 'c1', ...fn('f', '1') },
        { index: 3, id: 'c2', ...fn('g', '2') },
        { index: 7, ...fn(null, '3') },
      ],
      ['c1:f(13)', 'c2:g(2)'],
    ],
  ])('%s', (_, fragments, expected) => {
    expect(summary(calls(...fragments))).toEqual(expected);
  });

  it('keep the choices apart', () => {
    const chunk = (index: number, fragment: Fragment) => ({ choices: [{ index, delta: { tool_calls: [fragment] } }] });
    const deltas = mapped(openAiChat, [
      chunk(0, { index: 0, id: 'c1', ...fn('f', '1') }),
      chunk(1, { index: 0, id: 'c1', ...fn('g', '2') }),
      chunk(0, { index: 0, ...fn(null, '3') }),
    ]);
    const { choices } = reduceAll(deltas);

    expect(choices.map(({ toolCalls }) => toolCalls.map(({ argumentsText }) => argumentsText))).toEqual([
      ['13'],
      ['2'],
    ]);
  });

  describe('of type custom', () => {
    const custom = { index: 0, id: 'c1', type: 'custom', custom: { name: 'sql', input: 'SELECT ' } };

    it('have free text for input', () => {
      expect(calls(custom, { index: 0, custom: { input: '1' } })).toEqual([
        partStart(0, 'tool-call'),
        call(0, { id: 'c1', name: 'sql', argumentsText: 'SELECT ', input: 'text' }),
        call(0, { argumentsText: '1', input: 'text' }),
      ]);
    });

    it.each<[string, Fragment]>([
      ['a signature', { index: 0, extra_content: { google: { thought_signature: 's' } } }],
      ['nothing', { index: 0 }],
      ['its id alone', { id: 'c1' }],
    ])('stay so when a fragment brings %s', (_, fragment) => {
      const deltas = [...calls(custom, fragment), finish('tool-calls')];

      expect(reduceAll([start(), ...deltas]).toolCalls).toMatchObject([{ input: 'text', status: 'complete' }]);
    });
  });

  describe('as the deprecated function_call', () => {
    const chunk = (function_call: object, finish_reason: string | null = null) => ({
      id: 'a1',
      model: 'm',
      choices: [{ index: 0, delta: { function_call }, finish_reason }],
    });

    it('are one call without an id', () => {
      expect(
        mapped(openAiChat, [chunk({ name: 'f', arguments: '' }), chunk({ arguments: '{}' }, 'function_call')]),
      ).toEqual([
        start(),
        partStart(0, 'tool-call'),
        call(0, { name: 'f' }),
        call(0, { argumentsText: '{}' }),
        partEnd(0),
        finish('tool-calls', 'function_call'),
      ]);
    });
  });

  describe('with extra_content', () => {
    it('carry Google’s thought signature', () => {
      const extra_content = { google: { thought_signature: 'seal' } };

      expect(calls({ index: 0, id: 'c1', extra_content, ...fn('f', '{}') })).toEqual([
        partStart(0, 'tool-call'),
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        signature(0, 'seal'),
      ]);
    });

    it('carry anything else as it came', () => {
      expect(calls({ index: 0, id: 'c1', extra_content: { x: 1 }, ...fn('f', '{}') }).at(-1)).toEqual(
        other('extra_content', { x: 1 }, { choice: 0, part: 0 }),
      );
    });
  });

  it('end with the choice, all of them, and end a text before them', () => {
    const deltas = mapped(openAiChat, [
      { id: 'a1', model: 'm', choices: [{ index: 0, delta: { content: 'Hi' } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'c1', ...fn('f', '{}') }] } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 1, id: 'c2', ...fn('g', '{}') }] } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    ]);
    expect(deltas).toEqual([
      start(),
      ...textPart(0, ['Hi']),
      partStart(1, 'tool-call'),
      call(1, { id: 'c1', name: 'f', argumentsText: '{}' }),
      partStart(2, 'tool-call'),
      call(2, { id: 'c2', name: 'g', argumentsText: '{}' }),
      partEnd(1),
      partEnd(2),
      finish('tool-calls', 'tool_calls'),
    ]);
  });
});
