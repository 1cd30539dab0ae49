import { growingCompletion, growingOpenAi, growingRxllm } from '../../../bench/growth/growthClients.ts';
import type { GrowthClient, GrowthKind } from '../../../bench/growth/GrowthClient.ts';
import { growthOperators } from '../../../bench/growth/growthOperators.ts';
import { growthText } from '../../../bench/growth/growthPieces.ts';
import { Progress } from '../../../bench/harness/Progress.ts';
import { growth, measureGrowth } from '../../../bench/scenarios/growth.ts';

const progress = new Progress({ write: () => true });
const options = { rounds: 1, warmUpRounds: 1, progress };
const small = { name: 'small', deltas: 1_000, edgeDeltas: 200 };
const kinds: readonly GrowthKind[] = ['text', 'logprobs', 'arguments'];
const accumulators = [growingCompletion, growingRxllm, growingOpenAi];

describe('growth', () => {
  it.each(kinds)('tells the time of the first and of the last deltas of %s', async (kind) => {
    const rows = await measureGrowth({ ...small, kind, clients: accumulators }, options);

    expect(rows.map(({ client, metric }) => `${client}: ${metric}`)).toEqual(
      accumulators.flatMap(({ name }) =>
        ['finished', 'firstMicrosPerDelta', 'lastMicrosPerDelta', 'lastToFirst'].map((metric) => `${name}: ${metric}`),
      ),
    );
    expect(rows.filter(({ value }) => !(value > 0))).toEqual([]);
    expect(growth.format(rows)).toMatch(/^accumulateDelta( +\d+\.\d\d){2} +\d+\.\d\dx$/m);
  });

  it('measures operators that leave the text as it is', async () => {
    const rows = await measureGrowth({ ...small, kind: 'text', clients: growthOperators }, options);

    expect(rows.filter(({ metric, value }) => metric === 'finished' && value === 1)).toHaveLength(
      growthOperators.length,
    );
  });

  it('gives no row to a client with a wrong text', async () => {
    const liar: GrowthClient = {
      name: 'liar',
      async run(feed) {
        const answer = await growingCompletion.run(feed);
        return { ...answer, text: answer.text.slice(1) };
      },
    };

    await expect(measureGrowth({ ...small, kind: 'text', clients: [liar] }, options)).rejects.toThrow(
      /^small: liar gives a wrong text of \d+ characters$/,
    );
  });

  it.each(kinds)('has answers of plain ASCII, without a break within %s', (kind) => {
    expect(growthText(5_000, kind)).toMatch(/^[ -~]{10000,}$/);
  });
});
