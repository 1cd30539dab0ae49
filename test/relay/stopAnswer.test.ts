import { NEVER } from 'rxjs';
import { InvalidOptionError } from 'rxllm';
import { stopAnswer } from 'rxllm/relay';

import { type Fate, network, serverOf, url } from './relaying.ts';

const begun = async (): Promise<ReturnType<typeof serverOf>> => {
  const server = serverOf(() => NEVER);
  await (await server.fetch(new Request(url, { method: 'POST', headers: { 'idempotency-key': 'k' } }))).body?.cancel();
  return server;
};

describe('stopAnswer', () => {
  it('stops once, with the headers that are wanted', async () => {
    const { fetch } = await begun();
    const { fetch: send, requests } = network([fetch]);
    const options = { fetch: send, headers: () => ({ 'X-User': 'ann' }), credentials: 'include' as const };

    expect(await stopAnswer(`${url}/k/?a=b`, options)).toBe(true);
    expect(await stopAnswer(`${url}/k`, options)).toBe(false);
    expect(await stopAnswer(`${url}/other`, options)).toBe(false);
    expect(requests[0]).toMatchObject({ method: 'POST', url: `${url}/k/cancel?a=b`, credentials: 'include' });
  });

  it.each<[string, Fate, object]>([
    [
      'a server that refuses',
      { response: () => new Response('', { status: 403 }) },
      { _tag: 'HttpError', status: 403 },
    ],
    ['no server', { throws: new TypeError('fetch failed') }, { _tag: 'NetworkError' }],
    [
      'another server',
      { response: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }) },
      { _tag: 'ContentTypeError' },
    ],
    ['a server that forgets the type', { response: () => new Response('ok') }, { _tag: 'ContentTypeError' }],
  ])('rejects for %s', async (_what, fate, error) => {
    await expect(stopAnswer(`${url}/k`, { fetch: network([], [fate]).fetch })).rejects.toMatchObject(error);
  });

  it('rejects when its signal aborts, and throws a mistake', async () => {
    const never = (): Promise<Response> => new Promise(() => undefined);

    await expect(stopAnswer(`${url}/k`, { fetch: never, signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
      _tag: 'AbortedError',
    });
    await expect(stopAnswer(`${url}/k`, { fetch: never, connectMs: 1 })).rejects.toMatchObject({ phase: 'connect' });
    expect(() => stopAnswer(`${url}/k`, { connectMs: -1 })).toThrow(InvalidOptionError);
  });
});
