import type { Delta, Part, ToolCall } from 'rxllm';
import {
  azureOpenAiChat,
  type AzureOpenAiChatOptions,
  type ChatDialect,
  chatPreset,
  deepSeekChat,
  groqChat,
  mistralChat,
  ollamaChat,
  openAiChat,
  openRouterChat,
  vllmChat,
} from 'rxllm/openai';

import { call, end, finish, partEnd, partStart, reasoning, reduceAll, start, text } from '../../support/deltas.ts';
import type { DialectCase } from '../../support/dialectContract/DialectCase.ts';
import { messageFacts } from '../../support/dialectContract/messageFacts.ts';
import { requestFacts } from '../../support/dialectContract/requestFacts.ts';
import { stepFacts } from '../../support/dialectContract/stepFacts.ts';
import { fixtures } from '../../support/fixtures.ts';
import { decode } from '../../support/outcome.ts';
import { thrownBy } from '../../support/record.ts';

type Json = Readonly<Record<string, unknown>>;

const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const usage = { stream_options: { include_usage: true } };
const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });
const apiKeyHeader = (apiKey: string) => ({ 'api-key': apiKey });

interface Row {
  readonly dialect: ChatDialect;
  readonly name: string;
  readonly baseUrl: string;
  readonly url: string;
  readonly auth?: DialectCase['auth'];
  /** What a streamed request has beside the body. */
  readonly asks: object;
  readonly fixtures: readonly string[];
}

const rows: readonly Row[] = [
  {
    dialect: azureOpenAiChat(),
    name: 'azure-openai-chat',
    baseUrl: 'https://r.openai.azure.com',
    url: 'https://r.openai.azure.com/openai/v1/chat/completions',
    auth: apiKeyHeader,
    asks: usage,
    fixtures: ['azure-filters', 'azure-tools-async-filter', 'content-filter-finish'],
  },
  {
    dialect: azureOpenAiChat({ apiVersion: '2024-10-21', deployment: 'my gpt' }),
    name: 'azure-openai-chat',
    baseUrl: 'https://r.openai.azure.com/',
    url: 'https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    auth: apiKeyHeader,
    asks: usage,
    fixtures: ['azure-filters'],
  },
  {
    dialect: openRouterChat,
    name: 'openrouter-chat',
    baseUrl: 'https://openrouter.ai/api/v1',
    url: 'https://openrouter.ai/api/v1/chat/completions',
    asks: { usage: { include: true } },
    fixtures: ['openrouter-comments', 'reasoning-details', 'openrouter-details-tools', 'error-openrouter'],
  },
  {
    dialect: mistralChat,
    name: 'mistral-chat',
    baseUrl: 'https://api.mistral.ai/v1',
    url: 'https://api.mistral.ai/v1/chat/completions',
    asks: {},
    fixtures: ['mistral-thinking-array', 'mistral-tools', 'mistral-model-length'],
  },
  {
    dialect: deepSeekChat,
    name: 'deepseek-chat',
    baseUrl: 'https://api.deepseek.com',
    url: 'https://api.deepseek.com/chat/completions',
    asks: usage,
    fixtures: ['reasoning-content', 'deepseek-tools', 'error-deepseek-resource'],
  },
  {
    dialect: groqChat,
    name: 'groq-chat',
    baseUrl: 'https://api.groq.com/openai/v1',
    url: 'https://api.groq.com/openai/v1/chat/completions',
    asks: usage,
    fixtures: ['x-groq-usage', 'groq-reasoning-tools', 'error-x-groq'],
  },
  {
    dialect: vllmChat,
    name: 'vllm-chat',
    baseUrl: 'http://127.0.0.1:8000/v1',
    url: 'http://127.0.0.1:8000/v1/chat/completions',
    asks: usage,
    fixtures: ['reasoning', 'vllm-stop-and-usage', 'error-vllm'],
  },
  {
    dialect: ollamaChat,
    name: 'ollama-chat',
    baseUrl: 'http://127.0.0.1:11434/v1',
    url: 'http://127.0.0.1:11434/v1/chat/completions',
    asks: usage,
    fixtures: ['ollama-v1'],
  },
];

