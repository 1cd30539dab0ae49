import fc from 'fast-check';
import type { Delta, MessageFrame } from 'rxllm';
import {
  encodeAnthropic,
  encodeOpenAiChat,
  encodeOpenAiResponses,
  type Encoder,
  type EncoderOptions,
} from 'rxllm/server';

import { anyDeltas } from '../support/arbitraries.ts';
import { call, end, finish, logprobs, partEnd, partStart, reasoning, start, text } from '../support/deltas.ts';

const protocols: readonly { readonly name: string; readonly make: (options: EncoderOptions) => Encoder }[] = [
  { name: 'encodeOpenAiChat', make: encodeOpenAiChat },
  { name: 'encodeAnthropic', make: encodeAnthropic },
  { name: 'encodeOpenAiResponses', make: encodeOpenAiResponses },
];

const parts = fc.integer({ min: 0, max: 2 });
const words = fc.constantFrom('', 'a', 'b c');
const token = { token: 'a', bytes: null, logprob: -1, topLogprobs: [] };

/** Ids and names come late, early, again, or never. */
const fields = fc.record({
  id: fc.option(fc.constantFrom('c1', 'c2'), { nil: undefined, freq: 2 }),
  name: fc.option(fc.constantFrom('f', 'g'), { nil: undefined, freq: 2 }),
  argumentsText: fc.option(fc.constantFrom('', '{', '{"a":', '1', '}', '{}', ' ', 'x'), { nil: undefined, freq: 8 }),
});

/** A call of the client, of the provider, or one whose input is text. */
const callAt = (part: number): fc.Arbitrary<Delta> =>
  fields.map(({ id, name, argumentsText }) =>
    call(part, {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(argumentsText !== undefined && { argumentsText }),
      input: part === 2 ? 'text' : 'json',
      executedBy: part === 1 ? 'server' : 'client',
    }),
  );

const callsAnywhere = parts.chain(callAt);

const pieces: fc.Arbitrary<Delta> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(parts, words).map(([part, piece]) => text(part, piece)) },
  { weight: 1, arbitrary: fc.tuple(parts, words).map(([part, piece]) => reasoning(part, piece)) },
  { weight: 6, arbitrary: callsAnywhere },
  { weight: 1, arbitrary: parts.map((part) => partStart(part, 'tool-call')) },
  {
    weight: 1,
    arbitrary: parts.map((part) => partStart(part, 'tool-call', { raw: { type: 'web_search_call', id: 'w' } })),
  },
  { weight: 1, arbitrary: parts.map((part) => partEnd(part)) },
  { weight: 1, arbitrary: fc.constantFrom([], [token]).map((list) => logprobs(list)) },
  { weight: 1, arbitrary: anyDeltas },
);

/** Two pieces that follow one another in one part. */
const pairs: fc.Arbitrary<readonly Delta[]> = fc.oneof(
  { weight: 3, arbitrary: parts.chain((part) => fc.tuple(callAt(part), callAt(part))) },
  { weight: 1, arbitrary: fc.tuple(parts, words, words).map(([part, one, two]) => [text(part, one), text(part, two)]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom([[], [token]], [[token], []]).map((lists) => lists.map((list) => logprobs(list))),
  },
);

const rows = fc.array(pieces, { maxLength: 7 });

/** Frames without the time and the numbers. */
const plain = (frames: readonly MessageFrame[]): readonly string[] =>
  frames.map(({ data }) => data.replace(/"(?:created|created_at|sequence_number)":\d+/g, ''));

const numbers = (frames: readonly MessageFrame[]): readonly string[] =>
  frames.map(({ data }) => /"sequence_number":\d+/.exec(data)?.[0] ?? '');

describe.each(protocols)('joined by $name', ({ make }) => {
  it.each(['whole', 'live'] as const)(
    'pieces make the frames of the first, with a longer last one (%s)',
    (toolCalls) => {
      const encoder = make({ toolCalls, from: { name: 'openai-responses' } });
      let joins = 0;
      fc.assert(
        fc.property(rows, pairs, rows, (before, pair, after) => {
          const [first, second] = pair as [Delta, Delta];
          const both = encoder.join?.(first, second);
          if (both === undefined) return;
          joins += 1;
          const apart = encoder.writer('r');
          const together = encoder.writer('r');
          for (const delta of [start(), ...before]) {
            apart.write(delta, 1);
            together.write(delta, 1);
          }
          const one = apart.write(first, 1) as readonly MessageFrame[];
          const other = apart.write(second, 1) as readonly MessageFrame[];
          const joined = together.write(both, 2) as readonly MessageFrame[];

          expect(plain(joined.slice(0, -1))).toEqual(plain(one.slice(0, joined.length - 1)));
          expect(joined).toHaveLength(one.length);
          expect(other.length).toBeLessThanOrEqual(1);
          expect(numbers(joined).at(-1)).toBe(numbers([...one, ...other]).at(-1));
          for (const delta of [...after, finish('tool-calls'), end]) {
            const [left, right] = [apart.write(delta, 1), together.write(delta, 1)] as (readonly MessageFrame[])[];
            expect(right?.length).toBe(left?.length);
            expect(numbers(right ?? [])).toEqual(numbers(left ?? []));
          }
        }),
        { numRuns: 2_000 },
      );
      // Else nothing has been tested.
      expect(joins).toBeGreaterThan(100);
    },
  );
});
