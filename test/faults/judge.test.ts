import { EventEmitter } from 'node:events';

import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import {
  deltasOf,
  longText,
  shortText,
  shortTool,
  textAndTool,
  twoTools,
  wireOf,
} from '../../conformance/faults/FaultAnswer.ts';
import { faultsOf } from '../../conformance/faults/faultKinds.ts';
import { judge, type Outcome, type Seen, type Verdict } from '../../conformance/faults/judge.ts';
import {
  runTrials,
  tallyByRow,
  tallyOf,
  type Trial,
  type TrialResult,
  zeroColumns,
} from '../../conformance/faults/runTrials.ts';
import { tallyTable } from '../../conformance/faults/tallyTable.ts';
import { watchUncaught } from '../../conformance/faults/watchUncaught.ts';

const call = { name: 'f', arguments: { q: 1 } };
const whole: Seen = { text: 'To be, or not to be', runnable: [call] };
const seen = (text: string, runnable: Seen['runnable'] = []): Seen => ({ text, runnable });
const complete = (...shown: readonly Seen[]): Outcome => ({ ending: 'complete', shown });
const failed = (shown: readonly Seen[], more: Partial<Outcome> = {}): Outcome => ({
  ending: 'error',
  isTyped: true,
  shown,
  ...more,
});

describe('the judge', () => {
  it.each<[what: string, Verdict, Outcome]>([
    ['the whole answer', 'right', complete(seen('To be'), whole)],
    ['an error before anything was shown', 'error', failed([])],
    ['an error and a beginning', 'error', failed([seen('To be, or')], { partial: seen('To be, or') })],
    ['an error after a whole tool call', 'error', failed([seen('To be', [call])])],
    ['a retry that begins again', 'right', complete(seen('To be'), seen(''), whole)],
    ['nothing, as if it were all', 'truncated', complete()],
    ['a beginning, as if it were all', 'truncated', complete(seen('To be, or not'))],
    ['the text without its tool call', 'truncated', complete(seen(whole.text))],
    ['a beginning said twice', 'doubled', complete(seen('To be, To be, or not to be', [call]))],
    ['the whole said twice', 'doubled', complete(seen(whole.text + whole.text, [call]))],
    ['the end said twice', 'doubled', complete(seen('To be, or not to benot to be', [call]))],
    ['text said twice on the way', 'doubled', complete(seen('To be, To be'), whole)],
    ['text said twice in the partial answer', 'doubled', failed([seen('To be')], { partial: seen('To beTo be') })],
    ['a hole in the text', 'wrong', complete(seen('To be, not to be', [call]))],
    ['other text', 'wrong', failed([seen('To bee')])],
    ['a broken character', 'wrong', failed([seen('To \uFFFD')])],
    ['an error without the partial answer that was shown', 'wrong', failed([seen('To')], { partial: 'missing' })],
    ['a partial answer that is not the one shown', 'wrong', failed([seen('To be')], { partial: seen('To') })],
    ['a tool call cut short that would run', 'unsafe', failed([seen('', [{ name: 'f', arguments: {} }])])],
    ['a tool call that would run twice', 'unsafe', complete(seen(whole.text, [call, call]))],
    ['a tool call that would have run for a while', 'unsafe', complete(seen('', [{ name: 'f', arguments: 1 }]), whole)],
    ['an error that might be a bug', 'untyped', failed([], { isTyped: false })],
    ['no end', 'hang', { ending: 'hang', shown: [] }],
  ])('of %s says: %s', (_what, verdict, outcome) => {
    expect(judge(whole, outcome)).toBe(verdict);
  });

  it.each([longText, shortText, shortTool, textAndTool, twoTools])(
    'can tell a doubled $name from a right one',
    (answer) => {
      const { text } = answer.whole;
      for (let at = 1; at < text.length; at += 1) {
        expect(judge(answer.whole, failed([seen(text.slice(0, at))]))).toBe('error');
        expect(judge(answer.whole, complete(seen(text.slice(0, at) + text, answer.whole.runnable)))).toBe('doubled');
      }
    },
  );
});