const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

const caseOf = ({ dialect, baseUrl, url, auth = bearer }: Row): DialectCase => ({
  dialect,
  body,
  required: ['model', 'messages'],
  baseUrl,
  url,
  wholeUrl: url,
  auth,
  asksForStream: (_, { stream }) => stream === true,
  toolNames: ({ tools }) => ((tools ?? []) as { function: Json }[]).map((tool) => tool.function['name']),
  unknownData: '{}',
  seals: ['SEAL-1', 'HIDDEN-1'],
  callIds: ({ messages }) => ({
    called: (messages as Json[]).flatMap(({ tool_calls: calls }) => ((calls ?? []) as Json[]).map(({ id }) => id)),
    answered: (messages as Json[]).flatMap(({ role, tool_call_id: id }) => (role === 'tool' ? [id] : [])),
  }),
  conversation: ({ messages }) => (messages as Json[]).map(({ role, content }) => [String(role), String(content)]),
  ownContent: { part: image, whole: { content: [image], name: 'Ada' } },
});

const json = (request: { readonly body?: string | undefined }): Json => JSON.parse(request.body ?? '') as Json;

/** The parts of an answer with reasoning, text and a call. */
const partsOf = (id: string): readonly Part[] => {
  const deltas: readonly Delta[] = [
    start(),
    partStart(0, 'reasoning'),
    reasoning(0, 'Hm'),
    partEnd(0),
    partStart(1, 'text'),
    text(1, 'One moment.'),
    partEnd(1),
    partStart(2, 'tool-call'),
    call(2, { id, name: 'now', argumentsText: '{}' }),
    partEnd(2),
    finish('tool-calls'),
    end,
  ];
  return reduceAll(deltas).choices[0].parts;
};

/** The messages that follow an answer. */
const nextOf = (dialect: ChatDialect, parts: readonly Part[]): readonly Json[] => {
  const calls = parts.filter((part): part is ToolCall => part.kind === 'tool-call');
  const answers = calls.map((one) => ({ call: one, result: 'noon', text: 'noon', isError: false }));
  return (dialect.nextStep(body, parts, answers) as { messages: Json[] }).messages.slice(1);
};

describe.each(rows.map((row) => [`${row.name} at ${row.url}`, row] as const))('%s', (_, row) => {
  const { dialect, baseUrl, asks, auth = bearer } = row;

  messageFacts(caseOf(row));
  requestFacts(caseOf(row));
  stepFacts(caseOf(row));

  it('sends this, and nothing else', async () => {
    const request = dialect.request({ baseUrl, apiKey: 'k', body });

    expect(json(request)).toEqual({ ...asks, ...body, stream: true });
    expect(await request.headers()).toEqual({
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...auth('k'),
    });
    expect(json(dialect.nonStreaming.request({ baseUrl, body }))).toEqual({ ...body, stream: false });
  });

  it('sends what the body says of the usage as it is', () => {
    const stream_options = { include_usage: false };

    expect(json(dialect.request({ baseUrl, body: { ...body, stream_options } }))).toMatchObject({ stream_options });
  });

  it('reads answers in every form, under its own name', () => {
    expect(dialect).toMatchObject({
      name: row.name,
      terminal: 'stop-reason',
      chunk: openAiChat.chunk,
      deltas: openAiChat.deltas,
      errorIn: openAiChat.errorIn,
    });
    for (const scenario of row.fixtures) {
      const fixture = fixtures.find(({ name }) => name === `openai-chat/${scenario}`);
      if (fixture === undefined) throw new Error(`no fixture ${scenario}`);
      expect(decode(dialect, [fixture.bytes])).toEqual(decode(openAiChat, [fixture.bytes]));
      expect(decode(dialect, [fixture.bytes]).tag).toBe(fixture.golden.outcome);
    }
  });
});

