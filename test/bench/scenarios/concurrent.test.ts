import { clients } from '../../../bench/concurrent/clients/index.ts';
import { sentAtUs, stamped } from '../../../bench/concurrent/messages.ts';
import { Progress } from '../../../bench/harness/Progress.ts';
import { concurrent } from '../../../bench/scenarios/concurrent.ts';

const progress = new Progress({ write: () => true });

describe('concurrent', () => {
  it('finds the stamp of a token wherever it stands in a text, and none where there is none', () => {
    expect(sentAtUs(`data: {"content":"${stamped(' a token', 1_234)}"}`)).toBe(1_234);
    expect(sentAtUs('data: {}')).toBeUndefined();
  });

  it('shows every client once per load, with all that is measured', async () => {
    const rows = await concurrent.run({ rounds: 1, warmUpRounds: 0, isSmoke: true, progress });
    const [heading, , ...lines] = concurrent.format(rows).split('\n');

    expect(heading).toMatch(/^streams, client +CPU µs\/token +x fetch/);
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(
      Object.keys(clients).map((client) => `10 at 20/s, ${client}`),
    );
    expect(lines[0]).toMatch(/ 1\.00x /);
    expect(lines.join()).not.toContain('NaN');
    // Heap is weighed against what a process had before, which may shrink.
    expect(rows.filter(({ metric, value }) => metric !== 'heapKiBPerStream' && !(value > 0))).toEqual([]);
  }, 60_000);
});
