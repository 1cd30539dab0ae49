import { type Delta, NetworkError, ToolError } from 'rxllm';
import { encodeDeltas } from 'rxllm/server';

import { start, text, toolRun } from '../support/deltas.ts';
import { framesOf, logOf } from './encodeReading.ts';

describe('encodeDeltas', () => {
  const places = async (
    deltas: readonly Delta[],
    sizes?: readonly number[],
  ): Promise<readonly (readonly [unknown, unknown])[]> =>
    (await framesOf(await logOf(deltas), encodeDeltas(), { sizes })).map(({ event, data }) => [
      event,
      JSON.parse(data),
    ]);

  it('writes each delta as it is, then how the answer ended', async () => {
    expect(await places([start(), text(0, 'Hi')])).toEqual([
      [undefined, start()],
      [undefined, text(0, 'Hi')],
      ['end', { state: 'complete' }],
    ]);
  });

  it('joins what waits for a client that lags', async () => {
    expect(await places([start(), text(0, 'H'), text(0, 'i')], [9])).toContainEqual([undefined, text(0, 'Hi')]);
  });

  it('says of errors in an answer what a client may know', async () => {
    const error = new NetworkError({ url: 'http://10.0.0.1/v1', code: 'ECONNREFUSED', phase: 'connect' });
    const failed = new ToolError({ reason: 'failed', toolName: 'f', callId: 'c1', problem: 'connect 10.0.0.1' });
    const [retried, tool] = await places([
      { type: 'retry', attempt: 2, delayMs: 1, error },
      toolRun(0, { error: failed }),
    ]);

    expect(JSON.stringify([retried, tool])).not.toContain('10.0.0.1');
    expect(retried).toMatchObject([undefined, { error: { name: 'ApiError' } }]);
    // Whoever shows the call wants to know why, and whether somebody said no to it.
    expect(tool).toMatchObject([
      undefined,
      { error: { name: 'ToolError', fields: { reason: 'failed', toolName: 'f', callId: 'c1', problem: 'it failed' } } },
    ]);
  });

  it('says of an error that ends the answer what a client may know', async () => {
    const frames = await framesOf(await logOf([start()], 'error'), encodeDeltas());

    expect(frames.at(-1)).toMatchObject({ event: 'end', data: expect.not.stringContaining('secret') as unknown });
    expect(JSON.parse(frames.at(-1)?.data ?? '')).toMatchObject({ state: 'failed', error: { name: 'ApiError' } });
  });
});