it.each([
  ['{"a": 1}', '{"a": 1}'],
  ['', '{}'],
  ['[1]', '{}'],
  ['"a"', '{}'],
  ['{"a"', '{}'],
])('a call with %j for its arguments goes back with %j', (argumentsText, sent) => {
  const { parts } = reduceAll([start(), call(0, { id: 'c', name: 'f', argumentsText }), finish('tool-calls')])
    .choices[0];

  expect(nextOf(openAiChat, parts)[0]).toMatchObject({ tool_calls: [{ function: { arguments: sent } }] });
});

it('calls that the server ran do not go back: nobody answers them', () => {
  const ran = call(0, { id: 'c', name: 'f', executedBy: 'server' });

  expect(nextOf(openAiChat, reduceAll([start(), text(1, 'Hi'), ran, finish('stop')]).choices[0].parts)[0]).toEqual({
    role: 'assistant',
    content: 'Hi',
  });
});

describe('azureOpenAiChat', () => {
  const resource = 'https://r.openai.azure.com';
  const urlFor = (options: AzureOpenAiChatOptions, baseUrl: string): string =>
    azureOpenAiChat(options).request({ baseUrl, body }).url;

  it.each<[AzureOpenAiChatOptions, string, string]>([
    [{}, `${resource}/openai/v1`, '/openai/v1/chat/completions'],
    [{}, `${resource}/openai/v1/`, '/openai/v1/chat/completions'],
    [{}, `${resource}/openai/v1?api-version=preview`, '/openai/v1/chat/completions?api-version=preview'],
    [{ apiVersion: 'preview' }, resource, '/openai/v1/chat/completions?api-version=preview'],
    [{ apiVersion: 'preview' }, `${resource}?api-version=v1`, '/openai/v1/chat/completions?api-version=v1'],
    [{ apiVersion: '2024-10-21' }, resource, '/openai/deployments/m/chat/completions?api-version=2024-10-21'],
    [
      { apiVersion: '2025-04-01-preview' },
      `${resource}/openai/deployments/mine?x=1`,
      '/openai/deployments/mine/chat/completions?x=1&api-version=2025-04-01-preview',
    ],
    [
      { apiVersion: '2024-10-21', deployment: '../a/b' },
      resource,
      '/openai/deployments/..%2Fa%2Fb/chat/completions?api-version=2024-10-21',
    ],
  ])('with %j at %s goes to %s', (options, baseUrl, path) => {
    expect(urlFor(options, baseUrl)).toBe(`${resource}${path}`);
  });

  it.each(['..', '.', '', '\ud800'])(
    'refuses the deployment %j, which would be no part of an address',
    (deployment) => {
      expect(thrownBy(() => urlFor({ apiVersion: '2024-10-21', deployment }, resource))).toMatchObject({
        _tag: 'InvalidOptionError',
        option: 'deployment',
      });
    },
  );

  it('does not ask versions for usage that do not know how', () => {
    const asked = (apiVersion: string): unknown =>
      json(azureOpenAiChat({ apiVersion }).request({ baseUrl: resource, body }))['stream_options'];

    expect(asked('2024-06-01')).toBeUndefined();
    expect(asked('2024-09-01-preview')).toEqual({ include_usage: true });
  });

  it('sends a token of Entra ID, fetched for every attempt', async () => {
    let count = 0;
    const apiKey = async () => `token-${(count += 1)}`;
    const { headers } = azureOpenAiChat({ auth: 'bearer' }).request({ baseUrl: resource, apiKey, body });

    expect(await headers()).toMatchObject(bearer('token-1'));
    expect(await headers()).toMatchObject(bearer('token-2'));
    expect(await headers()).not.toHaveProperty('api-key');
  });

  it.each<[AzureOpenAiChatOptions, string]>([
    [{ deployment: 'd' }, 'apiVersion'],
    [{ deployment: 'd', apiVersion: 'preview' }, 'apiVersion'],
    [{ auth: 'basic' as 'bearer' }, 'auth'],
    [{ apiVersion: '' }, 'apiVersion'],
    [{ apiVersion: ' ' }, 'apiVersion'],
    [{ apiVersion: 20241021 as unknown as string }, 'apiVersion'],
    [{ apiVersion: null as unknown as string }, 'apiVersion'],
  ])('refuses %j', (options, option) => {
    expect(thrownBy(() => azureOpenAiChat(options))).toMatchObject({ _tag: 'InvalidOptionError', option });
  });
});

