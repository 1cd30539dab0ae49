import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lastValueFrom, take, toArray } from 'rxjs';
import {
  accumulateDelta,
  type Completion,
  type Dialect,
  streamCompletion,
  streamDeltas,
  type StreamRunner,
  withTurns,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { fromRelay, viaRelay, type ViaRelayOptions } from 'rxllm/relay';

import { type Playground, startPlayground } from '../../examples/playground/startPlayground.ts';
import { longText } from '../../examples/playground/texts.ts';

let folder: string;
let playground: Playground;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rxllm-playground-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Built</title>');
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  playground = await startPlayground({ folder });
});

afterEach(() => playground.close());

const aSession = 'session=00000000-0000-4000-8000-000000000000';

/** As the page asks, in a session of its own. */
const runIn = (options: ViaRelayOptions = {}, cookie = aSession): StreamRunner =>
  viaRelay(`${playground.url}answers`, { headers: { cookie }, ...options });

const answerTo = (
  content: string,
  dialect: Dialect<never> = openAiChat as Dialect<never>,
  model = 'swift-1',
): Promise<Completion> => {
  const body = { model, max_tokens: 99, messages: [{ role: 'user', content }] } as never;
  return lastValueFrom(streamCompletion(dialect, { baseUrl: '', body, runIn: runIn() }));
};

describe('the playground', () => {
  it('answers both models of the comparison, by the words of the question', async () => {
    const [swift, sage] = await Promise.all([
      answerTo('What do you say?'),
      answerTo('What do you say?', anthropicMessages as Dialect<never>, 'sage-2'),
    ]);

    expect(swift.text).toContain('You said “What do you say?”.');
    expect(sage.text).toBe(swift.text);
  }, 20_000);

  it('cuts a connection every other time', async () => {
    await expect(answerTo('Cut the connection')).rejects.toMatchObject({ partial: { ended: false } });
    expect((await answerTo('Cut the connection')).ended).toBe(true);
  }, 20_000);

  it('is overloaded every other time, and says how long to wait', async () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'Overloaded' }] };
    const deltas$ = streamDeltas(openAiChat, { baseUrl: '', body, runIn: runIn() });
    const deltas = await lastValueFrom(deltas$.pipe(toArray()));

    expect(deltas[0]).toMatchObject({ type: 'retry', attempt: 2, error: { code: 'rate_limit_exceeded' } });
    expect((deltas[0] as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(3_000);
    expect(deltas.at(-1)).toEqual({ type: 'end' });
  }, 20_000);

  it('keeps an answer for whoever asked for it, and for nobody else', async () => {
    let place = '';
    const body = { model: 'm', messages: [{ role: 'user', content: 'Think first' }] };
    const request = { baseUrl: '', body, runIn: runIn({ onStart: ({ url }) => (place = url) }) };
    const { text } = await lastValueFrom(streamCompletion(openAiChat, request).pipe(take(5)));
    const again = (cookie: string) => lastValueFrom(fromRelay(place, { headers: { cookie } }).pipe(accumulateDelta()));

    expect((await again(aSession)).text).toMatch(new RegExp(`^${text}.`));
    await expect(again(aSession.replace('session=0', 'session=1'))).rejects.toMatchObject({ reason: 'not-found' });
    await expect(again('')).rejects.toMatchObject({ status: 403 });
    expect(playground.provider.requests).toHaveLength(1);
  }, 20_000);

  it('begins a session with the page', async () => {
    const cookieFor = async (cookie: string) =>
      (await fetch(playground.url, { headers: { cookie } })).headers.get('set-cookie');

    expect(await cookieFor('')).toMatch(/^session=[0-9a-f-]{36}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await cookieFor(`other=1; ${aSession}`)).toBeNull();
  });

  it('goes on when its tool was run, and when it was denied', async () => {
    const first = await answerTo('Use a tool');
    expect(first.toolCalls).toMatchObject([{ name: 'get_weather', arguments: { city: 'Rome' } }]);

    const after = async (run: unknown): Promise<string> => {
      const toolCalls = first.toolCalls.map((call) => ({ ...call, run }));
      const choice = { ...first.choices[0], parts: toolCalls, toolCalls };
      const completion = { ...first, choices: [choice], toolCalls } as unknown as Completion;
      const turns = [
        { role: 'user', content: 'Use a tool' },
        { role: 'assistant', completion },
      ] as const;
      const body = withTurns(openAiChat, { model: 'swift-1' }, turns);
      const deltas$ = streamDeltas(openAiChat, { baseUrl: '', body, runIn: runIn() });
      return (await lastValueFrom(deltas$.pipe(accumulateDelta()))).text;
    };

    expect(await after({ status: 'done', result: { sky: 'sunny' } })).toContain('sunny');
    expect(await after(undefined)).not.toBe('');
  }, 20_000);

  it('has texts of exactly as many tokens as it says', () => {
    expect(longText(5_000, 1)).toHaveLength(5_000);
    expect(longText(50_000, 5)).toHaveLength(10_000);
  });

  it('knows only its own files', async () => {
    for (const path of ['..%2f..%2fpackage.json.js', '%2e%2e/%2e%2e/package.js', 'nothing.js']) {
      expect((await fetch(playground.url + path)).status).toBe(404);
    }
  });

  it('serves a page for an address that is hardly one', async () => {
    expect(await (await fetch(`${playground.url}/`)).text()).toContain('Built');
  });
});
