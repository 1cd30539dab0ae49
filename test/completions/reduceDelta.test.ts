import { type Completion, type Delta, type Part, reduceDelta, TruncatedError } from 'rxllm';

import {
  audio,
  call,
  citation,
  end,
  finish,
  logprobs,
  other,
  partEnd,
  partStart,
  reasoning,
  reduceAll,
  refusal,
  signature,
  start,
  text,
  textPart,
  usage,
} from '../support/deltas.ts';

const partsOf = (...deltas: readonly Delta[]): readonly Part[] => reduceAll([start(), ...deltas]).choices[0].parts;

describe('reduceDelta', () => {
  it('begins with an answer of one empty choice', () => {
    const nothing = { text: '', reasoning: '', toolCalls: [], finishReason: undefined };

    expect(reduceDelta(undefined, start())).toStrictEqual({
      id: 'a1',
      model: 'm',
      choices: [{ index: 0, parts: [], refusal: '', logprobs: undefined, ...nothing }],
      ...nothing,
      usage: undefined,
      steps: [{ index: 0, firstPart: 0, finishReason: undefined, usage: undefined }],
      ended: false,
      cursor: undefined,
    });
  });

  it('begins without a start, too', () => {
    expect(reduceDelta(undefined, text(0, 'Hi'))).toMatchObject({ id: '', model: '', text: 'Hi' });
    expect(reduceDelta(undefined, end)).toMatchObject({ ended: true, choices: [{ index: 0 }] });
  });

  it('begins afresh with every start', () => {
    const before = reduceAll([
      start(),
      ...textPart(0, ['Hi']),
      text(0, 'x', 1),
      usage({ inputTokens: 1 }),
      finish('stop'),
      end,
    ]);

    expect(reduceDelta(before, start('a2', 'm2'))).toStrictEqual(reduceDelta(undefined, start('a2', 'm2')));
  });

  it.each([undefined, null, '0'])('takes no text of a choice %j', (choice) => {
    const foreign = { type: 'text', choice, part: 0, text: 'Hi' } as unknown as Delta;

    expect(reduceDelta(undefined, foreign)).toEqual(reduceDelta(undefined, start('', '')));
  });

  it('ends with `end`', () => {
    expect(reduceAll([start(), finish('stop')]).ended).toBe(false);
    expect(reduceAll([start(), finish('stop'), end]).ended).toBe(true);
  });

  it('keeps the last stop reason', () => {
    expect(reduceAll([start(), finish('length'), finish('other', 'x')]).finishReason).toBe('other');
  });

  it('merges usage field by field', () => {
    const { usage: merged } = reduceAll([
      start(),
      usage({ inputTokens: 5, outputTokens: 1 }),
      usage({ outputTokens: 9, raw: 'last' }),
    ]);
    expect(merged).toMatchObject({ inputTokens: 5, outputTokens: 9, totalTokens: undefined, raw: 'last' });
  });

  it.each<[string, Delta]>([
    ['what nobody knows', other('x', 1)],
    ['what nobody knows about a part', other('x', 1, { choice: 0, part: 0 })],
    ['the end of a part', partEnd(0)],
    ['a part that is there already', partStart(0, 'text')],
    ['a part that is there already, as another kind', partStart(0, 'reasoning')],
    ['text for a part of another kind', reasoning(0, 'x')],
    ['a citation for a part of another kind', citation(1, { url: 'u' })],
    ['a seal for a part that bears none', signature(3, 'seal')],
    ['a fragment of a call for a part of another kind', call(0, { argumentsText: 'x' })],
    ['audio for a part of another kind', audio(0, { data: 'A' })],
    ['a retry', { type: 'retry', attempt: 2, delayMs: 1, error: new TruncatedError() }],
  ])('is the same object after %s', (_, delta) => {
    const before = reduceAll([start(), text(0, 'a'), reasoning(1, 'b'), call(2, { name: 'f' }), refusal(3, 'c')]);

    expect(reduceDelta(before, delta)).toBe(before);
  });

  describe('parts', () => {
    it('grow by what is said of them', () => {
      expect(partsOf(partStart(0, 'text'), text(0, 'Hel'), text(0, 'lo'), partEnd(0))).toMatchObject([
        { kind: 'text', text: 'Hello' },
      ]);
      expect(partsOf(refusal(0, 'N'), refusal(0, 'o'))).toEqual([{ kind: 'refusal', text: 'No' }]);
    });

    it('keep citations', () => {
      const [part] = partsOf(text(0, 'Hi'), citation(0, { url: 'u1' }), citation(0, { url: 'u2' }));

      expect(part?.kind === 'text' && part.citations.toArray().map(({ url }) => url)).toEqual(['u1', 'u2']);
    });

    it('of reasoning have their seal: the last one', () => {
      expect(partsOf(reasoning(0, 'Hm'), signature(0, 'one'), signature(0, 'two'))).toEqual([
        { kind: 'reasoning', text: 'Hm', signature: 'two', redacted: undefined },
      ]);
      expect(partsOf(signature(0, 'seal'))).toMatchObject([{ kind: 'reasoning', text: '', signature: 'seal' }]);
    });

    it('of text have theirs, and keep it as they grow', () => {
      expect(partsOf(text(0, 'Hi'))).toMatchObject([{ kind: 'text', signature: undefined }]);
      expect(partsOf(text(0, 'H'), signature(0, 'seal'), text(0, 'i'), citation(0, { url: 'u' }))).toMatchObject([
        { kind: 'text', text: 'Hi', signature: 'seal' },
      ]);
    });

    it('of reasoning may be redacted', () => {
      expect(partsOf(partStart(0, 'reasoning', { redacted: 'XX' }))).toMatchObject([
        { kind: 'reasoning', redacted: 'XX' },
      ]);
    });

    it('of audio keep the pieces as they came', () => {
      const [part] = partsOf(
        audio(0, { id: 'x', transcript: 'Hel' }),
        audio(0, { data: 'AA==', transcript: 'lo' }),
        audio(0, { data: 'BB==', expiresAtS: 9 }),
      );

      expect(part).toMatchObject({ kind: 'audio', id: 'x', transcript: 'Hello', expiresAtS: 9 });
      expect(part?.kind === 'audio' && part.data.toArray()).toEqual(['AA==', 'BB==']);
    });

    it('carry what nobody knows', () => {
      expect(partsOf(partStart(0, 'tool-result', { raw: { a: 1 } }), partStart(1, 'other', { raw: 5 }))).toEqual([
        { kind: 'tool-result', by: 'server', raw: { a: 1 } },
        { kind: 'other', raw: 5 },
      ]);
    });

    it('have their place, whatever came before them', () => {
      expect(partsOf(text(2, 'c')).map(({ kind }) => kind)).toEqual(['other', 'other', 'text']);
    });

    it('that come late take their place: no text is lost', () => {
      expect(reduceAll([start(), text(1, 'b'), text(0, 'a')])).toMatchObject({ text: 'ab' });
      expect(partsOf(text(1, 'b'), partStart(0, 'reasoning'), reasoning(0, 'a'))).toMatchObject([
        { kind: 'reasoning', text: 'a' },
        { kind: 'text', text: 'b' },
      ]);
    });
  });

  describe('the flat fields', () => {
    it('are what the parts say, put together', () => {
      const {
        text: flat,
        reasoning: thoughts,
        choices,
      } = reduceAll([
        start(),
        reasoning(0, 'a'),
        text(1, 'b'),
        refusal(2, 'c'),
        reasoning(3, 'd'),
        text(4, 'e'),
        refusal(5, 'f'),
      ]);

      expect([flat, thoughts, choices[0].refusal]).toEqual(['be', 'ad', 'cf']);
    });

    it('are in the order of the parts, though an earlier one grows later', () => {
      expect(reduceAll([start(), text(0, 'a'), text(1, 'b'), text(0, 'c'), text(1, 'd')]).text).toBe('acbd');
    });

    it('leave transcripts out: they are no text', () => {
      expect(reduceAll([start(), text(0, 'a'), audio(1, { transcript: 'b' })]).text).toBe('a');
    });
  });

  describe('choices', () => {
    it('have each what is said of them', () => {
      const completion = reduceAll([
        start(),
        text(0, 'a', 1),
        text(0, 'b'),
        finish('length', 'length', 1),
        finish('stop'),
      ]);
      expect(completion.choices.map(({ index, text: flat, finishReason }) => [index, flat, finishReason])).toEqual([
        [0, 'b', 'stop'],
        [1, 'a', 'length'],
      ]);
      expect(completion).toMatchObject({ text: 'b', finishReason: 'stop' });
    });

    it('stand in order, whichever came first', () => {
      const { choices } = reduceAll([start(), text(0, 'c', 7), text(0, 'b', 3), text(0, 'c', 7), text(0, 'a')]);

      expect(choices.map(({ index, text: flat }) => [index, flat])).toEqual([
        [0, 'a'],
        [3, 'b'],
        [7, 'cc'],
      ]);
    });

    it('lend the answer what choice 0 says, whatever numbers a server sends', () => {
      expect(reduceAll([start(), text(0, 'zero'), text(0, 'below', -1)]).text).toBe('zero');
    });
  });

  describe('logprobs', () => {
    it('are appended', () => {
      const token = (name: string) => ({ token: name, bytes: null, logprob: -1, topLogprobs: [] });
      const { logprobs: all } = reduceAll([start(), logprobs([token('a')]), logprobs([token('b')], [token('c')])])
        .choices[0];

      expect(all?.content.toArray().map(({ token: name }) => name)).toEqual(['a', 'b']);
      expect(all?.refusal.toArray().map(({ token: name }) => name)).toEqual(['c']);
    });
  });

  describe('snapshots', () => {
    const before = reduceAll([
      start(),
      ...textPart(0, ['a']),
      reasoning(1, 'b'),
      call(2, { id: 'c1', name: 'f' }),
      text(0, 'x', 1),
      usage({ inputTokens: 1 }),
    ]);
    const [first, second] = before.choices;

    it.each<[string, Delta]>([
      ['text', text(0, 'y')],
      ['reasoning', reasoning(1, 'y')],
      ['a citation', citation(0, { url: 'u' })],
      ['log probabilities', logprobs([])],
    ])('share what %s did not change', (_, delta) => {
      const after = reduceDelta(before, delta);
      const changed = after.choices[0];
      const place = 'part' in delta ? delta.part : undefined;

      expect(after).not.toBe(before);
      expect(after.choices[1]).toBe(second);
      expect(after.usage).toBe(before.usage);
      expect(after.toolCalls).toBe(before.toolCalls);
      expect(changed.toolCalls).toBe(first.toolCalls);
      changed.parts.forEach((part, at) => {
        if (at === place) expect(part).not.toBe(first.parts[at]);
        else expect(part).toBe(first.parts[at]);
      });
    });

    it('share all choices when usage or the end comes', () => {
      const finished = reduceAll([start(), ...textPart(0, ['a']), finish('stop')]);

      expect(reduceDelta(finished, usage({ inputTokens: 1 })).choices).toBe(finished.choices);
      expect(reduceDelta(finished, end).choices).toBe(finished.choices);
    });

    it('share parts and calls that a stop reason does not change', () => {
      const after = reduceDelta(before, finish('stop'));

      expect(after.choices[0].parts[0]).toBe(first.parts[0]);
      expect(after.choices[0].parts[1]).toBe(first.parts[1]);
      expect(after.choices[1]).toBe(second);
    });

    it('have the same calls among the parts and in the list', () => {
      const after: Completion = reduceDelta(before, finish('tool-calls'));

      expect(after.toolCalls).toBe(after.choices[0].toolCalls);
      expect(after.toolCalls[0]).toBe(after.choices[0].parts[2]);
    });

    it('are JSON, lists included', () => {
      const completion = reduceAll([start(), text(0, 'a'), citation(0, { url: 'u' }), audio(1, { data: 'A' })]);

      expect(JSON.parse(JSON.stringify(completion))).toMatchObject({
        choices: [{ parts: [{ text: 'a', citations: [{ url: 'u' }] }, { data: ['A'] }] }],
      });
    });
  });

  it.each([{ type: 'brand-new' }, { type: 'brand-new', choice: 0, part: 0 }, { type: 'brand-new', choice: 3 }])(
    'leaves the answer as it is at a kind of delta that it does not know: %j',
    (unknown) => {
      const before = reduceAll([start(), text(0, 'Hi')]);

      expect(reduceDelta(before, unknown as unknown as Delta).text).toBe('Hi');
      expect(reduceAll([start(), text(0, 'Hi'), unknown as unknown as Delta, finish('stop'), end])).toMatchObject({
        text: 'Hi',
        ended: true,
      });
    },
  );
});
