import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Results } from '../../bench/harness/resultsJson.ts';
import { scenarios } from '../../bench/scenarios/index.ts';
import { manifest, root } from '../support/entryPoints.ts';

/** For a whole smoke run of every scenario, on a machine that is busy with other tests. */
const smokeTimeoutMs = 240_000;

const command = join(root, 'bench', 'run.ts');

const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['--expose-gc', command, ...args], { cwd: root, encoding: 'utf8' });

describe('npm run bench', () => {
  it('is this command', () => {
    expect((manifest as unknown as { scripts: Record<string, string> }).scripts['bench']).toBe(
      'node --expose-gc bench/run.ts',
    );
  });

  let everything: ReturnType<typeof bench>;
  beforeAll(() => {
    everything = bench('--smoke', '--json');
  }, smokeTimeoutMs);

  it('runs everything when no scenario is named, as a list in JSON', () => {
    const names = (JSON.parse(everything.stdout) as readonly Results[]).map(({ scenario }) => scenario);

    expect({ status: everything.status, names }).toEqual({ status: 0, names: scenarios.map(({ name }) => name) });
  });

  it('writes every case, client and metric as JSON, and nothing else, to stdout', () => {
    const { stdout, stderr } = everything;
    const { rows } = (JSON.parse(stdout) as readonly Results[]).find(
      ({ scenario }) => scenario === 'decode',
    ) as Results;

    const readers = ['floor', 'eventsource-parser', 'rxllm', 'rxllm-plain'];
    const readings = ['event', '16KiB', '64B'];
    const bodies: readonly (readonly [wire: string, readings: readonly string[], sdks: readonly string[]])[] = [
      ['openai-chat', readings, ['openai', 'ai']],
      ['anthropic-messages', readings, ['@anthropic-ai/sdk', 'ai']],
      ['openai-chat, CJK', readings, ['openai']],
      ['openai-chat, one event of 8 MB', ['event', '16KiB'], ['openai']],
    ];
    const expected = bodies.flatMap(([wire, ways, sdks]) =>
      ways.flatMap((reading) =>
        [...readers, ...sdks].flatMap((client) =>
          ['ratioToFloor', 'microsPerEvent', 'bytesPerEvent'].map((metric) => ({
            case: `${wire}/${reading}`,
            client,
            metric,
            value: expect.any(Number),
          })),
        ),
      ),
    );
    expect(rows).toEqual(expected);
    expect(rows.filter(({ value }) => !(value > 0))).toEqual([]);
    expect(rows.filter(({ client, metric }) => client === 'floor' && metric === 'ratioToFloor')).toEqual(
      Array.from({ length: 11 }, () => expect.objectContaining({ value: 1 })),
    );
    // A person sees meanwhile what is going on, and what the numbers hold for.
    expect(stderr).toMatch(/decode openai-chat\/64B: done/);
    expect(stderr).toMatch(/Node v\d+.*\n.*eventsource-parser \d/);
  });

  it(
    'runs the one scenario that is named, as an object in JSON',
    () => {
      const { status, stdout } = bench('start', '--smoke', '--json');
      const { scenario, rows, ...more } = JSON.parse(stdout) as Results;

      expect({ status, scenario, more }).toEqual({ status: 0, scenario: 'start', more: {} });
      expect(rows).not.toEqual([]);
    },
    smokeTimeoutMs,
  );

  it(
    'shows a table with what its numbers hold for',
    () => {
      const { status, stdout } = bench('decode', '--smoke');

      expect(status).toBe(0);
      expect(stdout).toContain('its numbers mean nothing');
      expect(stdout).toMatch(/Node v\d+.*\nrxllm \d.*@anthropic-ai\/sdk \d/);
      expect(stdout).toMatch(/^rxllm-plain( +\d+\.\d\d +\d+\.\d\dx){3}$/m);
    },
    smokeTimeoutMs,
  );

  it.each([['--list'], ['--help']])('names the scenarios with %s', (option) => {
    const { status, stdout } = bench(option);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}decode +bytes in memory/m);
  });

  it.each([
    ['an unknown scenario', ['decoed'], /there is no scenario "decoed"; there are:\n {2}decode /],
    ['an unknown scenario beside a known one', ['decode', 'x', '--smoke'], /there is no scenario "x"/],
    ['an unknown option', ['--fast'], /Unknown option '--fast'.*\n\nUsage: /s],
  ])('ends with 2 at %s', (_what, args, message) => {
    const { status, stdout, stderr } = bench(...args);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('stops at once with Ctrl-C', async () => {
    const running = spawn(process.execPath, [command, 'decode', '--rounds', '1000'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(running.stderr, 'data');
    running.kill('SIGINT');

    expect(await once(running, 'exit')).toEqual([null, 'SIGINT']);
  }, 30_000);
});
