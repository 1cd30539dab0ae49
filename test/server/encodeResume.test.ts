import fc from 'fast-check';
import { type Delta, type Dialect, encodeFrame, type MessageFrame } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { encodeAnthropic, encodeOpenAiChat, encodeOpenAiResponses, type Encoder } from 'rxllm/server';

import { anyDeltas, anyShape, answers } from '../support/arbitraries.ts';
import { start } from '../support/deltas.ts';
import { utf8 } from '../support/frames.ts';
import { decode } from '../support/outcome.ts';
import { framesOf, logOf, type SourceEnd } from './encodeReading.ts';
import { runs as toolRuns } from './encodeRuns.ts';
import { runs } from '../support/thorough.ts';

/** What the dialect's own decoder makes of some frames. */
const readingOf = (dialect: Dialect, frames: readonly MessageFrame[]): unknown => {
  const { tag, completion } = decode(dialect, [utf8(frames.map(encodeFrame).join(''))]);
  // Pieces may come together, so that raw events are others; what they say is the same.
  return JSON.parse(
    JSON.stringify({ tag, completion }, (name, value: unknown) => (name === 'raw' ? undefined : value)) ?? 'null',
  );
};

const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
const ends = fc.constantFrom<SourceEnd>('complete', 'complete', 'error', 'stopped');
/** An answer, or anything at all. */
const logs = fc.oneof(
  answers(anyShape),
  toolRuns('before-first-token'),
  fc.array(anyDeltas, { maxLength: 14 }).map((deltas): readonly Delta[] => [start(), ...deltas]),
);
const toolCalls = fc.constantFrom('whole' as const, 'live' as const);

type Options = { readonly toolCalls: 'whole' | 'live'; readonly from?: Dialect };

interface Protocol {
  readonly name: string;
  readonly dialect: Dialect;
  readonly make: (options: Options) => Encoder;
}

const protocols: readonly Protocol[] = [
  { name: 'Chat Completions', dialect: openAiChat, make: encodeOpenAiChat },
  { name: 'Messages', dialect: anthropicMessages, make: encodeAnthropic },
  { name: 'Responses', dialect: openAiResponses, make: encodeOpenAiResponses },
];

const numbersOf = (frames: readonly MessageFrame[]): readonly number[] =>
  frames.map(({ data }) => (JSON.parse(data) as { sequence_number: number }).sequence_number);

describe.each(protocols)('frames of $name', ({ dialect, make }) => {
  it('say the same however they are joined, and from every place on', async () => {
    await fc.assert(
      fc.asyncProperty(logs, ends, sizes, sizes, toolCalls, async (deltas, end, first, second, shown) => {
        const answer = await logOf(deltas, end);
        const encoder = make({ toolCalls: shown, from: dialect });
        const plain = await framesOf(answer, encoder);
        const joined = await framesOf(answer, encoder, { sizes: first });
        const expected = readingOf(dialect, plain);

        expect(readingOf(dialect, joined)).toEqual(expected);
        for (const [at, { id }] of joined.entries()) {
          if (id === undefined) continue;
          const rest = await framesOf(answer, encoder, { after: id, sizes: second });
          expect(readingOf(dialect, [...joined.slice(0, at + 1), ...rest])).toEqual(expected);
        }
      }),
      { numRuns: runs(40) },
    );
  });
});

describe('the numbers of Responses', () => {
  it('are the same in every response, and a place to go on from', async () => {
    await fc.assert(
      fc.asyncProperty(logs, ends, sizes, sizes, toolCalls, async (deltas, end, first, second, shown) => {
        const answer = await logOf(deltas, end);
        const encoder = encodeOpenAiResponses({ toolCalls: shown, from: openAiResponses });
        const plain = await framesOf(answer, encoder);
        const joined = await framesOf(answer, encoder, { sizes: first });
        const numbers = numbersOf(joined);

        expect(numbersOf(plain)).toEqual(plain.map((_, at) => at));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(numbers.at(-1)).toBe(plain.length === 0 ? undefined : plain.length - 1);
        for (const number of numbers) {
          // What has this number has it in every response.
          const url = `http://relay.test/responses/r?stream=true&starting_after=${number}`;
          const rest = await framesOf(answer, encoder, { url, sizes: second });
          const had = joined.filter((_, at) => (numbers[at] as number) <= number);
          expect(numbersOf(rest).every((one) => one > number)).toBe(true);
          expect(readingOf(openAiResponses, [...had, ...rest])).toEqual(readingOf(openAiResponses, plain));
        }
      }),
      { numRuns: runs(40) },
    );
  });
});
