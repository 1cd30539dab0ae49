import { lastValueFrom } from 'rxjs';
import { accumulateDelta, runTools, streamCompletion, streamDeltas, tool, toAsyncIterable } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { fromRelay } from 'rxllm/relay';
import * as t from 'io-ts';

/** Where the client finds a provider of each kind, and a relay. */
export interface Servers {
  readonly providers: Readonly<Record<string, string>>;
  readonly relay: string;
}

const messages = [{ role: 'user' as const, content: 'Hi' }];
const retry = { firstDelayMs: 1 };

/** What a page does with the library: the text of an answer by each way to it, by its name. */
export const client = async ({ providers, relay }: Servers): Promise<Record<string, string>> => {
  const at = ({ name }: { name: string }) => ({ baseUrl: providers[name] ?? '', apiKey: 'key', retry });
  const input = [{ role: 'user' as const, content: 'Hi' }];
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  const chat = { ...at(openAiChat), body: { model: 'm', messages } };

  const weather = tool({
    name: 'weather',
    description: 'The weather in a city',
    input: t.type({ city: t.string }),
    run: ({ city }) => Promise.resolve(`sunny in ${city}`),
  });
  const tools = { ...chat, body: { model: 'tools', messages } };

  let iterated = '';
  for await (const { text } of toAsyncIterable(streamCompletion(openAiChat, chat))) iterated = text;

  const last = async (completion$: ReturnType<typeof streamCompletion>): Promise<string> =>
    (await lastValueFrom(completion$)).text;
  return {
    openai: await last(streamCompletion(openAiChat, chat)),
    anthropic: await last(
      streamCompletion(anthropicMessages, { ...at(anthropicMessages), body: { model: 'm', max_tokens: 9, messages } }),
    ),
    responses: await last(streamCompletion(openAiResponses, { ...at(openAiResponses), body: { model: 'm', input } })),
    gemini: await last(streamCompletion(gemini, { ...at(gemini), body: { model: 'm', contents } })),
    ollama: await last(streamCompletion(ollama, { ...at(ollama), body: { model: 'm', messages } })),
    deltas: await last(streamDeltas(openAiChat, chat).pipe(accumulateDelta())),
    tools: await last(runTools(openAiChat, tools, [weather]).pipe(accumulateDelta())),
    relay: await last(fromRelay(relay, { body: {} }).pipe(accumulateDelta())),
    iterated,
  };
};
