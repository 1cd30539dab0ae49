import { concat, NEVER, of } from 'rxjs';
import type { Delta } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { answer } from 'rxllm/testing';

import { bearerUser } from '../../examples/server-parts/bearerUser.ts';
import { serverLog } from '../../examples/server-parts/serverLog.ts';

const [start] = answer() as [Delta];

describe('the log of a server', () => {
  it('is drained once what was started has ended, and starts nothing then', async () => {
    const log = serverLog(memoryLog());
    const isStarted = log.start('a', of(...answer({ text: 'To be' })));
    await log.drain(10_000);
    await isStarted;

    expect(await log.state('a')).toMatchObject({ state: 'complete' });
    await expect(log.start('b', of(start))).rejects.toThrow('shuts down');
    expect(await log.state('b')).toBeUndefined();
  });

  it('stops what takes too long, also where its id was asked for twice', async () => {
    const log = serverLog(memoryLog());
    await log.start('a', concat(of(start), NEVER));
    await expect(log.start('a', NEVER)).rejects.toMatchObject({ reason: 'exists' });
    await log.drain(10);

    expect(await log.state('a')).toMatchObject({ state: 'stopped' });
  });
});

describe('the user of a token', () => {
  it.each([
    ['Bearer demo-token', 'demo'],
    ['bearer demo-token', 'demo'],
    ['Bearer demo-token ', undefined],
    ['Bearer  demo-token', undefined],
    ['Bearer', undefined],
    ['Bearer demo', undefined],
    ['Basic demo-token', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of "%s" is %s', (authorization, user) => {
    expect(bearerUser(authorization)).toBe(user);
  });
});
