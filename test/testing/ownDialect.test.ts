import { lastValueFrom } from 'rxjs';
import { type Dialect, fetchCompletion, streamCompletion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { chatPreset, openAiChat } from 'rxllm/openai';
import { answer, fakeProvider } from 'rxllm/testing';

import { parrot } from '../../examples/recipes/parrot.ts';
import { expectNothingUncaught, provider } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

const replies = [{ deltas: answer({ text: 'Pieces of eight!' }) }];
const body = { model: 'm', turns: [] };

describe('a fake provider that is told of a dialect', () => {
  it('speaks it at every address, in pieces and whole', async () => {
    const { fetch, requests } = fakeProvider({ dialect: parrot, replies });
    for (const baseUrl of ['http://fake.test', 'http://fake.test/v1/chat/completions', 'https://b.test/x?y=1']) {
      const options = { baseUrl, fetch, body };

      expect((await lastValueFrom(streamCompletion(parrot, options))).text).toBe('Pieces of eight!');
      expect((await lastValueFrom(fetchCompletion(parrot, options))).text).toBe('Pieces of eight!');
    }
    expect(requests.map(({ dialect }) => dialect)).toEqual(Array(6).fill('parrot'));
  });

  it.each([
    [{ stream: true }, 'application/json', 'application/x-ndjson'],
    [{}, '*/*', 'application/x-ndjson'],
    [{}, 'application/x-ndjson', 'application/x-ndjson'],
    [{}, 'application/json', 'application/json'],
    [{ stream: false }, 'application/x-ndjson', 'application/json'],
  ])('takes %j that accepts %s for a request for %s', async (json, accept, expected) => {
    const { fetch } = fakeProvider({ dialect: parrot, replies });
    const init = { method: 'POST', body: JSON.stringify(json), headers: { accept } };

    expect((await fetch('http://fake.test/talk', init)).headers.get('content-type')).toBe(expected);
  });

  it('speaks one whose addresses hold the model', async () => {
    const own: Dialect<{ model: string; contents: object[] }> = { ...gemini, name: 'our-gemini' };
    const { fetch, requests } = fakeProvider({ dialect: own, replies });
    const options = { baseUrl: 'http://fake.test', fetch, body: { model: 'm', contents: [] } };

    expect((await lastValueFrom(streamCompletion(own, options))).text).toBe('Pieces of eight!');
    expect((await lastValueFrom(fetchCompletion(own, options))).text).toBe('Pieces of eight!');
    expect(requests[0]?.dialect).toBe('our-gemini');
  });

  it('finds the key in whichever header the dialect has it', async () => {
    const { fetch } = fakeProvider({ dialect: parrot, apiKey: 'k-1', replies });
    const ask = (apiKey: string) =>
      lastValueFrom(streamCompletion(parrot, { baseUrl: 'http://fake.test', fetch, apiKey, body }));

    expect((await ask('k-1')).ended).toBe(true);
    await expect(ask('k-2')).rejects.toMatchObject({ _tag: 'HttpError', status: 401 });
  });

  it('says its own errors', async () => {
    const error = { message: 'Too many parrots', code: 'overloaded' };
    const { fetch } = fakeProvider({ dialect: parrot, replies: [{ error }] });
    const completion$ = streamCompletion(parrot, { baseUrl: 'http://fake.test', fetch, body, retry: false });

    await expect(lastValueFrom(completion$)).rejects.toMatchObject({
      _tag: 'ApiError',
      code: 'overloaded',
      providerMessage: 'Too many parrots',
    });
  });

  it('is refused one that lacks what a server needs, by name', () => {
    const { encode, encodeError, ...rest } = parrot;
    const error = thrownBy(() => fakeProvider({ dialect: rest as Dialect }));

    expect([encode, encodeError]).not.toContain(undefined);
    expect(error).toMatchObject({
      _tag: 'InvalidOptionError',
      option: 'dialect',
      message: 'dialect parrot has no encode, encodeError',
    });
  });
});

describe('the base address of a dialect', () => {
  it('is where a server speaks it', async () => {
    const { origin, baseUrl } = await provider({ dialect: parrot, replies });
    const completion$ = streamCompletion(parrot, { baseUrl: baseUrl(parrot), body });

    expect(baseUrl(parrot)).toBe(origin);
    expect((await lastValueFrom(completion$)).text).toBe('Pieces of eight!');
  });

  it('is that of the library’s own for a copy of it', async () => {
    const { origin, baseUrl } = await provider();

    expect(baseUrl(chatPreset({ name: 'gateway-chat' }))).toBe(`${origin}/v1`);
    expect(baseUrl({ ...ollama, name: 'our-ollama' })).toBe(origin);
    expect(baseUrl({ ...anthropicMessages, name: 'our-messages' })).toBe(origin);
  });

  it('is refused where the server does not speak it, with what to do', async () => {
    const all = await provider();
    const one = await provider({ dialect: parrot });

    expect(thrownBy(() => all.baseUrl(parrot))).toMatchObject({
      _tag: 'InvalidOptionError',
      message: 'dialect parrot is none of the library’s; fakeProvider({ dialect }) speaks it',
    });
    expect(thrownBy(() => one.baseUrl(openAiChat))).toMatchObject({
      _tag: 'InvalidOptionError',
      message: 'dialect must be parrot, which this provider was told to speak; got openai-chat',
    });
  });
});