const [faultCase] = faultsOf(openAiChat, [longText]);
if (!faultCase) throw new Error('there is no case');

const trialOf = (run: Trial['run'], row: readonly string[] = ['row']): Trial => ({
  faultCase: { ...faultCase, id: row.join() },
  run,
  row,
});
const right: Trial['run'] = async () => complete(longText.whole);
const options = {
  origin: '',
  concurrency: 2,
  boundMs: 30,
  closeMs: 30,
  isUnderWay: (_case: { readonly id: string }): boolean => false,
};

describe('a run', () => {
  it('counts what became of each case, by row', async () => {
    const trials = [
      trialOf(right, ['a', '1']),
      trialOf(async () => complete(), ['b', '2']),
      trialOf(right, ['a', '1']),
    ];
    const rows = tallyByRow(trials, await runTrials(trials, options));

    expect(rows.map(({ cells, tally }) => [...cells, tally.right, tally.truncated])).toEqual([
      ['a', '1', 2, 0],
      ['b', '2', 0, 1],
    ]);
  });

  it('ends a case that does not end, and says so', async () => {
    let isLeft = false;
    const trial = trialOf((_case, _origin, signal) => {
      signal.addEventListener('abort', () => (isLeft = true));
      return new Promise<never>(() => undefined);
    });
    const [result] = await runTrials([trial], options);

    expect(result?.verdict).toBe('hang');
    expect(isLeft).toBe(true);
  });

  it('tells a socket that stays open, and waits for one that does not', async () => {
    const until = performance.now() + 15;
    const isUnderWay = ({ id }: { readonly id: string }): boolean => id === 'kept' || performance.now() < until;
    const results = await runTrials([trialOf(right, ['kept']), trialOf(right, ['late'])], { ...options, isUnderWay });

    expect(results.map(({ trial, isLeaked }) => [trial.row[0], isLeaked])).toEqual([
      ['kept', true],
      ['late', false],
    ]);
    expect(tallyOf(results)).toMatchObject({ right: 2, leaked: 1 });
  });

  it.each(['uncaughtException', 'unhandledRejection'])('hears of an %s', (event) => {
    const source = new EventEmitter();
    const watch = watchUncaught(source);
    source.emit(event, new Error('mine'));
    watch.stop();

    expect(watch.errors).toEqual([new Error('mine')]);
    expect(source.listenerCount(event)).toBe(0);
    expect(tallyOf([], watch.errors.length).uncaught).toBe(1);
  });
});

describe('the table', () => {
  const result = (verdict: Verdict, isLeaked = false): TrialResult => ({
    trial: trialOf(right),
    outcome: complete(),
    verdict,
    tookMs: 1,
    isLeaked,
  });

  it.each(zeroColumns)('has a column for %s', (column) => {
    const results = column === 'leaked' ? [result('right', true)] : column === 'uncaught' ? [] : [result(column)];
    const tally = tallyOf(results, column === 'uncaught' ? 1 : 0);
    const [headings = '', , first = '', sum = ''] = tallyTable(['kind'], [{ cells: ['FIN'], tally }]).split('\n');
    const heading = column === 'unsafe' ? 'UNSAFE TOOL' : column.toUpperCase();
    const end = headings.indexOf(heading) + heading.length;

    expect(headings).toContain(heading);
    expect([first, sum].map((line) => line.slice(0, end).at(-1))).toEqual(['1', '1']);
  });
});

describe('the wire of an answer', () => {
  it.each([openAiChat, anthropicMessages])('of $name tells what has arrived after how many bytes', (dialect) => {
    for (const answer of [longText, shortText, shortTool, textAndTool, twoTools]) {
      const { ends, bytes, firstTokenBytes, finishBytes } = wireOf(dialect, deltasOf(answer));

      expect(ends).toContain(firstTokenBytes);
      expect(ends).toContain(finishBytes);
      expect(firstTokenBytes).toBeLessThan(finishBytes);
      expect(finishBytes).toBeLessThan(bytes);
    }
  });
});
