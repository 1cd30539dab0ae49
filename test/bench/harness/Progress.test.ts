import { Progress } from '../../../bench/harness/Progress.ts';

const output = (isTTY: boolean | undefined) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

describe('Progress', () => {
  it('writes over its last word on a terminal', () => {
    const terminal = output(true);
    const progress = new Progress(terminal, () => 0);
    progress.update('one');
    progress.note('two');

    expect(terminal.written).toEqual(['\r\u001b[Kone', '\r\u001b[Ktwo\n']);
  });

  it('writes plain lines to a log, and what is under way every five seconds only', () => {
    const log = output(undefined);
    let clockMs = 0;
    const progress = new Progress(log, () => clockMs);
    for (clockMs = 1000; clockMs <= 11_000; clockMs += 1000) progress.update(`at ${clockMs}`);
    progress.note('done');

    expect(log.written).toEqual(['at 5000\n', 'at 10000\n', 'done\n']);
  });
});
