import type { MessageParam } from '@anthropic-ai/sdk/resources/messages';
import type { Content } from '@google/genai';
import fc from 'fast-check';
import type { Message } from 'ollama';
import type OpenAI from 'openai';
import { type Completion, type Delta, reduceDelta, type ToolCall, type Turn, withTurns } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';

import { answers, type AnswerShape, anyShape, messagesShape } from '../support/arbitraries.ts';
import { reduceAll, toolRun } from '../support/deltas.ts';
import {
  chatComplaints,
  contentsComplaints,
  messagesComplaints,
  ollamaComplaints,
  responsesComplaints,
} from './conversationRules.ts';

/** What a tool did to a call, if anything. */
const outcomes = fc.constantFrom<Parameters<typeof toolRun>[1] | undefined>(
  { result: { degrees: 21 } },
  { result: 'sunny' },
  {},
  undefined,
);

/** An answer of several steps, left at any point: whole, stopped, cut, or in the middle of its tools. */
const completions = (shape: AnswerShape): fc.Arbitrary<Completion> =>
  fc
    .record({
      steps: fc.array(answers({ ...shape, maxChoices: 1 }), { minLength: 1, maxLength: 3 }),
      runs: fc.array(outcomes, { minLength: 1, maxLength: 4 }),
      left: fc.option(fc.nat(), { nil: undefined }),
      isJson: fc.boolean(),
    })
    .map(({ steps, runs, left, isJson }) => {
      const deltas = steps.flatMap((step, at): readonly Delta[] => {
        const calls = reduceAll(step).choices[0].parts.flatMap((part, place) =>
          part.kind === 'tool-call' && part.executedBy === 'client' ? [place] : [],
        );
        const ran = calls.flatMap((place, call) => {
          const run = runs[call % runs.length];
          return run === undefined ? [] : [toolRun(place, run)];
        });
        const isLast = at === steps.length - 1;
        return [
          ...step
            .filter(({ type }) => type !== 'end')
            .map((delta) => (delta.type === 'start' ? { ...delta, step: at } : delta)),
          ...ran,
          ...(isLast ? [{ type: 'end' } as const] : []),
        ];
      });
      const kept = left === undefined ? deltas : deltas.slice(0, (left % deltas.length) + 1);
      let completion: Completion | undefined;
      for (const delta of kept) completion = reduceDelta(completion, delta);
      return (isJson ? JSON.parse(JSON.stringify(completion)) : completion) as Completion;
    });

const said = fc.string({ minLength: 1, maxLength: 8 }).map((words) => `.${words}`);

const conversations = (shape: AnswerShape): fc.Arbitrary<readonly Turn[]> =>
  fc.array(
    fc.oneof(
      said.map((content): Turn => ({ role: 'user', content })),
      said.map((text): Turn => ({ role: 'assistant', text })),
      completions(shape).map((completion): Turn => ({ role: 'assistant', completion })),
    ),
    { maxLength: 6 },
  );

/** The calls of a conversation that a tool gave a result of. */
const resultsIn = (turns: readonly Turn[]): number =>
  turns
    .flatMap((turn): readonly ToolCall[] => ('completion' in turn ? turn.completion.toolCalls : []))
    .filter(({ name, executedBy, run }) => name !== '' && executedBy === 'client' && run?.status === 'done').length;

/** The words of all turns, in order; a provider may leave out blank ones. */
const wordsIn = (turns: readonly Turn[]): readonly string[] =>
  turns
    .flatMap((turn) => {
      if ('content' in turn) return [turn.content as string];
      if ('text' in turn) return [turn.text];
      return turn.completion.choices[0].parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    })
    .filter((words) => words.trim() !== '');

const expectInOrder = (json: string, words: readonly string[]): void => {
  let from = 0;
  for (const one of words) {
    const at = json.indexOf(JSON.stringify(one).slice(1, -1), from);
    expect(at).toBeGreaterThanOrEqual(from);
    from = at;
  }
};

/** Every thought with its seal, so that one is told from a mutilated other. */
const thoughtsIn = (turns: readonly Turn[]): readonly string[] =>
  turns
    .flatMap((turn) => ('completion' in turn ? turn.completion.choices[0].parts : []))
    .flatMap((part) =>
      part.kind === 'reasoning' ? [JSON.stringify([part.redacted ?? part.text, part.signature])] : [],
    );

const thoughtsSent = (messages: readonly MessageParam[]): readonly string[] =>
  messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .flatMap((block) => {
      if (block.type === 'thinking') return [JSON.stringify([block.thinking, block.signature])];
      return block.type === 'redacted_thinking' ? [JSON.stringify([block.data, undefined])] : [];
    });

const runs = 300;
const neutral: AnswerShape = { ...anyShape, hasLogprobs: false };

describe('any conversation, left at any point', () => {
  it('is one that Chat Completions takes', () => {
    fc.assert(
      fc.property(conversations(neutral), (turns) => {
        const { messages } = withTurns(openAiChat, { model: 'm', messages: [] }, turns);

        expect(chatComplaints(messages as OpenAI.ChatCompletionMessageParam[])).toEqual([]);
        expectInOrder(JSON.stringify(messages), wordsIn(turns));
        expect(
          JSON.stringify(messages).split('"sunny"').length + JSON.stringify(messages).split('degrees').length - 2,
        ).toBe(resultsIn(turns));
      }),
      { numRuns: runs },
    );
  });

  it('is one that Messages takes, with every seal', () => {
    fc.assert(
      fc.property(conversations(messagesShape), (turns) => {
        const body = { model: 'm', max_tokens: 9, messages: [] };
        const { messages } = withTurns(anthropicMessages, body, turns);

        expect(messagesComplaints(messages as MessageParam[])).toEqual([]);
        expectInOrder(JSON.stringify(messages), wordsIn(turns));
        expect(thoughtsSent(messages as MessageParam[]).filter((one) => !thoughtsIn(turns).includes(one))).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('is one that Responses takes', () => {
    fc.assert(
      fc.property(conversations(neutral), fc.constantFrom({}, { store: false }), (turns, more) => {
        const { input } = withTurns(openAiResponses, { model: 'm', input: [], ...more }, turns);

        expect(responsesComplaints(input as OpenAI.Responses.ResponseInputItem[])).toEqual([]);
        expectInOrder(JSON.stringify(input), wordsIn(turns));
      }),
      { numRuns: runs },
    );
  });

  it('is one that Gemini takes', () => {
    fc.assert(
      fc.property(conversations(neutral), (turns) => {
        const { contents } = withTurns(gemini, { model: 'm', contents: [] }, turns);

        expect(contentsComplaints(contents as Content[])).toEqual([]);
        expectInOrder(JSON.stringify(contents), wordsIn(turns));
      }),
      { numRuns: runs },
    );
  });

  it('is one that Ollama takes', () => {
    fc.assert(
      fc.property(conversations({ ...neutral, executors: ['client'] }), (turns) => {
        const { messages } = withTurns(ollama, { model: 'm', messages: [] }, turns);

        expect(ollamaComplaints(messages as Message[])).toEqual([]);
        expectInOrder(JSON.stringify(messages), wordsIn(turns));
      }),
      { numRuns: runs },
    );
  });

  it('leaves the body and the turns as they are', () => {
    fc.assert(
      fc.property(conversations(neutral), (turns) => {
        const before = JSON.stringify(turns);
        withTurns(openAiChat, Object.freeze({ model: 'm', messages: Object.freeze([]) as never }), turns);

        expect(JSON.stringify(turns)).toBe(before);
      }),
      { numRuns: 50 },
    );
  });
});
