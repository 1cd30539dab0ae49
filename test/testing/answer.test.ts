import fc from 'fast-check';
import { from } from 'rxjs';
import { accumulateDelta, type Completion } from 'rxllm';
import { answer } from 'rxllm/testing';

const completionOf = (deltas: ReturnType<typeof answer>): Completion | undefined => {
  let last: Completion | undefined;
  from(deltas)
    .pipe(accumulateDelta())
    .subscribe((completion) => (last = completion));
  return last;
};

describe('answer', () => {
  it('is empty and whole when it is told nothing', () => {
    expect(completionOf(answer())).toMatchObject({
      id: 'answer-1',
      model: 'fake-model',
      text: '',
      finishReason: 'stop',
      usage: undefined,
      ended: true,
    });
  });

  it('loses nothing of a text that it sends word by word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (text, reasoning) => {
        const pieces = answer({ text, reasoning });
        const joined = (type: string): string =>
          pieces.map((delta) => (delta.type === type && 'text' in delta ? delta.text : '')).join('');

        expect([joined('text'), joined('reasoning')]).toEqual([text, reasoning]);
      }),
    );
  });

  it.each([
    ['To be, or not', ['To', ' be,', ' or', ' not']],
    ['  a \n b  ', ['  a', ' \n b  ']],
    ['   ', ['   ']],
    ['', []],
  ])('sends %j as %j', (text, words) => {
    expect(answer({ text }).flatMap((delta) => (delta.type === 'text' ? delta.text : []))).toEqual(words);
  });

  it('sends pieces as they are given', () => {
    const pieces = ['a b', '', ' ', 'c'];

    expect(answer({ text: pieces }).flatMap((delta) => (delta.type === 'text' ? delta.text : []))).toEqual(pieces);
  });

  it('has reasoning, text, a refusal and tool calls, in this order, and all that was said of it', () => {
    const completion = completionOf(
      answer({
        id: 'a-1',
        model: 'm-1',
        reasoning: 'Hm.',
        text: 'Let me see.',
        refusal: 'No.',
        toolCalls: [
          { id: 'c-1', name: 'add', arguments: '{"a": 1, "b": 2}' },
          { id: 'c-2', name: 'now', arguments: [] },
        ],
        usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 1 },
      }),
    );

    expect(completion).toMatchObject({
      id: 'a-1',
      model: 'm-1',
      reasoning: 'Hm.',
      text: 'Let me see.',
      finishReason: 'tool-calls',
      toolCalls: [
        { status: 'complete', id: 'c-1', name: 'add', arguments: { a: 1, b: 2 } },
        { status: 'complete', id: 'c-2', name: 'now', arguments: {} },
      ],
      usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 1 },
    });
    expect(completion?.choices[0].parts.map(({ kind }) => kind)).toEqual([
      'reasoning',
      'text',
      'refusal',
      'tool-call',
      'tool-call',
    ]);
  });

  it('ends as it is told', () => {
    expect(completionOf(answer({ text: 'a', finishReason: 'length' }))?.finishReason).toBe('length');
  });
});
