import type { Dialect } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';

/** A dialect that can be chosen, and what a request in it looks like. */
export interface LiveDialect {
  readonly dialect: Dialect;
  /** As code names it. */
  readonly name: string;
  readonly specifier: string;
  readonly title: string;
  readonly baseUrl: string;
  readonly body: object;
}

const prompt = 'What is a stream?';
const messages = [{ role: 'user', content: prompt }];

/** The first is chosen to begin with. */
export const liveDialects: readonly LiveDialect[] = [
  {
    dialect: openAiChat,
    name: 'openAiChat',
    specifier: 'rxllm/openai',
    title: 'OpenAI Chat Completions',
    baseUrl: 'http://fake.test/v1',
    body: { model: 'm', messages },
  },
  {
    dialect: anthropicMessages,
    name: 'anthropicMessages',
    specifier: 'rxllm/anthropic',
    title: 'Anthropic Messages',
    baseUrl: 'http://fake.test',
    body: { model: 'm', max_tokens: 200, messages },
  },
  {
    dialect: openAiResponses,
    name: 'openAiResponses',
    specifier: 'rxllm/openai-responses',
    title: 'OpenAI Responses',
    baseUrl: 'http://fake.test/v1',
    body: { model: 'm', input: messages },
  },
  {
    dialect: gemini,
    name: 'gemini',
    specifier: 'rxllm/gemini',
    title: 'Gemini',
    baseUrl: 'http://fake.test/v1beta',
    body: { model: 'm', contents: [{ role: 'user', parts: [{ text: prompt }] }] },
  },
  {
    dialect: ollama,
    name: 'ollama',
    specifier: 'rxllm/ollama',
    title: 'Ollama (NDJSON)',
    baseUrl: 'http://fake.test',
    body: { model: 'm', messages },
  },
];
