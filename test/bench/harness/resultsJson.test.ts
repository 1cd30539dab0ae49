import { resultsJson } from '../../../bench/harness/resultsJson.ts';

describe('resultsJson', () => {
  it('keeps the rows and four digits of their values', () => {
    const row = { case: 'openai-chat/16KiB', client: 'rxllm', metric: 'ratioToFloor' };

    expect(JSON.parse(resultsJson({ scenario: 'decode', rows: [{ ...row, value: 0.123456 }] }))).toEqual({
      scenario: 'decode',
      rows: [{ ...row, value: 0.1235 }],
    });
  });
});
