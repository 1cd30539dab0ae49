import fc from 'fast-check';
import { from } from 'rxjs';
import {
  accumulateDelta,
  type Choice,
  type Completion,
  decodeFrames,
  decodeLines,
  type Delta,
  type Dialect,
  filterHeartbeat,
  type Frame,
  parseChunk,
  takeUntilDone,
  toDeltas,
  transcode,
  type TranscodeOptions,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { answers, chatShape } from '../support/arbitraries.ts';
import { type Fixture, fixtures } from '../support/fixtures.ts';
import { cut } from '../support/frames.ts';
import { type Outcome, outcomeOf } from '../support/outcome.ts';
import { record } from '../support/record.ts';
import { beginnings, runs } from '../support/thorough.ts';

const targets: readonly Dialect[] = [openAiChat, anthropicMessages];

const framesOf = (dialect: Dialect, slices: readonly Uint8Array[]): readonly Frame[] =>
  record(from(slices).pipe(dialect.framing === 'sse' ? decodeFrames() : decodeLines())).values;

const read = (dialect: Dialect, frames: readonly Frame[], expectedChoices = 1): Outcome =>
  outcomeOf(
    from(frames).pipe(
      filterHeartbeat(dialect),
      takeUntilDone(dialect),
      parseChunk(dialect),
      toDeltas(dialect, { expectedChoices }),
      accumulateDelta(),
    ),
  );

const transcoded = (frames: readonly Frame[], source: Dialect, target: Dialect, options: TranscodeOptions = {}) =>
  record(from(frames).pipe(transcode(source, target, options))).values;

const isMadeUp = (id: string): boolean => /^(call|toolu)_/.test(id);

/** Messages says by its stop reason that there are calls to run. */
const reasonOf = ({ finishReason, toolCalls }: Choice): string | undefined =>
  finishReason === 'stop' && toolCalls.some(({ executedBy }) => executedBy === 'client') ? 'tool-calls' : finishReason;

/** What every dialect can say of choice 0, and of the others where the target has them. */
const said = ({ choices, usage }: Completion, { isOfMessages = false, withReason = true } = {}): object => {
  const of = choices.slice(0, isOfMessages ? 1 : undefined).map((choice) => ({
    text: isOfMessages ? choice.text + choice.refusal : choice.text,
    reasoning: choice.reasoning,
    calls: choice.toolCalls
      .filter(({ executedBy }) => executedBy === 'client')
      .map(({ id, name, argumentsText, status }) => [isMadeUp(id) ? '' : id, name, argumentsText, status]),
    reason: withReason ? reasonOf(choice) : undefined,
  }));
  return { of, usage: [usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens, usage?.reasoningTokens] };
};

/** Where a target's word for a stop reason is another. */
const lost: Readonly<Record<string, readonly string[]>> = {
  'openai-chat': ['refusal', 'pause'],
  'anthropic-messages': ['content-filter'],
};

/** Cut wherever it may matter; the rest at some places. */
const thorough: ReadonlySet<string> = new Set(['openai-chat/parallel-tools', 'anthropic-messages/tool-use']);

/** What no stream of a target can say as it was. */
const beyond: Readonly<Record<string, string>> = {
  'openai-responses/reasoning-twice': 'what has been said cannot be taken back',
};

describe.each(targets.map((target) => [target.name, target] as const))('transcode to %s', (name, target) => {
  const isOfMessages = name === 'anthropic-messages';
  const whole = fixtures.filter(({ golden }) => golden.outcome === 'complete');
  const broken = fixtures.filter(({ golden }) => golden.outcome !== 'complete');
  const rows = (list: readonly Fixture[]) => list.map((fixture) => [fixture.name, fixture] as const);

  it.each(rows(whole))('says what %s says', (fixtureName, { dialect, bytes, golden }) => {
    const { expectedChoices = 1 } = golden;
    const frames = framesOf(dialect, [bytes]);
    const direct = read(dialect, frames, expectedChoices).completion as Completion;
    const back = read(
      target,
      transcoded(frames, dialect, target, { expectedChoices }),
      isOfMessages ? 1 : expectedChoices,
    );

    expect(back.tag).toBe('complete');
    const withReason = direct.choices.every(({ finishReason = '' }) => !lost[name]?.includes(finishReason));
    const hasCustom = direct.toolCalls.some(({ input }) => input === 'text');
    // Free text is no input there; see below.
    if (isOfMessages && hasCustom) return;
    const reading = said(back.completion as Completion, { isOfMessages, withReason });
    const { usage, ...rest } = said(direct, { isOfMessages, withReason }) as { usage: readonly unknown[] };
    if (fixtureName in beyond) {
      expect(reading).not.toMatchObject(rest);
      return;
    }
    expect(reading).toMatchObject(rest);
    // Messages has a number for what is not known: none.
    const counts = (reading as { usage: readonly (number | undefined)[] }).usage;
    usage.forEach((count, at) => expect(counts[at] || undefined).toBe(count || undefined));
  });

  it.each(rows(broken))('never makes a whole answer of %s', (_, { dialect, bytes, golden }) => {
    const frames = transcoded(framesOf(dialect, [bytes]), dialect, target);

    expect(frames.some((frame) => target.ending(frame) !== 'none')).toBe(false);
    expect(read(target, frames)).toMatchObject({ tag: 'ApiError' });
    if (golden.errorCode !== undefined && !/auth|api_key/.test(golden.errorCode)) {
      expect(read(target, frames)).toMatchObject({ error: { code: golden.errorCode } });
    }
  });

  it.each(rows(whole))('of %s is whole only where the answer is, wherever it is cut', (_, fixture) => {
    const { dialect, bytes, golden } = fixture;
    const { expectedChoices = 1 } = golden;
    const outcomeAt = (length: number) => {
      const frames = framesOf(dialect, [bytes.subarray(0, length)]);
      const out = transcoded(frames, dialect, target, { expectedChoices });
      return {
        direct: read(dialect, frames, expectedChoices).tag === 'complete',
        marked: out.some((frame) => target.ending(frame) !== 'none'),
      };
    };
    const step = Math.max(1, Math.floor(bytes.length / 25));
    const some = Array.from({ length: Math.floor(bytes.length / step) + 1 }, (_, at) => at * step);
    for (const length of thorough.has(fixture.name) ? [...beginnings(bytes), bytes.length] : some) {
      const { direct, marked } = outcomeAt(length);
      expect(marked).toBe(direct);
    }
  });
});

/** The answer as it is once it has been both ways. */
const bothWays = (deltas: readonly Delta[], [first, second]: readonly [Dialect, Dialect]): Completion => {
  const encode = first.encode();
  const frames = deltas.flatMap((delta) => encode(delta));
  const there = transcoded(frames, first, second);
  const back = read(first, transcoded(there, second, first));
  expect(back.tag).toBe('complete');
  return back.completion as Completion;
};

describe('transcode there and back', () => {
  const shape = {
    ...chatShape,
    maxChoices: 1,
    kinds: ['text', 'reasoning', 'tool-call'] as const,
    inputs: ['json'] as const,
    reasons: ['stop', 'length', 'tool-calls', 'other'] as const,
    hasLogprobs: false,
  };

  it.each([
    ['openai-chat', [openAiChat, anthropicMessages], ''],
    ['anthropic-messages', [anthropicMessages, openAiChat], ''],
    // A seal that comes once the next call has begun is too late for its block.
    ['openai-chat', [openAiChat, anthropicMessages], ', but for seals on calls that interleave,'],
  ] as const)('of %s (%#) loses nothing that both have words for', (_, pair, exception) => {
    const hasSeals = exception === '';
    const sideBySide = hasSeals ? [] : (['tool-call'] as const);
    fc.assert(
      fc.property(answers({ ...shape, sideBySide }), (deltas) => {
        const encode = pair[0].encode();
        const direct = read(
          pair[0],
          deltas.flatMap((delta) => encode(delta)),
        ).completion as Completion;
        const back = bothWays(deltas, pair);
        const of = (completion: Completion): object => {
          const [choice] = completion.choices;
          return {
            id: completion.id,
            model: completion.model,
            usage: { ...completion.usage, raw: undefined },
            parts: JSON.parse(
              JSON.stringify(
                choice.parts.map((part) => {
                  const { citations, ...rest } = part as typeof part & { citations?: { toArray(): readonly object[] } };
                  const places = citations?.toArray().map((citation) => ({ ...citation, raw: undefined }));
                  // The provider's own object stays at home.
                  return {
                    ...rest,
                    ...(places && { citations: places }),
                    ...(rest.kind === 'tool-call' && !hasSeals && { signature: undefined }),
                  };
                }),
              ),
            ) as unknown,
            finishReason: reasonOf(choice),
          };
        };

        expect(of(back)).toEqual(of(direct));
      }),
      { numRuns: runs(100) },
    );
  });

  it('depends on no cut of the bytes', () => {
    const sample = fixtures.filter(({ golden }) => golden.outcome === 'complete');
    fc.assert(
      fc.property(fc.constantFrom(...sample), fc.array(fc.nat(), { maxLength: 8 }), ({ dialect, bytes }, offsets) => {
        for (const target of targets) {
          const untimed = (frames: readonly Frame[]): string =>
            JSON.stringify(frames)
              .replaceAll(/\\"created\\":\d+/g, '')
              .replaceAll(/(chatcmpl-|msg_|call_|toolu_)[\w-]+/g, '');
          const whole = transcoded(framesOf(dialect, [bytes]), dialect, target);
          expect(untimed(transcoded(framesOf(dialect, cut(bytes, offsets)), dialect, target))).toBe(untimed(whole));
        }
      }),
      { numRuns: 60 },
    );
  });
});
