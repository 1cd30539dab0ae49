import { readCommand, UsageError } from '../../../bench/harness/readCommand.ts';

describe('readCommand', () => {
  it('takes scenarios and options in any order', () => {
    expect(readCommand(['--json', 'decode', '--rounds', '3', '--warm-up=0'])).toMatchObject({
      names: ['decode'],
      json: true,
      smoke: false,
      rounds: 3,
      warmUpRounds: 0,
    });
  });

  it('runs one round in a smoke test, or as many as it is told to', () => {
    expect(readCommand(['--smoke'])).toMatchObject({ names: [], smoke: true, rounds: 1, warmUpRounds: 0 });
    expect(readCommand(['--smoke', '--rounds', '2'])).toMatchObject({ rounds: 2, warmUpRounds: 0 });
  });

  it.each([
    [['--rounds', '0'], '--rounds must be a whole number of at least 1; got "0"'],
    [['--rounds', '1e3'], '--rounds must be'],
    [['--rounds', ''], '--rounds must be'],
    [['--warm-up=-1'], '--warm-up must be'],
    [['--fast'], "Unknown option '--fast'"],
    [['--rounds'], 'argument missing'],
  ])('refuses %j', (args, message) => {
    expect(() => readCommand(args)).toThrow(UsageError);
    expect(() => readCommand(args)).toThrow(message);
  });
});
