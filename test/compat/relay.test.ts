import { concat, from, mergeMap, NEVER, type Observable, of, throwError, timer } from 'rxjs';
import { type Delta, NetworkError } from 'rxllm';
import { answer } from 'rxllm/testing';

import { expectNothingUncaught } from '../support/provider.ts';
import { closeRelays, inBytes, type RelayPlan, relayClients, relayServer, type Taken } from './relayClients.ts';

expectNothingUncaught();
afterEach(closeRelays);

const words = 'To be, or not to be: 漢字 👩‍🚀';
const whole = answer({ text: words, usage: { inputTokens: 3, outputTokens: 6 } });
/** Up to the middle of the text. */
const half: readonly Delta[] = whole.slice(0, 5);
const halfText = half.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
/** A character cut in two. */
const split = answer({ text: ['a 😀'.slice(0, 3), 'a 😀'.slice(3), ' b'] });

const endings: Readonly<Record<string, string>> = {
  'openai, chunks': 'stop',
  'openai, chat helper': 'stop',
  'openai, response events': 'completed',
  'openai, response helper': 'completed',
  'anthropic, events': 'end_turn',
  'anthropic, helper': 'end_turn',
  'ai, useChat': 'ready',
};

const stopped: Readonly<Record<string, string>> = {
  ...endings,
  'openai, response events': 'cancelled',
  'openai, response helper': 'cancelled',
};

const live = (source: Observable<Delta>, more: Partial<RelayPlan> = {}): RelayPlan => ({ source, ...more });

describe.each(relayClients)('a relay read by $name', ({ name, encoder, take }) => {
  const taken = async (plan: RelayPlan, fetch?: typeof globalThis.fetch): Promise<Taken> => {
    const { origin } = await relayServer(encoder(), plan);
    return take(origin, fetch);
  };
  /** What it throws where there is nothing that it can take for an answer. */
  const thrown = name === 'ai, useChat' ? 'Error' : 'APIError';

  it('gives a whole answer, its history joined', async () => {
    expect(await taken(live(from(whole)))).toEqual({ text: words, ending: endings[name] });
  });

  it('gives an answer as it is made, with ids, heartbeats and a time to come again', async () => {
    const later = timer(60).pipe(mergeMap(() => whole.slice(5)));
    const source = concat(from(half), later);
    const sink = { heartbeatMs: 10, retryMs: 500 };

    expect(await taken(live(source, { sink }))).toEqual({ text: words, ending: endings[name] });
  });

  it('gives it cut anywhere, characters too', async () => {
    expect(await taken(live(from(whole)), inBytes([1, 2, 3]))).toEqual({ text: words, ending: endings[name] });
    expect(await taken(live(from(split)), inBytes([1]))).toEqual({ text: 'a 😀 b', ending: endings[name] });
  });

  it('fails where the answer fails, and says nothing of the inside', async () => {
    const error = new NetworkError({ url: 'http://10.1.2.3/v1', code: 'ECONNREFUSED', phase: 'connect' });

    expect(
      await taken(
        live(
          concat(
            from(half),
            throwError(() => error),
          ),
        ),
      ),
    ).toMatchObject({
      thrown,
      message: expect.stringContaining('the connection to the provider was lost') as unknown,
    });
  });

  it('fails where a source completes in the middle of its answer', async () => {
    const message: unknown = expect.stringContaining('cut short');

    expect(await taken(live(from(half)))).toMatchObject({ thrown, message });
    expect(await taken(live(from(whole.slice(0, -1))))).toMatchObject({ thrown, message });
    expect(await taken(live(of()))).toMatchObject({ thrown, message });
  });

  it('fails where the connection is cut', async () => {
    const onFollow: RelayPlan['onFollow'] = (response) => setTimeout(() => response.destroy(), 40);

    expect(await taken(live(concat(from(half), NEVER), { onFollow }))).toHaveProperty('thrown');
  });

  it('ends well where the answer is stopped', async () => {
    const onFollow: RelayPlan['onFollow'] = (_response, log, id) => setTimeout(() => void log.stop(id), 20);

    expect(await taken(live(concat(from(half), NEVER), { onFollow }))).toEqual({
      text: halfText,
      ending: stopped[name],
    });
  });
});
