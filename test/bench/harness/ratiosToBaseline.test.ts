import { ratiosToBaseline } from '../../../bench/harness/ratiosToBaseline.ts';

describe('ratiosToBaseline', () => {
  it('divides medians, so that one slow round moves nothing', () => {
    const times = new Map([
      ['fast', [1, 1, 500]],
      ['floor', [2, 2, 2]],
      ['slow', [7, 6, 5]],
    ]);

    expect([...ratiosToBaseline(times, 'floor')]).toEqual([
      ['fast', 0.5],
      ['floor', 1],
      ['slow', 3],
    ]);
  });

  it('needs its baseline', () => {
    expect(() => ratiosToBaseline(new Map([['fast', [1]]]), 'floor')).toThrow('floor was not measured');
  });
});
