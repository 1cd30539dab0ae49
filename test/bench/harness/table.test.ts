import { table } from '../../../bench/harness/table.ts';

describe('table', () => {
  it('puts names to the left and numbers to the right', () => {
    const text = table([
      ['client', 'µs', 'x floor'],
      ['floor', '1.05', '1.00x'],
      ['a-long-name', '10.00', ''],
    ]);

    expect(text.split('\n')).toEqual([
      'client          µs  x floor',
      '-----------  -----  -------',
      'floor         1.05    1.00x',
      'a-long-name  10.00',
    ]);
  });
});
