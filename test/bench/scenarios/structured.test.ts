import type { StructuredClient } from '../../../bench/clients/StructuredClient.ts';
import { structuredFloor } from '../../../bench/clients/structuredFloor.ts';
import { structuredRxllm, structuredRxllmUnread } from '../../../bench/clients/structuredRxllm.ts';
import { Progress } from '../../../bench/harness/Progress.ts';
import { measureCase, structured } from '../../../bench/scenarios/structured.ts';
import { toolArguments, wideArguments } from '../../../bench/wires/toolArguments.ts';

const notes: string[] = [];
const progress = new Progress({ write: (text) => notes.push(text) });
const options = { rounds: 1, warmUpRounds: 0, isSmoke: true, progress };
const small = { name: 'small', text: toolArguments(2_000) };

describe('structured', () => {
  it('gives no row to a client with a wrong value', async () => {
    const liar: StructuredClient = { name: 'liar', run: () => ({ title: 'x' }) };

    await expect(measureCase(small, [structuredFloor, liar], options)).rejects.toThrow(
      'small: liar gives a wrong value',
    );
  });

  it('tells the time, the ratio, and how many deltas gave a value', async () => {
    const rows = await measureCase(small, [structuredFloor, structuredRxllm, structuredRxllmUnread], options);
    const of = (client: string): object =>
      Object.fromEntries(rows.filter((row) => row.client === client).map(({ metric, value }) => [metric, value]));

    expect(of('floor')).toMatchObject({ finished: 1, ratioToFloor: 1, totalMs: expect.any(Number) });
    expect(of('rxllm')).toMatchObject({
      finished: 1,
      ratioToFloor: expect.any(Number),
      freshShare: 1,
      firstMicrosPerDelta: expect.any(Number),
      lastMicrosPerDelta: expect.any(Number),
    });
    expect(rows.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    expect(structured.format(rows)).toMatch(/^rxllm +[\d,.]+ +[\d,.]+x +[\d,.]+ +[\d,.]+ +100\.0 %$/m);
  });

  it('reads a small document several times in one timed run, and tells the time of one', async () => {
    let runs = 0;
    const counted: StructuredClient = {
      name: 'counted',
      run: (feed) => {
        runs += 1;
        return structuredFloor.run(feed);
      },
    };
    const rows = await measureCase({ ...small, documents: 50 }, [structuredFloor, counted], options);
    const total = rows.find(({ client, metric }) => client === 'counted' && metric === 'totalMs')?.value;

    // Once to see that it works.
    expect(runs).toBe(51);
    expect(total).toBeGreaterThan(0);
    expect(rows.find(({ client, metric }) => client === 'floor' && metric === 'ratioToFloor')?.value).toBe(1);
  });

  it('says that a client did not finish, and gives it no time', async () => {
    const quitter: StructuredClient = {
      name: 'quitter',
      run(feed) {
        feed.passing(Math.floor(feed.pieces.length / 2));
        throw new Error('too much');
      },
    };
    const rows = await measureCase(small, [structuredFloor, quitter], options);

    expect(rows.filter(({ client }) => client === 'quitter').map(({ metric, value }) => [metric, value])).toEqual([
      ['finished', 0],
      ['shareRead', expect.closeTo(0.5, 1)],
    ]);
    expect(structured.format(rows)).toMatch(/^quitter +not finished/m);
    expect(notes.join('')).toContain('quitter did not finish: too much');
  });
});

describe('the documents of structured', () => {
  it.each([
    ['toolArguments', toolArguments],
    ['wideArguments', wideArguments],
  ])('%s are as long as was asked for, and the same every time', (_, make) => {
    const text = make(10_000);

    expect(text.length).toBeGreaterThan(9_500);
    expect(text.length).toBeLessThan(13_000);
    expect(make(10_000)).toBe(text);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(text).toMatch(/\\n/);
  });
});
