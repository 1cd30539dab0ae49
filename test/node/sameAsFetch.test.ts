import type { Dialect } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { nodeFetch } from 'rxllm/node';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';

import { shortText, textAndTool } from '../../conformance/faults/FaultAnswer.ts';
import { hasClock, type Mode, modes } from '../../conformance/faults/FaultCase.ts';
import { atEveryByte, endings, faultsOf } from '../../conformance/faults/faultKinds.ts';
import { rxllmClient } from '../../conformance/clients/rxllm.ts';
import { runTrials, tallyOf, type Trial, type TrialResult, zeroColumns } from '../../conformance/faults/runTrials.ts';
import { serveCases } from '../../conformance/faults/serveCases.ts';
import { expectNothingUncaught } from '../support/provider.ts';

expectNothingUncaught();

const transports = { fetch: undefined, nodeFetch } as const;
type Transport = keyof typeof transports;
const boundMs = 12_000;

/** Each fault, with each way to deal with it in turn; those that wait for a clock say nothing of a transport. */
const trialsOf = (dialect: Dialect, transport: Transport): readonly Trial[] =>
  [
    ...faultsOf(dialect, [textAndTool]),
    // Every byte is tried in test/faults, which is about what comes behind the transport.
    ...[endings.fin, endings.rst].flatMap((end) =>
      atEveryByte(end, dialect, shortText).filter((_, at) => at % 16 === 0),
    ),
  ]
    .filter((faultCase) => !hasClock(faultCase))
    .map((faultCase, at) => {
      const mode = modes[at % modes.length] as Mode;
      return {
        faultCase: { ...faultCase, id: `${faultCase.kind} ${at} ${dialect.name} ${transport}` },
        run: rxllmClient(mode, transports[transport]),
        row: [dialect.name, mode, faultCase.kind],
      };
    });

/** What became of a case, but for what the network decides. */
const factsOf = ({ trial, outcome, verdict }: TrialResult): readonly unknown[] => {
  const isSure = trial.faultCase.expected[trial.row[1] as Mode] !== 'either';
  return [...trial.row, ...(isSure ? [verdict, outcome.error, outcome.partial, outcome.shown.at(-1)] : [])];
};

/** In the order of the trials. On a server of its own, where nobody else has sockets. */
const resultsOver = async (transport: Transport): Promise<readonly TrialResult[]> => {
  const trials = [openAiChat, anthropicMessages, ollama].flatMap((dialect) => trialsOf(dialect, transport));
  const { origin, isUnderWay, add: onBegin, openSockets, close } = await serveCases();
  const results = await runTrials(trials, { origin, concurrency: 60, boundMs, isUnderWay, onBegin });
  // Node's own closes some a few seconds later.
  if (transport === 'nodeFetch') expect(openSockets()).toBe(0);
  await close();
  const byTrial = new Map(results.map((result) => [result.trial, result]));
  return trials.map((trial) => byTrial.get(trial) as TrialResult);
};

describe('the pipeline over nodeFetch', () => {
  it('makes of every fault what it makes of it over fetch, and leaves no socket', async () => {
    const [own, theirs] = await Promise.all([resultsOver('nodeFetch'), resultsOver('fetch')]);

    expect(own.length).toBeGreaterThan(100);
    expect(own.map(factsOf)).toEqual(theirs.map(factsOf));
    const tally = tallyOf(own);
    expect(zeroColumns.filter((column) => tally[column] > 0)).toEqual([]);
  }, 120_000);
});
