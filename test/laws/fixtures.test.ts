import type { Completion } from 'rxllm';

import { fixtures, type Golden } from '../support/fixtures.ts';
import { decode, type Outcome } from '../support/outcome.ts';

const known = (value: object | undefined): object =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([name, field]) => name !== 'raw' && field !== undefined));

const toolCallOf = ({ status, id, name, argumentsText, ...rest }: Completion['toolCalls'][number]): object => ({
  status,
  id,
  name,
  argumentsText,
  ...('arguments' in rest && { arguments: rest.arguments }),
});

/** What the golden file would say of an outcome, as far as the golden speaks of it. */
const read = (outcome: Outcome, golden: Golden): Golden => {
  const { completion } = outcome;
  const [choice] = completion?.choices ?? [];
  const error = 'error' in outcome && outcome.error._tag === 'ApiError' ? outcome.error : undefined;
  const citations = (choice?.parts ?? [])
    .flatMap((part) => (part.kind === 'text' ? part.citations.toArray() : []))
    .map(({ url, title }) => url ?? title);
  const fields = {
    outcome: outcome.tag,
    id: completion?.id,
    model: completion?.model,
    text: completion?.text,
    reasoning: completion?.reasoning || undefined,
    refusal: choice?.refusal || undefined,
    finishReason: golden.outcome === 'complete' ? completion?.finishReason : undefined,
    toolCalls: completion?.toolCalls.length ? completion.toolCalls.map(toolCallOf) : undefined,
    choices:
      golden.choices && completion?.choices.map(({ index, text, finishReason }) => ({ index, text, finishReason })),
    expectedChoices: golden.expectedChoices,
    usage: golden.outcome === 'complete' && completion?.usage ? known(completion.usage) : undefined,
    citations: citations.length > 0 ? citations : undefined,
    errorCode: error?.code,
    errorMessage: golden.errorMessage === undefined ? undefined : error?.providerMessage,
  };
  return known(fields) as Golden;
};

describe('every fixture', () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    '%s is what its golden file says',
    (_, { dialect, bytes, golden }) => {
      expect(read(decode(dialect, [bytes], golden.expectedChoices), golden)).toEqual(golden);
    },
  );

  it('ends a whole answer with ended: true, and nothing else', () => {
    for (const { dialect, bytes, golden } of fixtures) {
      const { tag, completion } = decode(dialect, [bytes], golden.expectedChoices);
      expect(completion?.ended ?? false).toBe(tag === 'complete');
    }
  });
});
