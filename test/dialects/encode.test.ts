import fc from 'fast-check';
import { type Completion, type Delta, type Dialect, encodeFrame, type FinishReason, type Frame } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { anyShape, answers, chatShape, messagesShape } from '../support/arbitraries.ts';
import { reduceAll } from '../support/deltas.ts';
import { cut, utf8 } from '../support/frames.ts';
import { decode } from '../support/outcome.ts';
import { runs } from '../support/thorough.ts';

const bytesOf = (dialect: Dialect, deltas: readonly Delta[]): Uint8Array => {
  const encode = dialect.encode();
  const frames: readonly Frame[] = deltas.flatMap((delta) => encode(delta));
  return utf8(frames.map(encodeFrame).join(''));
};

const choicesIn = (deltas: readonly Delta[]): number => deltas.filter(({ type }) => type === 'finish').length;

/** The answer that is read back from what a server of the dialect sends for the deltas. */
const roundTrip = (
  dialect: Dialect,
  deltas: readonly Delta[],
  { offsets = [], expectedChoices = 1 }: { offsets?: readonly number[]; expectedChoices?: number },
): Completion => {
  const outcome = decode(dialect, cut(bytesOf(dialect, deltas), offsets), expectedChoices);
  expect(outcome.tag).toBe('complete');
  return outcome.completion as Completion;
};

const madeUp = /^(call|toolu)_answer-1_\d+$/;

/** The provider's own usage object comes back in the words of the dialect, and a call without an id with one. */
const comparable = (completion: Completion): unknown =>
  JSON.parse(
    JSON.stringify(completion, (name, value: unknown) => {
      if (name === 'id' && typeof value === 'string') return value.replace(madeUp, '');
      // The block that a call of the server came as.
      if (name === 'raw' && (value as { type?: string } | undefined)?.type === 'server_tool_use') return undefined;
      return name === 'usage' && typeof value === 'object' ? { ...value, raw: undefined } : value;
    }),
  );

const idsOf = ({ choices }: Completion): readonly string[][] =>
  choices.map(({ toolCalls }) => toolCalls.map(({ id }) => id));

/** Clients tell calls apart by their ids. */
const expectSoundIds = (completion: Completion): void => {
  for (const ids of idsOf(completion)) {
    expect(ids).not.toContain('');
    expect(new Set(ids).size).toBe(ids.length);
  }
};

/** A Messages server says `tool_use` wherever there is a tool for the client to run, and only there. */
const asFinished = (deltas: readonly Delta[]): readonly Delta[] => {
  const ofChoice0 = deltas.filter((delta) => delta.type === 'tool-call' && delta.choice === 0);
  const executors = new Set(ofChoice0.map((delta) => delta.type === 'tool-call' && delta.executedBy));
  return deltas.map((delta) => {
    if (delta.type !== 'finish' || delta.choice !== 0) return delta;
    if (delta.reason === 'stop' && executors.has('client')) return { ...delta, reason: 'tool-calls' };
    const isServersOnly = executors.has('server') && !executors.has('client');
    return delta.reason === 'tool-calls' && isServersOnly ? { ...delta, reason: 'stop' } : delta;
  });
};

const cuts = fc.array(fc.nat(), { maxLength: 10 });

describe('encode', () => {
  it('of openai-chat loses nothing that Chat Completions has words for', () => {
    fc.assert(
      fc.property(answers(chatShape), cuts, (deltas, offsets) => {
        const expectedChoices = choicesIn(deltas);

        const back = roundTrip(openAiChat, deltas, { offsets, expectedChoices });

        expect(comparable(back)).toEqual(comparable(reduceAll(deltas)));
        expectSoundIds(back);
      }),
      { numRuns: runs(150) },
    );
  });

  it.each([
    ['what follows each other', []],
    // A seal that comes once the next block has begun is too late for its own.
    ['calls that interleave, their seals aside', ['tool-call'] as const],
  ])('of anthropic-messages loses nothing that Messages has words for, of %s', (_, sideBySide) => {
    fc.assert(
      fc.property(answers({ ...messagesShape, sideBySide }), cuts, (whole, offsets) => {
        const hasSeal = (part: number): boolean =>
          whole.some((delta) => delta.type === 'tool-call' && delta.part === part) && sideBySide.length > 0;
        const deltas = whole.filter((delta) => delta.type !== 'signature' || !hasSeal(delta.part));
        const back = roundTrip(anthropicMessages, deltas, { offsets });

        expect(comparable(back)).toEqual(comparable(reduceAll(asFinished(deltas))));
        expectSoundIds(back);
      }),
      { numRuns: runs(150) },
    );
  });

  describe('of what a dialect has no words for', () => {
    const lostInChat: Partial<Record<FinishReason, FinishReason>> = { refusal: 'content-filter', pause: 'stop' };
    const lostInMessages: Partial<Record<FinishReason, FinishReason>> = { 'content-filter': 'refusal' };

    it('openai-chat keeps text, reasoning, refusals and the calls of every choice, and says the nearest reason', () => {
      // Text that grows in two places at once has one place there.
      const shape = { ...anyShape, sideBySide: ['tool-call'] as const };
      fc.assert(
        fc.property(answers(shape), (deltas) => {
          const flat = ({ choices }: Completion, lost: typeof lostInChat): object[] =>
            choices.map(({ text, reasoning, refusal, toolCalls, finishReason = 'other' }) => {
              // What the server runs is not the client's to see as a call.
              const calls = toolCalls.filter(({ executedBy }) => executedBy === 'client');
              const said = finishReason === 'tool-calls' && calls.length < toolCalls.length && calls.length === 0;
              return {
                text,
                reasoning,
                refusal,
                calls: calls.map(({ id, name, argumentsText, input }) => [
                  id.replace(madeUp, ''),
                  name,
                  argumentsText,
                  input,
                ]),
                finishReason: said ? 'stop' : (lost[finishReason] ?? finishReason),
              };
            });
          const back = roundTrip(openAiChat, deltas, { expectedChoices: choicesIn(deltas) });

          expect(flat(back, {})).toEqual(flat(reduceAll(deltas), lostInChat));
          expectSoundIds(back);
        }),
        { numRuns: runs(150) },
      );
    });

    it('anthropic-messages keeps text, reasoning and the calls of choice 0; a refusal is text', () => {
      fc.assert(
        // Text that grows in two places at once would be cut into more blocks, so that none of it waits.
        fc.property(answers({ ...anyShape, sideBySide: ['tool-call'] }), (deltas) => {
          const neutral = reduceAll(
            asFinished(deltas).map((delta) => {
              if (delta.type === 'refusal') return { ...delta, type: 'text' as const };
              if (delta.type === 'part-start' && delta.kind === 'refusal') return { ...delta, kind: 'text' as const };
              return delta;
            }),
          );
          const flat = (completion: Completion, lost: typeof lostInMessages): object => {
            const { text, reasoning, toolCalls, finishReason = 'other' } = completion;
            const calls = toolCalls.map(({ id, name, argumentsText, input, executedBy }) => [
              id.replace(madeUp, ''),
              name,
              // All input is an object there.
              input === 'text' ? JSON.stringify({ input: argumentsText }) : argumentsText,
              executedBy,
            ]);
            return { text, reasoning, calls, finishReason: lost[finishReason] ?? finishReason };
          };

          expect(flat(roundTrip(anthropicMessages, deltas, {}), {})).toEqual(flat(neutral, lostInMessages));
        }),
        { numRuns: runs(150) },
      );
    });
  });
});
