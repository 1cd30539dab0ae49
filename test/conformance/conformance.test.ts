import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';

import { catalogue, dialects } from '../../conformance/catalogue/index.ts';
import { clients } from '../../conformance/clients/index.ts';
import { readCommand, UsageError } from '../../conformance/command.ts';
import type { ConformanceClient } from '../../conformance/clients/ConformanceClient.ts';
import type { Outcome } from '../../conformance/faults/judge.ts';
import { type RunningCases, serveCases } from '../../conformance/faults/serveCases.ts';
import { type UncaughtWatch, watchUncaught } from '../../conformance/faults/watchUncaught.ts';
import { type Cell, cellName, cellsOf, type FilledCell } from '../../conformance/report/Cell.ts';
import { unexpected } from '../../conformance/report/document.ts';
import { runCells } from '../../conformance/report/runCells.ts';
import { manifest, root } from '../support/entryPoints.ts';

const conformance = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'conformance', 'run.ts'), ...args], { cwd: root, encoding: 'utf8' });

/** A process of its own, which loads every client there is, on a machine that is busy with other tests. */
const commandTimeoutMs = 60_000;

describe('npm run conformance', () => {
  it('is this command', () => {
    expect((manifest as unknown as { scripts: Record<string, string> }).scripts['conformance']).toBe(
      'node conformance/run.ts',
    );
  });

  it(
    'tells of one cell what was sent, what was expected and what the client did',
    () => {
      const { status, stdout } = conformance('--case', 'openai-chat/end-in-text', '--client', 'openai-create');

      expect(status).toBe(0);
      expect(stdout).toMatch(
        /^openai-chat\/end-in-text for openai `create` \(openai \d+\.\d+\.\d+\): TRUNCATED, which/,
      );
      expect(stdout).toMatch(/sent to the first request: HTTP 200.*\n {4}data: \{.*"role":"assistant"/);
      expect(stdout).toMatch(/expected: the right answer, or an error/);
      expect(stdout).toMatch(
        /done: complete after \d+ ms and 1 request\n {4}last shown: \{"text":"Rain fell on the slate/,
      );
    },
    commandTimeoutMs,
  );

  it(
    'ends with 2 at what it does not understand',
    () => {
      const { status, stdout, stderr } = conformance('--case', 'end-in-txt');

      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/there is no case "end-in-txt".*\n\nUsage: /s);
    },
    commandTimeoutMs,
  );

  it.each([
    ['an unknown dialect', ['--case', 'opnai/whole'], /there is no case "opnai\/whole"/],
    ['an unknown client', ['--client', 'opnai'], /there is no client "opnai"/],
    ['an unknown option', ['--fast'], /Unknown option '--fast'/],
    ['a check of a part', ['--check', '--client', 'rxllm'], /for the whole document/],
  ])('does not understand %s', (_what, args, message) => {
    expect(() => readCommand(args)).toThrow(UsageError);
    expect(() => readCommand(args)).toThrow(message);
  });
});

describe('a cell', () => {
  let server: RunningCases;
  let watch: UncaughtWatch;
  const source = new EventEmitter();

  beforeAll(async () => {
    server = await serveCases();
    watch = watchUncaught(source);
  });
  afterAll(async () => {
    watch.stop();
    await server.close();
  });

  const wordsOf = (cells: readonly FilledCell[]) =>
    Object.fromEntries(cells.map((cell) => [cellName(cell), cell.word]));

  it('says what each client does', async () => {
    const cells = await runCells(
      cellsOf({
        cases: ['openai-chat/cr', 'anthropic-messages/end-in-text', 'openai-chat/choices'],
        clients: ['rxllm', 'fetch-loop', 'anthropic-stream', 'ai'],
      }),
      { server, watch },
    );

    expect(wordsOf(cells)).toEqual({
      'openai-chat/cr rxllm': 'right',
      'openai-chat/cr ai': 'right',
      'openai-chat/cr fetch-loop': 'TRUNCATED',
      'openai-chat/choices rxllm': 'right',
      'openai-chat/choices ai': 'not offered',
      'openai-chat/choices fetch-loop': 'right',
      'anthropic-messages/end-in-text rxllm': 'error+part',
      'anthropic-messages/end-in-text anthropic-stream': 'typed error',
      'anthropic-messages/end-in-text ai': 'TRUNCATED',
      'anthropic-messages/end-in-text fetch-loop': 'TRUNCATED',
    });
  }, 30_000);

  it('is rxllm’s own for every case of the catalogue that waits for no clock, and good or owned up to', async () => {
    const isSoon = ({ conformanceCase: { id } }: Cell): boolean => !/^(stall|heartbeats|abort|status)-/.test(id);
    const cells = await runCells(cellsOf({ clients: ['rxllm', 'rxllm-resume'] }).filter(isSoon), { server, watch });

    expect(cells.length).toBeGreaterThan(300);
    expect(unexpected(cells).map((cell) => `${cellName(cell)}: ${cell.word}`)).toEqual([]);
    expect(new Set(cells.map(({ word }) => word))).toContain('right');
  }, 60_000);

  const [first] = cellsOf({ cases: ['openai-chat/whole'], clients: ['rxllm'] });
  if (!first) throw new Error('there is no cell');
  const madeUp = (id: string, run: () => Promise<Outcome>): Cell => ({
    ...first,
    client: { ...first.client, id, run } satisfies ConformanceClient,
    trials: first.trials.map((trial) => ({ ...trial, id })),
  });
  const whole = async (): Promise<Outcome> => ({
    ending: 'complete',
    shown: [first.trials[0]?.answer.whole ?? { text: '', runnable: [] }],
  });

  it('of an error that nobody took is found among others', async () => {
    const careless = async (): Promise<Outcome> => {
      source.emit('unhandledRejection', new Error('mine'));
      return whole();
    };
    const cells = await runCells([madeUp('a', whole), madeUp('b', careless), madeUp('c', whole)], { server, watch });

    expect(cells.map(({ word }) => word)).toEqual(['right', 'UNCAUGHT', 'right']);
  });

  it.each([
    ['right', whole, 0],
    ['TRUNCATED', async (): Promise<Outcome> => ({ ending: 'complete', shown: [] }), 1],
    ['error', async (): Promise<Outcome> => ({ ending: 'error', shown: [] }), 1],
  ])('of rxllm that is %s where all is well counts as it should', async (word, run, count) => {
    const cells = await runCells([madeUp('rxllm', run)], { server, watch });

    expect(cells.map((cell) => cell.word)).toEqual([word]);
    expect(unexpected(cells)).toHaveLength(count);
  });
});

describe('the catalogue', () => {
  it('names each case and each client of a dialect once', () => {
    const ids = catalogue.flatMap(({ cases }) => cases.map(({ id }) => id));
    const names = clients.map(({ dialect, id }) => `${dialect} ${id}`);

    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every case for at least one dialect, and the exchanges of each case are known by names of their own', () => {
    const cells = cellsOf();
    const played = new Set(cells.map(({ conformanceCase }) => conformanceCase));
    const trials = cells.flatMap((cell) => cell.trials.map(({ id }) => id));

    expect(catalogue.flatMap(({ cases }) => cases).filter((one) => !played.has(one))).toEqual([]);
    expect(new Set(trials).size).toBe(trials.length);
    expect(new Set(cells.map(({ client }) => client.dialect)).size).toBe(dialects.length);
  });
});
