import fc from 'fast-check';
import { type Completion, type Delta, type Dialect, encodeFrame, type Part, reduceDelta, type ToolCall } from 'rxllm';
import { gemini } from 'rxllm/gemini';

import { answers, anyShape } from '../../support/arbitraries.ts';
import { reduceAll } from '../../support/deltas.ts';
import { cut, utf8 } from '../../support/frames.ts';
import { decode } from '../../support/outcome.ts';
import { runs } from '../../support/thorough.ts';

const choicesIn = (deltas: readonly Delta[]): number => deltas.filter(({ type }) => type === 'finish').length;

/** The answer that is read back from the stream that a Gemini server sends for the deltas. */
const streamed = (deltas: readonly Delta[], offsets: readonly number[] = []): Completion => {
  const encode = gemini.encode();
  const bytes = utf8(deltas.flatMap((delta) => encode(delta).map(encodeFrame)).join(''));
  const outcome = decode(gemini as Dialect, cut(bytes, offsets), choicesIn(deltas));
  expect(outcome.tag).toBe('complete');
  return outcome.completion as Completion;
};

/** The answer that is read back from a whole response. */
const whole = (completion: Completion): Completion => {
  const json: unknown = JSON.parse(JSON.stringify(gemini.nonStreaming.encode(completion)));
  expect(gemini.nonStreaming.response.is(json)).toBe(true);
  return gemini.nonStreaming.deltas(json).reduce<Completion | undefined>(reduceDelta, undefined) as Completion;
};

/** What a call is to Gemini: arguments are an object, and what is no JSON can never be whole. */
const callOf = (call: ToolCall): unknown => {
  const { id, name, executedBy, status, input, argumentsText } = call;
  if (executedBy === 'server') return [id, name, executedBy];
  const args = call.status === 'complete' ? (input === 'text' ? { input: argumentsText } : call.arguments) : undefined;
  return [id, name, executedBy, status, args ?? {}];
};

const withCalls = ({ toolCalls }: { toolCalls: readonly ToolCall[] }): boolean =>
  toolCalls.some(({ executedBy }) => executedBy === 'client');

const reasonOf = (choice: Completion['choices'][number]): string | undefined => {
  if (choice.finishReason === 'refusal') return 'content-filter';
  const isDone = choice.finishReason === 'stop' || choice.finishReason === 'tool-calls';
  return isDone ? (withCalls(choice) ? 'tool-calls' : 'stop') : choice.finishReason;
};

const textIn = (parts: readonly Part[]): string =>
  parts.map((part) => (part.kind === 'text' || part.kind === 'refusal' ? part.text : '')).join('');

/** All that Gemini has words for; stretches of one kind that follow one another are one there. */
const sayings = ({ id, model, choices, usage }: Completion): unknown => ({
  id,
  model,
  usage: {
    ...usage,
    // Thoughts are counted apart, so the answer and they together are never fewer than they alone.
    outputTokens: Math.max(usage?.outputTokens ?? 0, usage?.reasoningTokens ?? 0),
    cacheWriteTokens: undefined,
    raw: undefined,
  },
  choices: choices.map((choice) => ({
    index: choice.index,
    text: textIn(choice.parts),
    reasoning: choice.reasoning,
    calls: choice.toolCalls.map(callOf),
    blocks: choice.parts.flatMap((part) => (part.kind === 'other' || part.kind === 'tool-result' ? [part.raw] : [])),
    speech: choice.parts.flatMap((part) => (part.kind === 'audio' ? part.data.toArray() : [])),
    transcript: choice.parts.map((part) => (part.kind === 'audio' ? part.transcript : '')).join(''),
    seals: choice.parts.flatMap((part) => ('signature' in part ? [part.signature ?? ''] : [])).filter(Boolean),
    citations: new Set(
      choice.parts.flatMap((part) =>
        part.kind === 'text' ? part.citations.toArray().map(({ url, title }) => `${url ?? ''} ${title ?? ''}`) : [],
      ),
    ),
    finishReason: reasonOf(choice),
    logprobs: choice.logprobs?.content
      .toArray()
      .map(({ token, logprob, topLogprobs }) => [
        token,
        logprob,
        topLogprobs.map((other) => [other.token, other.logprob]),
      ]),
  })),
});

/** JSON knows no -0, and neither does what comes back. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one: unknown) => (one instanceof Set ? [...one] : one)));

// Text that grows in two places at once has one place there.
const shape = { ...anyShape, sideBySide: ['tool-call'] as const };

/** A call that is cut short and the next of its name are one call on the wire, unless both have an id. */
const areTold = ({ choices }: Completion): boolean =>
  choices.every(({ toolCalls }) =>
    toolCalls.every((call, at) => {
      const before = toolCalls[at - 1];
      if (before === undefined || before.name !== call.name || before.status === 'complete') return true;
      return before.id !== '' && call.id !== '';
    }),
  );

const said = answers(shape).filter((deltas) => areTold(reduceAll(deltas)));
const cuts = fc.array(fc.nat(), { maxLength: 10 });

describe('encode of gemini', () => {
  it('loses nothing that Gemini has words for, as a stream', () => {
    fc.assert(
      fc.property(said, cuts, (deltas, offsets) => {
        expect(plain(sayings(streamed(deltas, offsets)))).toEqual(plain(sayings(reduceAll(deltas))));
      }),
      { numRuns: runs(150) },
    );
  });

  it('loses nothing that Gemini has words for, whole', () => {
    fc.assert(
      fc.property(said, (deltas) => {
        const completion = reduceAll(deltas);

        expect(plain(sayings(whole(completion)))).toEqual(plain(sayings(completion)));
      }),
      { numRuns: runs(150) },
    );
  });

  it('says the same as a stream and whole', () => {
    fc.assert(
      fc.property(said, (deltas) => {
        const completion = streamed(deltas);

        expect(plain(sayings(whole(completion)))).toEqual(plain(sayings(completion)));
      }),
      { numRuns: runs(150) },
    );
  });
});
