import { setFlagsFromString } from 'node:v8';
import { runInNewContext, runInThisContext } from 'node:vm';

import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { streamCompletion } from 'rxllm';

import { longText, textAndTool, twoTools } from '../../conformance/faults/FaultAnswer.ts';
import { type FaultCase, type Mode, modes } from '../../conformance/faults/FaultCase.ts';
import { faultsOf } from '../../conformance/faults/faultKinds.ts';
import { optionsOf, rxllmClient } from '../../conformance/clients/rxllm.ts';
import { judge, type Outcome, type Verdict } from '../../conformance/faults/judge.ts';
import { serveCases } from '../../conformance/faults/serveCases.ts';
import { watchUncaught } from '../../conformance/faults/watchUncaught.ts';

const seconds = Number(process.env['RXLLM_SOAK_SECONDS'] ?? 4);
const concurrency = 1_000;
const warmUpMs = 1_000;
/** For streams that are under way when time is up, and for the connections of Node's fetch that nobody uses. */
const windDownMs = 30_000;
/** A case waits at most for three attempts and resumptions, each to the end of its clock, on a busy machine. */
const boundMs = 25_000;
const heapSlackBytes = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
// Jest's copy of `process` is not asked: it knows the handles of the worker all the same, but no events.
const node = runInThisContext('process') as NodeJS.Process;

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const until = async (condition: () => boolean, deadlineMs: number): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!condition() && performance.now() < deadline) await wait(20);
};

/** Which kinds of things keep the process busy, and how many of each. */
const resources = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const kind of node.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

const heapBytes = async (): Promise<number> => {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await wait(20);
  }
  return node.memoryUsage().heapUsed;
};

/** Leaves an answer after a while, whatever it is at. */
const leave = (faultCase: FaultCase, origin: string, mode: Mode, afterMs: number): Promise<void> =>
  new Promise((resolve) => {
    const subscription = streamCompletion(faultCase.dialect, optionsOf(faultCase, origin, mode)).subscribe({
      error: () => undefined,
    });
    setTimeout(() => {
      subscription.unsubscribe();
      resolve();
    }, afterMs);
  });

const orHang = async (outcome: Promise<Outcome>): Promise<Outcome> => {
  let bell: NodeJS.Timeout | undefined;
  const hang = new Promise<Outcome>((resolve) => {
    bell = setTimeout(() => {
      resolve({ ending: 'hang', shown: [] });
    }, boundMs);
  });
  const first = await Promise.race([outcome, hang]);
  clearTimeout(bell);
  return first;
};

const cases = [openAiChat, anthropicMessages].flatMap((dialect) =>
  faultsOf(dialect, [longText, twoTools, textAndTool]),
);

describe(`${concurrency} streams at a time`, () => {
  it(
    'with any faults, some left at any time, leave nothing behind',
    async () => {
      const watch = watchUncaught();
      const before = resources();
      const server = await serveCases();
      const random = randomFrom(20_240_607);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
      const verdicts: Partial<Record<Verdict | 'left', number>> = {};
      const wrong: string[] = [];
      let count = 0;

      const runOne = async (): Promise<void> => {
        count += 1;
        const mode = pick(modes);
        const faultCase = { ...pick(cases), id: `soak ${count}` };
        server.add(faultCase);
        if (random() < 0.25) {
          await leave(faultCase, server.origin, mode, random() * 400);
          verdicts.left = (verdicts.left ?? 0) + 1;
          return;
        }
        const outcome = await orHang(rxllmClient(mode)(faultCase, server.origin, new AbortController().signal));
        const verdict = judge(faultCase.answer.whole, outcome);
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
        if (verdict !== 'right' && verdict !== 'error') {
          const fault = JSON.stringify(faultCase.break({}, 0, 'begin'));
          wrong.push([verdict, faultCase.dialect.name, mode, faultCase.kind, fault].join(' | '));
        }
      };
      const run = async (width: number, forMs: number): Promise<void> => {
        const end = performance.now() + forMs;
        await Promise.all(
          Array.from({ length: width }, async () => {
            while (performance.now() < end) await runOne();
          }),
        );
      };

      // What a first stream leaves behind for the next ones (pools, compiled code) is no leak.
      await run(100, warmUpMs);
      server.forget();
      const heapBefore = await heapBytes();
      await run(concurrency, seconds * 1_000);
      await until(() => server.openSockets() === 0, windDownMs);
      const socketsAfter = server.openSockets();
      server.forget();
      const grownBytes = (await heapBytes()) - heapBefore;
      await server.close();
      await until(() => Object.entries(resources()).every(([kind, left]) => left <= (before[kind] ?? 0)), 10_000);
      watch.stop();

      expect(wrong.slice(0, 5)).toEqual([]);
      expect(watch.errors).toEqual([]);
      expect(socketsAfter).toBe(0);
      expect(Object.entries(resources()).filter(([kind, left]) => left > (before[kind] ?? 0))).toEqual([]);
      expect(grownBytes).toBeLessThan(heapSlackBytes);
      // Enough of each, or the rest says little.
      expect(Math.min(verdicts.right ?? 0, verdicts.error ?? 0, verdicts.left ?? 0)).toBeGreaterThan(concurrency / 10);
      node.stderr.write(
        `soak: ${count} streams in ${seconds} s, ${JSON.stringify(verdicts)}, heap ${(grownBytes / 2 ** 20).toFixed(1)} MiB more\n`,
      );
    },
    seconds * 1_000 + warmUpMs + 2 * windDownMs + boundMs,
  );
});
