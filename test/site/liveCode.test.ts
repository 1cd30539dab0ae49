import { answerText } from '../../site/live/answerText.ts';
import { codeOf } from '../../site/live/codeOf.ts';
import { type Composition, faults, firstComposition } from '../../site/live/Composition.ts';
import { flowOf } from '../../site/live/flowOf.ts';
import { liveDialects } from '../../site/live/LiveDialect.ts';
import { liveOperators, operatorNamed } from '../../site/live/LiveOperator.ts';
import { withOperator } from '../../site/live/withOperator.ts';
import { readSnippets } from '../../site/readSnippets.ts';
import { checkDocs, type Example, runExample } from '../support/docExamples.ts';

const snippets = readSnippets();
const checkerTimeoutMs = 60_000;
const untilChunks = ['filterHeartbeat', 'takeUntilDone', 'parseChunk', 'toDeltas'];

const codeWith = (change: Partial<Composition>): string => {
  const composition: Composition = { ...firstComposition, speed: 'all at once', ...change };
  const spoken = liveDialects.find(({ name }) => name === composition.dialect);
  if (!spoken) throw new Error(`no dialect ${composition.dialect}`);
  return codeOf(composition, spoken, snippets);
};

/** The program with assertions in the place of its subscription. */
const asserting = (name: string, code: string, assertions: string): Example => ({
  name,
  code: `import { lastValueFrom, toArray } from 'rxjs';\n${code.replace(/result\$\.subscribe[\s\S]*$/, assertions)}`,
});

const gives = `(await lastValueFrom(result$)).text; // => ${JSON.stringify(answerText)}\n`;
const fails = (tag: string): string =>
  `await lastValueFrom(result$).catch((error: unknown) => (error as { _tag: string })._tag); // => '${tag}'\n`;

const resuming = [...untilChunks, 'timeouts', 'retryWithBackoff', 'resume', 'accumulateDelta'];
const spokenByAll = liveDialects.map(({ name }) => name);

/** How the first pipeline ends when something goes wrong in the middle, every time. */
const endings: Readonly<Record<Exclude<Composition['fault'], 'none'>, string>> = {
  cut: 'TruncatedError',
  reset: 'NetworkError',
  stall: 'StreamTimeoutError',
  heartbeats: 'StreamTimeoutError',
  malformed: 'ChunkParseError',
  'too many requests': 'HttpError',
  'error in the stream': 'ApiError',
};

const programs: readonly Example[] = [
  ...spokenByAll.map((dialect) => asserting(`${dialect} without a fault`, codeWith({ dialect }), gives)),
  ...spokenByAll.map((dialect) =>
    asserting(`${dialect} that resumes`, codeWith({ dialect, fault: 'cut', operators: resuming }), gives),
  ),
  ...(['reset', 'stall', 'error in the stream'] as const).map((fault) =>
    asserting(`openAiChat that resumes after: ${fault}`, codeWith({ fault, operators: resuming }), gives),
  ),
  ...spokenByAll.map((dialect) =>
    asserting(`${dialect} that retries`, codeWith({ dialect, fault: 'cut', where: 'before the first token' }), gives),
  ),
  ...Object.entries(endings).map(([fault, tag]) =>
    asserting(
      `openAiChat that fails: ${fault}`,
      codeWith({ fault: fault as Composition['fault'], times: 'every time' }),
      fails(tag),
    ),
  ),
  asserting(
    'openAiChat, sentence by sentence',
    codeWith({ operators: [...untilChunks, 'splitSentences'] }),
    `(await lastValueFrom(result$.pipe(toArray()))).length; // => 4\n`,
  ),
];

/** One for each operator, behind those that most pipelines begin with. */
const withEach = liveOperators
  .filter(({ name }) => !untilChunks.includes(name))
  .map(({ name }) => ({ name, code: codeWith({ operators: [...untilChunks, name] }) }));

describe('the code of the live page', () => {
  it.concurrent.each(programs)('runs: $name', async (program) => {
    await runExample(program);
  });

  it(
    'has types that hold, whatever was chosen',
    () => {
      const all = Object.keys(faults) as Composition['fault'][];
      const others = all.flatMap((fault) =>
        (['once', 'every time'] as const).map((times) => ({
          name: `${fault} ${times}`,
          code: codeWith({ fault, times, where: 'before the first token' }),
        })),
      );
      const long = {
        name: 'long',
        code: codeWith({ operators: [...resuming.slice(0, 7), 'smoothText', 'accumulateDelta', 'bufferForUi'] }),
      };

      expect(checkDocs([...programs, ...others, ...withEach, long]).typeErrors).toEqual([]);
    },
    checkerTimeoutMs,
  );
});

describe('a pipeline of the live page', () => {
  const named = (...names: string[]) =>
    names.map((name) => operatorNamed(name)).filter((operator) => operator !== undefined);
  const fits = (...names: string[]) => flowOf(named(...names)).map((flow) => flow.fits);

  it('knows which operator does not fit where it stands', () => {
    expect(fits(...firstComposition.operators)).not.toContain(false);
    expect(fits('toDeltas', 'parseChunk', 'accumulateDelta')).toEqual([false, true, false]);
    expect(fits('bufferForUi', 'filterHeartbeat')).toEqual([true, true]);
  });

  it('takes one more in the last place where all fit, or at its end', () => {
    const names = (...all: Parameters<typeof withOperator>) => withOperator(...all).map(({ name }) => name);
    const [heartbeat, resume, sentences] = named('filterHeartbeat', 'resume', 'splitSentences') as [
      never,
      never,
      never,
    ];

    expect(names(named('parseChunk', 'toDeltas', 'accumulateDelta'), resume)).toEqual([
      'parseChunk',
      'toDeltas',
      'resume',
      'accumulateDelta',
    ]);
    expect(names(named('parseChunk'), heartbeat)).toEqual(['filterHeartbeat', 'parseChunk']);
    expect(names(named('parseChunk'), sentences)).toEqual(['parseChunk', 'splitSentences']);
  });
});
