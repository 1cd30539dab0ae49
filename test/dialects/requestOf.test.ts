import { InvalidOptionError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { requestOf } from '../../src/dialects/requestOf.ts';
import { thrownBy } from '../support/record.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const dialects = { 'openai-chat': openAiChat, 'anthropic-messages': anthropicMessages };
const requestTo = (name: keyof typeof dialects, baseUrl: string) =>
  dialects[name].request({ baseUrl, body: { model: 'm', max_tokens: 9, messages } });

describe('the address of a request', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/v1/', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/v1///', 'https://api.openai.com/v1/chat/completions'],
    ['http://127.0.0.1:11434/v1', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434/chat/completions'],
    ['http://[::1]:8000/v1', 'http://[::1]:8000/v1/chat/completions'],
    ['HTTPS://Host.Test/V1', 'https://host.test/V1/chat/completions'],
    [
      'https://host/openai/deployments/d?api-version=1',
      'https://host/openai/deployments/d/chat/completions?api-version=1',
    ],
    ['https://host/v1/?a=1&b=%20', 'https://host/v1/chat/completions?a=1&b=%20'],
    ['https://host/a%20b', 'https://host/a%20b/chat/completions'],
    ['  https://host/v1  ', 'https://host/v1/chat/completions'],
  ])('of openai-chat at %j is %s', (baseUrl, url) => {
    expect(requestTo('openai-chat', baseUrl).url).toBe(url);
  });

  it.each([
    ['https://api.anthropic.com', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1/', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1//', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1#x', 'https://api.anthropic.com/v1/messages#x'],
    ['https://host/anthropic', 'https://host/anthropic/v1/messages'],
    ['https://host/proxy/v1?key=1', 'https://host/proxy/v1/messages?key=1'],
    ['https://host?x=/v1', 'https://host/v1/messages?x=/v1'],
    ['https://host/v1beta', 'https://host/v1beta/v1/messages'],
    ['https://host/v10', 'https://host/v10/v1/messages'],
  ])('of anthropic-messages at %j is %s', (baseUrl, url) => {
    expect(requestTo('anthropic-messages', baseUrl).url).toBe(url);
  });

  it.each([
    '',
    'api.openai.com/v1',
    'localhost:8000',
    '/v1',
    'not an address',
    'ftp://host/v1',
    'file:///v1',
    'data:x',
  ])('cannot be had from %j', (baseUrl) => {
    const error = thrownBy(() => requestTo('openai-chat', baseUrl));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option: 'baseUrl', name: 'InvalidOptionError', _tag: 'InvalidOptionError' });
    expect((error as Error).message).toMatch(/^baseUrl must .*; got ".*"$/);
  });

  it('is not told with the credentials in it, when it is wrong', () => {
    for (const baseUrl of ['user:secret@host/v1', 'ftp://user:secret@host', 'htps//x?key=secret']) {
      expect((thrownBy(() => requestTo('openai-chat', baseUrl)) as Error).message).not.toContain('secret');
    }
  });

  it.each(['https://user:secret@host/v1', 'https://user@host/v1', 'https://:secret@host/v1'])(
    'holds no credentials, as in %s',
    (baseUrl) => {
      const error = thrownBy(() => requestTo('openai-chat', baseUrl));

      expect(error).toMatchObject({ _tag: 'InvalidOptionError', option: 'baseUrl' });
      expect((error as Error).message).not.toContain('secret');
    },
  );

  describe('in a page', () => {
    const globals = globalThis as { location?: unknown; document?: unknown };
    beforeEach(() => (globals.location = { href: 'https://page.test/app/index.html?x#y' }));
    afterEach(() => {
      delete globals.location;
      delete globals.document;
    });

    it.each([
      ['/api/v1', 'https://page.test/api/v1/chat/completions'],
      ['/', 'https://page.test/chat/completions'],
      ['api', 'https://page.test/app/api/chat/completions'],
      ['//other.test/v1', 'https://other.test/v1/chat/completions'],
      ['https://host/v1', 'https://host/v1/chat/completions'],
    ])('may be relative: %s is %s', (baseUrl, url) => {
      expect(requestTo('openai-chat', baseUrl).url).toBe(url);
    });

    it('is relative to the base of the page, wherever in the application one is', () => {
      globals.document = { baseURI: 'https://page.test/app/' };
      globals.location = { href: 'https://page.test/app/orders/7' };

      expect(requestTo('openai-chat', 'api').url).toBe('https://page.test/app/api/chat/completions');
    });
  });
});