describe('reasoning goes back', () => {
  it.each<[ChatDialect, object]>([
    [openAiChat, { content: 'One moment.', reasoning_content: 'Hm' }],
    [deepSeekChat, { content: 'One moment.', reasoning_content: 'Hm' }],
    [groqChat, { content: 'One moment.', reasoning: 'Hm' }],
    [vllmChat, { content: 'One moment.', reasoning: 'Hm' }],
    [ollamaChat, { content: 'One moment.', reasoning: 'Hm' }],
    [openRouterChat, { content: 'One moment.', reasoning: 'Hm' }],
    [
      mistralChat,
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
          { type: 'text', text: 'One moment.' },
        ],
      },
    ],
  ])('to $name', (dialect, fields) => {
    const [message] = nextOf(dialect, partsOf('D681PevKs'));
    const { role, tool_calls: calls, ...rest } = message ?? {};

    expect(rest).toEqual(fields);
    expect([role, (calls as unknown[]).length]).toEqual(['assistant', 1]);
  });

  it('to OpenRouter with its details as they came and in their order', () => {
    const sent = [
      { type: 'reasoning.text', text: 'a', signature: 'S', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.summary', summary: 'b', id: 'rs_1', format: 'openai-responses-v1', index: 1 },
      { type: 'reasoning.encrypted', data: 'XX', id: null, format: 'openai-responses-v1', index: 1 },
      { type: 'reasoning.server_tool_call', tool_name: 't', arguments: '{}', index: 2 },
      { type: 'reasoning.text', text: 'c', format: 'unknown', index: 3 },
    ];
    const chunks = [
      ...sent.map((detail) => ({
        delta: { reasoning: detail.text ?? detail.summary ?? null, reasoning_details: [detail] },
      })),
      { delta: { tool_calls: [{ index: 0, id: 'c1', function: { name: 'now', arguments: '' } }] } },
      { delta: {}, finish_reason: 'tool_calls' },
    ];
    const bytes = chunks.map((choice) => `data: ${JSON.stringify({ id: 'g', model: 'm', choices: [choice] })}\n\n`);
    const { completion } = decode(openRouterChat, [new TextEncoder().encode(bytes.join(''))]);
    const [message] = nextOf(openRouterChat, completion?.choices[0].parts ?? []);

    expect(message?.['reasoning_details']).toEqual(sent);
  });

  it('to OpenRouter with the pieces of a detail put together', () => {
    const fixture = fixtures.find(({ name }) => name === 'openai-chat/openrouter-details-tools');
    const { completion } = decode(openRouterChat, [fixture?.bytes ?? new Uint8Array()]);
    const [message] = nextOf(openRouterChat, completion?.choices[0].parts ?? []);

    expect(message).toEqual({
      role: 'assistant',
      content: null,
      reasoning_details: [
        { type: 'reasoning.summary', summary: '**Wetter prüfen**', format: 'openai-responses-v1', index: 0 },
        {
          type: 'reasoning.encrypted',
          data: 'gAAAAABpYq0Rk1==',
          id: 'rs_0a1b2c3d',
          format: 'openai-responses-v1',
          index: 0,
        },
      ],
      tool_calls: [
        { id: 'call_q8W2eRt5', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Köln"}' } },
      ],
    });
  });
});

