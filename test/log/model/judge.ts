import type { LogEntry } from '../../../src/log/LogDriver.ts';
import type { ModelReader } from './ModelReader.ts';
import type { ModelEvent, Result } from './runSchedule.ts';
import type { Schedule } from './Schedule.ts';

const eventsOf = (entries: readonly LogEntry[]): readonly ModelEvent[] =>
  entries.flatMap(({ json }) => JSON.parse(json) as readonly ModelEvent[]);

/** The log is in order, without gaps, and has one ending. */
const logProblems = (entries: readonly LogEntry[]): readonly string[] => {
  const problems: string[] = [];
  entries.forEach(({ epoch, first, last, ending, json }, index) => {
    const before = entries[index - 1] ?? { epoch: 1, last: 0 };
    if (first !== before.last + 1 || last < first) problems.push(`entry ${first} follows ${before.last}`);
    if (epoch < before.epoch) problems.push(`producer ${epoch} wrote after ${before.epoch}`);
    if (ending !== undefined && index < entries.length - 1) problems.push('the ending is not the end');
    const count = (JSON.parse(json) as unknown[]).length;
    if (count !== (ending ? 0 : last - first + 1)) problems.push(`entry ${first} to ${last} holds ${count}`);
  });
  const events = eventsOf(entries);
  events.forEach(({ n }, index) => {
    if (n !== index + 1) problems.push(`record ${index + 1} is event ${n}`);
  });
  return problems;
};

/** Each producer number stands for one writer, and nobody writes once another one has. */
const writerProblems = (entries: readonly LogEntry[]): readonly string[] => {
  const problems: string[] = [];
  const writers = new Map<number, string>();
  const known: string[] = [];
  for (const { epoch, json } of entries) {
    for (const { by } of JSON.parse(json) as readonly ModelEvent[]) {
      if ((writers.get(epoch) ?? by) !== by)
        problems.push(`${by} and ${writers.get(epoch)} wrote as producer ${epoch}`);
      writers.set(epoch, by);
      if (known.at(-1) === by) continue;
      if (known.includes(by)) problems.push(`${by} wrote after another one had begun`);
      known.push(by);
    }
  }
  return problems;
};

/** Whether a reader has all of a log, and was told how it ended. */
const readerProblems = (reader: ModelReader, entries: readonly LogEntry[]): readonly string[] => {
  const truth = entries.at(-1)?.ending?.state;
  const expected = truth === 'complete' || truth === 'stopped' ? ['done', 'over', truth] : [truth, 'over'];
  const [has, all] = [JSON.stringify(reader.events), JSON.stringify(eventsOf(entries))];
  return [
    ...(has === all ? [] : [`a reader has ${has} of ${all}`]),
    ...(expected.includes(reader.ending) ? [] : [`a reader was told ${reader.ending}, and it is ${truth}`]),
  ];
};

const readersProblems = ({ readers, entries, before }: Result): readonly string[] =>
  readers.flatMap((reader) => {
    if (reader.ending === undefined) return ['a reader is never told how it ended'];
    // Where the engine lost an ending, who had read it was told the truth of that time.
    const wasEnded = before?.at(-1)?.ending !== undefined;
    const ofThen = wasEnded ? readerProblems(reader, before) : undefined;
    return [
      ...(ofThen?.length === 0 ? [] : readerProblems(reader, entries)),
      ...(reader.resets > 0 && !before ? ['a reader was told of a rollback that never was'] : []),
      ...reader.failures.map((failure) => `a reader failed: ${failure}`),
    ];
  });

/** What must be so of the end of a log, given what was done to it. */
const endingProblems = (plan: Schedule, { entries, end, isStopped, before }: Result): readonly string[] => {
  const ending = entries.at(-1)?.ending;
  const events = eventsOf(entries);
  const isUndisturbed = plan.weather === 'calm' || plan.weather === 'late';
  const problems: string[] = [];
  if (ending?.state === 'complete' && events.length !== plan.events) {
    problems.push(`complete with ${events.length} of ${plan.events}`);
  }
  if (isUndisturbed && (ending?.state === 'lost' || entries.some(({ epoch }) => epoch !== 1))) {
    problems.push('a producer that nothing disturbed was given up');
  }
  // An engine that goes back forgets what it was asked, too.
  if (before) return problems;
  if (isStopped && ending?.state === 'lost') problems.push('it was stopped, and ended as lost');
  if (ending?.state === 'stopped' && plan.stopAtMs === undefined) problems.push('nobody stopped it');
  const epoch = entries.at(-1)?.epoch;
  // One that cannot reach the engine for a whole lease takes itself for dead, and cannot know what came through.
  const isSure = end?.state !== 'lost' || isUndisturbed;
  if (end && isSure && epoch === 1 && end.state !== ending?.state) problems.push(`its producer says ${end.state}`);
  if (end && end.state !== 'fenced' && end.state !== 'lost' && epoch !== 1) problems.push(`it was not ${end.state}`);
  return problems;
};

/** Everything that is wrong with what came of a schedule. */
export const judge = (plan: Schedule, result: Result): readonly string[] => {
  const { entries, state, openSources, pendingTimers, before, problems } = result;
  // Whoever would have begun it came through to nobody.
  if (state === undefined) return problems;
  const deadSources = plan.fates.some(({ kind }) => kind === 'dies') ? 1 : 0;
  return [
    ...problems,
    ...logProblems(entries),
    ...writerProblems(entries),
    ...readersProblems(result),
    ...(state === 'open' ? [] : endingProblems(plan, result)),
    ...(openSources > deadSources ? [`${openSources} sources are still read`] : []),
    // Of a log there is one timer, that of its expiry; one more for each life it had.
    ...(pendingTimers > (before ? 2 : 1) ? [`${pendingTimers} timers are left`] : []),
  ];
};
