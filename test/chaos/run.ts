/** The command behind `npm run chaos`: servers, Redis and clients whose world falls apart; see `--help`. */
import { parseArgs } from 'node:util';

import { runChaos } from './harness/runChaos.ts';

const usage = `npm run chaos -- [options]

  --rounds N  how many rounds to play (default: 10)
  --seed S    what chance begins with; a run tells its own (default: a new one)
  --from N    the number of the first round, to play one of a run again (default: 0)
  --help      this text`;

const out = (text: string): void => void process.stdout.write(`${text}\n`);

// The exit ends what runs, also where somebody had enough of it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number; got ${text}`);
  return value;
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    strict: true,
    options: {
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      from: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(usage);
    return 0;
  }
  const { seed } = values;
  const [rounds, from] = [wholeNumber('rounds', values.rounds), wholeNumber('from', values.from)];
  out(`seed ${seed}`);
  const tally = await runChaos({
    rounds,
    seed,
    from,
    onRound: (round, violations) => {
      const played = round - from + 1;
      for (const { rule, text } of violations) out(`round ${round}: ${rule}: ${text}`);
      if (played % 10 === 0) out(`${played} rounds played`);
    },
  });
  for (const { seed: roundSeed, violations, history } of tally.bad) {
    const [, round] = roundSeed.split('/');
    out(`\n${roundSeed}: ${violations.map(({ rule, text }) => `\n  ${rule}: ${text}`).join('')}`);
    out(`again with: npm run chaos -- --seed ${seed} --from ${round} --rounds 1\n`);
    for (const line of history) out(`  ${line}`);
  }
  out(`\n${tally.table}`);
  return tally.bad.length > 0 ? 1 : 0;
};

process.exitCode = await main();
