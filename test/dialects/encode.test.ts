import fc from 'fast-check';
import { type Completion, type Delta, type Dialect, encodeFrame, type FinishReason, type Frame } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { anyShape, answers, chatShape, messagesShape } from '../support/arbitraries.ts';
import { reduceAll } from '../support/deltas.ts';
import { cut, utf8 } from '../support/frames.ts';
import { decode } from '../support/outcome.ts';

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

/** The provider's own usage object comes back in the words of the dialect. */
const withoutRawUsage = (completion: Completion): object => {
  const { raw: _, ...counts } = completion.usage ?? { raw: undefined };
  return { ...completion, usage: counts };
};

const cuts = fc.array(fc.nat(), { maxLength: 10 });

describe('encode', () => {
  it('of openai-chat loses nothing that Chat Completions has words for', () => {
    fc.assert(
      fc.property(answers(chatShape), cuts, (deltas, offsets) => {
        const expectedChoices = choicesIn(deltas);

        expect(withoutRawUsage(roundTrip(openAiChat, deltas, { offsets, expectedChoices }))).toEqual(
          withoutRawUsage(reduceAll(deltas)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('of anthropic-messages loses nothing that Messages has words for', () => {
    fc.assert(
      fc.property(answers(messagesShape), cuts, (deltas, offsets) => {
        expect(withoutRawUsage(roundTrip(anthropicMessages, deltas, { offsets }))).toEqual(
          withoutRawUsage(reduceAll(deltas)),
        );
      }),
      { numRuns: 500 },
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
            choices.map(({ text, reasoning, refusal, toolCalls, finishReason = 'other' }) => ({
              text,
              reasoning,
              refusal,
              calls: toolCalls.map(({ id, name, argumentsText, input }) => ({ id, name, argumentsText, input })),
              finishReason: lost[finishReason] ?? finishReason,
            }));
          const back = roundTrip(openAiChat, deltas, { expectedChoices: choicesIn(deltas) });

          expect(flat(back, {})).toEqual(flat(reduceAll(deltas), lostInChat));
        }),
        { numRuns: 500 },
      );
    });

    it('anthropic-messages keeps text, reasoning and the calls of choice 0; a refusal is text', () => {
      fc.assert(
        fc.property(answers(anyShape), (deltas) => {
          const neutral = reduceAll(
            deltas.map((delta) => {
              if (delta.type === 'refusal') return { ...delta, type: 'text' as const };
              if (delta.type === 'part-start' && delta.kind === 'refusal') return { ...delta, kind: 'text' as const };
              return delta;
            }),
          );
          const flat = (completion: Completion, lost: typeof lostInMessages): object => {
            const { text, reasoning, toolCalls, finishReason = 'other' } = completion;
            const calls = toolCalls.map(({ id, name, argumentsText, executedBy }) => ({
              id,
              name,
              argumentsText,
              executedBy,
            }));
            return { text, reasoning, calls, finishReason: lost[finishReason] ?? finishReason };
          };

          expect(flat(roundTrip(anthropicMessages, deltas, {}), {})).toEqual(flat(neutral, lostInMessages));
        }),
        { numRuns: 500 },
      );
    });
  });
});