describe('the headers of a request', () => {
  const headersOf = (name: keyof typeof dialects, options: object = {}) =>
    dialects[name]
      .request({ baseUrl: 'https://host/v1', body: { model: 'm', max_tokens: 9, messages }, ...options })
      .headers();

  const common = { 'content-type': 'application/json', accept: 'text/event-stream' };

  it('ask for an event stream', async () => {
    expect(await headersOf('openai-chat')).toEqual(common);
    expect(await headersOf('anthropic-messages')).toEqual({ ...common, 'anthropic-version': '2023-06-01' });
  });

  it('carry the key as the provider wants it', async () => {
    expect(await headersOf('openai-chat', { apiKey: 'sk-1' })).toEqual({ ...common, authorization: 'Bearer sk-1' });
    expect(await headersOf('anthropic-messages', { apiKey: 'sk-1' })).toMatchObject({ 'x-api-key': 'sk-1' });
  });

  it.each([undefined, '', '  ', () => undefined, async () => ''])('carry none for %p', async (apiKey) => {
    expect(await headersOf('openai-chat', { apiKey })).toEqual(common);
  });

  it('drop the line end of a key that was read from a file', async () => {
    expect(await headersOf('openai-chat', { apiKey: ' sk-1\n' })).toMatchObject({ authorization: 'Bearer sk-1' });
  });

  it.each(['sk-\n1', 'sk 1', 'schlüssel', 'sk-1\u200b', 'sk\0'])(
    'refuse the key %j without telling it',
    async (apiKey) => {
      const error: unknown = await Promise.resolve(headersOf('openai-chat', { apiKey })).catch(
        (reason: unknown) => reason,
      );

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect((error as Error).message).not.toContain(apiKey);
    },
  );

  it('fail with what fetching the key failed with', async () => {
    const apiKey = () => Promise.reject(new Error('vault'));

    await expect(headersOf('openai-chat', { apiKey })).rejects.toThrow('vault');
  });

  it('are the user’s, where the user gives some', async () => {
    const headers = { authorization: 'Custom', 'x-title': 'T', 'anthropic-version': '2030-01-01' };

    expect(await headersOf('openai-chat', { apiKey: 'sk-1', headers })).toMatchObject(headers);
    expect(await headersOf('anthropic-messages', { apiKey: 'sk-1', headers })).toMatchObject(headers);
  });
});

describe('the body of a request', () => {
  const bodyOf = (name: keyof typeof dialects, body: object): unknown =>
    JSON.parse(
      dialects[name].request({ baseUrl: 'https://host', body: { model: 'm', max_tokens: 9, messages, ...body } })
        .body ?? '',
    );

  it('asks for a stream, whatever it says', () => {
    expect(bodyOf('openai-chat', { stream: false })).toMatchObject({ stream: true });
    expect(bodyOf('anthropic-messages', { stream: false })).toEqual({
      model: 'm',
      max_tokens: 9,
      messages,
      stream: true,
    });
  });

  it('carries every field that it has', () => {
    const more = { temperature: 0, tools: [{ type: 'function' }], n: 2 };

    expect(bodyOf('openai-chat', more)).toMatchObject(more);
    expect(bodyOf('anthropic-messages', more)).toMatchObject(more);
  });

  describe('of openai-chat and stream_options', () => {
    it('asks for usage when it says nothing', () => {
      expect(bodyOf('openai-chat', {})).toMatchObject({ stream_options: { include_usage: true } });
      expect(bodyOf('openai-chat', { stream_options: undefined })).toMatchObject({
        stream_options: { include_usage: true },
      });
    });

    it.each([null, {}, { include_usage: false }, { include_obfuscation: false }])('sends %j as it is', (given) => {
      expect(bodyOf('openai-chat', { stream_options: given })).toMatchObject({ stream_options: given });
      expect((bodyOf('openai-chat', { stream_options: given }) as { stream_options: object }).stream_options).toEqual(
        given,
      );
    });
  });

  it.each([
    ['openai-chat', { messages }, 'body.model'],
    ['openai-chat', { model: 'm' }, 'body.messages'],
    ['openai-chat', undefined, 'body'],
    ['openai-chat', null, 'body'],
    ['openai-chat', 'text', 'body'],
    ['anthropic-messages', { max_tokens: 9, messages }, 'body.model'],
    ['anthropic-messages', { model: 'm', messages }, 'body.max_tokens'],
    ['anthropic-messages', { model: 'm', max_tokens: 9 }, 'body.messages'],
  ] as const)('of %s is refused when it is %j: %s is missing', (name, body, option) => {
    const error = thrownBy(() => dialects[name].request({ baseUrl: 'https://host', body: body as never }));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option, message: `${option} is missing` });
  });
});

it('a dialect may have a query of its own, which goes behind that of the address', () => {
  const parts = { path: '/x', query: 'alt=sse', accept: 'text/event-stream', auth: () => ({}), json: {} } as const;
  const urlOf = (baseUrl: string): string => requestOf({ baseUrl, body: {} }, parts).url;

  expect(urlOf('https://host')).toBe('https://host/x?alt=sse');
  expect(urlOf('https://host/v1/?a=%20&b#c')).toBe('https://host/v1/x?a=%20&b&alt=sse#c');
});

it('a request is a POST, and carries the function that sends it', () => {
  const fetch = async () => new Response();
  const request = openAiChat.request({ baseUrl: 'https://host', fetch, body: { model: 'm', messages } });

  expect(request).toMatchObject({ method: 'POST', accept: 'text/event-stream', fetch });
  expect(requestTo('openai-chat', 'https://host').fetch).toBeUndefined();
});