describe('the ids of calls', () => {
  const idsOf = (dialect: ChatDialect, id: string): unknown[] => {
    const [message, answer] = nextOf(dialect, partsOf(id));
    return [...(message?.['tool_calls'] as Json[]).map((one) => one['id']), answer?.['tool_call_id']];
  };

  it('are those of the answer', () => {
    expect(idsOf(mistralChat, 'D681PevKs')).toEqual(['D681PevKs', 'D681PevKs']);
    expect(idsOf(groqChat, 'call_1')).toEqual(['call_1', 'call_1']);
  });

  it('are made up where there are none', () => {
    expect(idsOf(groqChat, '')).toEqual(['call_1', 'call_1']);
  });

  it.each(['', 'call_1', 'chatcmpl-tool-9b1c7e2f'])('are nine letters and digits for Mistral, in place of %j', (id) => {
    const [called, answered] = idsOf(mistralChat, id);

    expect(called).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(answered).toBe(called);
  });

  it('are others in the next round', () => {
    const parts = partsOf('');
    const once = mistralChat.nextStep(body, parts, []) as typeof body;
    const twice = mistralChat.nextStep(once, parts, []) as { messages: { tool_calls?: Json[] }[] };
    const ids = twice.messages.flatMap(({ tool_calls: calls }) => (calls ?? []).map(({ id }) => id));

    expect(new Set(ids).size).toBe(2);
  });
});

describe('the beginning of an answer', () => {
  const partial = reduceAll([start(), text(0, 'To be, ')]);
  const begun = (dialect: ChatDialect, baseUrl: string) => {
    const request = dialect.continueFrom({ baseUrl, body }, partial, 'prefill');
    return { url: request.url, ...json(request), messages: (json(request)['messages'] as Json[]).slice(1) };
  };

  it('is handed to vLLM as such', () => {
    expect(vllmChat.canPrefill(body)).toBe(true);
    expect(begun(vllmChat, 'http://127.0.0.1:8000/v1')).toMatchObject({
      messages: [{ role: 'assistant', content: 'To be,' }],
      continue_final_message: true,
      add_generation_prompt: false,
    });
    expect(json(vllmChat.continueFrom({ baseUrl: 'http://h/v1', body }, partial, 'ask'))).not.toHaveProperty(
      'continue_final_message',
    );
  });

  it.each([
    ['https://api.deepseek.com', 'https://api.deepseek.com/beta/chat/completions'],
    ['https://api.deepseek.com/', 'https://api.deepseek.com/beta/chat/completions'],
    ['https://api.deepseek.com/v1', 'https://api.deepseek.com/beta/chat/completions'],
    ['https://api.deepseek.com/beta', 'https://api.deepseek.com/beta/chat/completions'],
    ['https://proxy.test/v1', 'https://proxy.test/v1/chat/completions'],
    ['https://api.deepseek.com.evil.test/v1', 'https://api.deepseek.com.evil.test/v1/chat/completions'],
  ])('is handed to DeepSeek at %s by way of %s', (baseUrl, url) => {
    expect(deepSeekChat.canPrefill(body)).toBe(true);
    expect(begun(deepSeekChat, baseUrl)).toMatchObject({
      url,
      messages: [{ role: 'assistant', content: 'To be,', prefix: true }],
    });
    expect(deepSeekChat.continueFrom({ baseUrl, body }, partial, 'ask').url).toBe(
      deepSeekChat.request({ baseUrl, body }).url,
    );
  });

  it.each([openAiChat, azureOpenAiChat(), openRouterChat, groqChat, ollamaChat])(
    'is not handed to $name',
    (dialect) => {
      expect(dialect.canPrefill(body)).toBe(false);
    },
  );

  it('is marked for Mistral, but not handed to it by a resumption, for it would come back doubled', () => {
    expect(begun(mistralChat, 'https://h/v1').messages).toEqual([
      { role: 'assistant', content: 'To be,', prefix: true },
    ]);
    expect(mistralChat.canPrefill(body)).toBe(false);
  });
});

describe('chatPreset', () => {
  it.each([{}, { name: '' }, { name: 5 }])('refuses %j', (variant) => {
    expect(thrownBy(() => chatPreset(variant as { name: string }))).toMatchObject({ option: 'name' });
  });

  it('makes OpenAI’s requests where a server has no wishes', () => {
    const dialect = chatPreset({ name: 'plain' });
    const options = { baseUrl: 'https://h/v1', body };

    expect(dialect.request(options).body).toBe(openAiChat.request(options).body);
    expect(dialect.request(options).url).toBe(openAiChat.request(options).url);
  });
});
