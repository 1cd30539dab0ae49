import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { aiSdkClients } from '../faults/clients/aiSdk.ts';
import { anthropicClients } from '../faults/clients/anthropic.ts';
import type { FaultClient } from '../faults/clients/FaultClient.ts';
import { openAiClients } from '../faults/clients/openAi.ts';
import { longText, twoTools } from '../faults/FaultAnswer.ts';
import { type FaultCase, hasClock, type Mode, modes } from '../faults/FaultCase.ts';
import { atEveryByte, endings, faultsOf, slowed } from '../faults/faultKinds.ts';
import { rxllmClient } from '../faults/rxllmClient.ts';
import { columns, runTrials, type Tally, tallyByRow, zeroColumns } from '../faults/runTrials.ts';
import { serveCases } from '../faults/serveCases.ts';
import { tallyTable } from '../faults/tallyTable.ts';
import { watchUncaught } from '../faults/watchUncaught.ts';
import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';

const dialects = [openAiChat, anthropicMessages];

const howRxllm: Readonly<Record<Mode, string>> = {
  plain: 'rxllm, retry: false',
  retry: 'rxllm',
  resume: 'rxllm, resume: true',
};

const clients: readonly FaultClient[] = [
  ...openAiClients,
  ...anthropicClients,
  ...aiSdkClients,
  ...dialects.flatMap(({ name }) =>
    modes.map((mode) => ({ name: howRxllm[mode], dialect: name, run: rxllmClient(mode) })),
  ),
];

/** Which bytes of an answer stand for the rest; a prime, so that they fall anywhere within events. */
const everyNthByte = 13;
/** Clocks ring late enough here that a busy machine does not make them ring early. */
const clockFactor = 2.5;
/** Which cases a smoke run takes: a few that no client waits for. */
const isForSmoke = ({ kind }: FaultCase, at: number): boolean => kind === 'FIN' && at % 12 === 5;

const casesFor = (isSmoke: boolean): readonly FaultCase[] =>
  dialects.flatMap((dialect) => {
    const cases = [
      ...slowed(faultsOf(dialect, [longText, twoTools]), clockFactor),
      ...[endings.fin, endings.rst].flatMap((ending) =>
        [longText, twoTools].flatMap((answer) =>
          atEveryByte(ending, dialect, answer)
            .filter((_, bytes) => bytes % everyNthByte === 0)
            .map((faultCase) => ({ ...faultCase, kind: `${ending.kind}, any byte` })),
        ),
      ),
    ];
    return isSmoke ? cases.filter(isForSmoke) : cases;
  });

/** Longer than any client may take: ten attempts to the end of their clock, or its waits between retries, in milliseconds. */
const boundMs = 14_000;

const measure = async ({ isSmoke, progress }: ScenarioOptions): Promise<readonly Row[]> => {
  const server = await serveCases();
  const watch = watchUncaught();
  const cases = casesFor(isSmoke);
  const rows: Row[] = [];
  for (const { name: client, dialect, run } of clients) {
    progress.update(`faults ${dialect}: ${client}`);
    const uncaughtBefore = watch.errors.length;
    const trials = cases
      .filter((faultCase) => faultCase.dialect.name === dialect)
      .map((faultCase) => ({
        faultCase: { ...faultCase, id: `${faultCase.id}/${client}` },
        run,
        row: [`${dialect}/${faultCase.kind}`],
      }));
    const { origin, isUnderWay, add: onBegin } = server;
    const options = { origin, isUnderWay, onBegin, boundMs };
    const waiting = trials.filter(({ faultCase }) => hasClock(faultCase));
    const busy = trials.filter(({ faultCase }) => !hasClock(faultCase));
    // Few of those that do not wait run at a time, so that nobody waits for a turn.
    const results = await Promise.all([
      runTrials(waiting, { ...options, concurrency: 60, staggerMs: isSmoke ? 0 : 500 }),
      runTrials(busy, { ...options, concurrency: 16 }),
    ]);
    const uncaught = watch.errors.length - uncaughtBefore;
    for (const { cells, tally } of tallyByRow(trials, results.flat())) {
      const counts = columns.filter((column) => column !== 'uncaught');
      rows.push(...counts.map((metric) => ({ case: cells[0] ?? '', client, metric, value: tally[metric] })));
    }
    rows.push({ case: `${dialect}/any fault`, client, metric: 'uncaught', value: uncaught });
    progress.note(`faults ${dialect}: ${client}: done, ${trials.length} cases`);
  }
  await server.close();
  watch.stop();
  return rows;
};

/** The rows as tallies again, summed over all that `keyOf` holds to be one line. */
const tallied = (rows: readonly Row[], keyOf: (row: Row) => readonly string[]) => {
  const lines = new Map<string, { readonly cells: readonly string[]; readonly tally: Record<keyof Tally, number> }>();
  for (const row of rows) {
    const cells = keyOf(row);
    const line = lines.get(cells.join('\n')) ?? {
      cells,
      tally: Object.fromEntries(columns.map((column) => [column, 0])) as Record<keyof Tally, number>,
    };
    line.tally[row.metric as keyof Tally] += row.value;
    lines.set(cells.join('\n'), line);
  }
  return [...lines.values()];
};

const split = (name: string): readonly [dialect: string, kind: string] => {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
};

export const faults: Scenario = {
  name: 'faults',
  description:
    'what becomes of an answer when its stream breaks: counts of cases, each tried once (rounds play no part)',
  packages: ['openai', '@anthropic-ai/sdk', 'ai', '@ai-sdk/openai', '@ai-sdk/anthropic'],
  run: measure,
  format(rows) {
    const byClient = tallied(rows, (row) => [split(row.case)[0], row.client]);
    const byKind = tallied(rows, (row) => [...split(row.case), row.client]);
    const bad = byKind.filter(({ tally }) => zeroColumns.some((column) => tally[column] > 0));
    const detail =
      bad.length === 0 ? '' : `\n\nWhere it went wrong:\n\n${tallyTable(['dialect', 'fault', 'client'], bad)}`;
    return `${tallyTable(['dialect', 'client'], byClient)}${detail}`;
  },
};
