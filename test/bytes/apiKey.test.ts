import { firstValueFrom } from 'rxjs';
import { fromHttp, InvalidOptionError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { ending, expectNothingUncaught, failure, provider, renderings } from '../support/provider.ts';

expectNothingUncaught();

type Options = Partial<Parameters<typeof openAiChat.request>[0]>;

const body = { model: 'm', messages: [], max_tokens: 1 };

/** The headers that a server gets. */
const headersWith = async (options: Options, dialect: typeof openAiChat = openAiChat) => {
  const { baseUrl, requests } = await provider();
  await ending(fromHttp(dialect.request({ baseUrl: baseUrl(dialect), body, ...options })));
  return requests[0]?.headers ?? {};
};

describe('apiKey', () => {
  it('goes to a chat server as a bearer token', async () => {
    expect(await headersWith({ apiKey: 'sk-1' })).toMatchObject({ authorization: 'Bearer sk-1' });
  });

  it('goes to a messages server in a header of its own', async () => {
    const headers = await headersWith({ apiKey: 'sk-1' }, anthropicMessages as unknown as typeof openAiChat);

    expect(headers).toMatchObject({ 'x-api-key': 'sk-1' });
    expect(headers).not.toHaveProperty('authorization');
  });

  it.each<[string, NonNullable<Options['apiKey']>]>([
    ['a text', 'sk-1'],
    ['a function', () => 'sk-1'],
    ['an async function', () => Promise.resolve('sk-1')],
    ['a text with a line end, as files have', 'sk-1\n'],
    ['a function whose text has one', () => ' sk-1\r\n'],
  ])('is %s', async (_, apiKey) => {
    expect(await headersWith({ apiKey })).toMatchObject({ authorization: 'Bearer sk-1' });
  });

  it.each<[string, Options['apiKey']]>([
    ['missing', undefined],
    ['empty', ''],
    ['blank', ' \n'],
    ['a function that gives none', () => undefined],
  ])('sends no header when it is %s', async (_, apiKey) => {
    expect(await headersWith({ apiKey })).not.toHaveProperty('authorization');
  });

  it('is asked for anew by every subscription, and not before', async () => {
    const { baseUrl, requests } = await provider();
    let count = 0;
    const bytes$ = fromHttp(
      openAiChat.request({ baseUrl: baseUrl(openAiChat), body, apiKey: () => `sk-${(count += 1)}` }),
    );
    expect(count).toBe(0);

    await ending(bytes$);
    await ending(bytes$);

    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer sk-1', 'Bearer sk-2']);
  });

  it.each<[string, (error: Error) => never | Promise<never>]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['rejects', (error) => Promise.reject(error)],
  ])('passes on what its function %s, and sends nothing', async (_, fail) => {
    const { baseUrl, requests } = await provider();
    const mine = new Error('the vault is closed');
    const request = openAiChat.request({ baseUrl: baseUrl(openAiChat), body, apiKey: () => fail(mine) });

    expect(await failure(fromHttp(request))).toBe(mine);
    expect(requests).toHaveLength(0);
  });

  it.each(['sk-12\n34', 'sk-12 34', 'sk-12\u000034', 'sk-12é34', 'sk-12“34'])(
    'that no header may hold is refused without repeating it: %j',
    async (apiKey) => {
      const { baseUrl, requests } = await provider();
      const request = openAiChat.request({ baseUrl: baseUrl(openAiChat), body, apiKey });
      const error = await failure(fromHttp(request));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option: 'apiKey' });
      expect(renderings(error)).not.toContain('sk-12');
      expect(requests).toHaveLength(0);
    },
  );
});

describe('headers', () => {
  it('are sent along', async () => {
    expect(await headersWith({ headers: { 'x-title': 'Tests' } })).toMatchObject({ 'x-title': 'Tests' });
  });

  it.each(['authorization', 'Authorization', 'AUTHORIZATION'])('win over the key, spelt %s', async (name) => {
    const headers = await headersWith({ apiKey: 'sk-1', headers: { [name]: 'Basic abc' } });

    expect(headers['authorization']).toBe('Basic abc');
  });

  it.each(['accept', 'Accept'])('win over those of the dialect, spelt %s', async (name) => {
    expect((await headersWith({ headers: { [name]: '*/*' } }))['accept']).toBe('*/*');
  });

  it.each([
    ['x-api-key', 'sk-12\n34'],
    ['authorization', 'Bearer sk-12“34'],
    ['x-api-key', 'sk-12\u000034'],
    ['not a name', 'sk-1234'],
    ['', 'sk-1234'],
  ])('that cannot be sent are refused without repeating their value: %j', async (name, value) => {
    const { baseUrl, requests } = await provider();
    const request = openAiChat.request({ baseUrl: baseUrl(openAiChat), body, headers: { [name]: value } });
    const error = await failure(fromHttp(request));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option: `headers.${name}` });
    expect(renderings(error)).not.toContain('sk-12');
    expect(requests).toHaveLength(0);
  });

  it('of a request made by hand are asked for once per subscription', async () => {
    const { fetch, requests } = await provider();
    let count = 0;
    const request = {
      ...openAiChat.request({ baseUrl: 'http://a.test/v1', body, fetch }),
      headers: () => ({ 'x-count': String((count += 1)) }),
    };

    await firstValueFrom(fromHttp(request));
    await firstValueFrom(fromHttp(request));

    expect(requests.map(({ headers }) => headers['x-count'])).toEqual(['1', '2']);
  });
});
