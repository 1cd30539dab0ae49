import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import Anthropic from '@anthropic-ai/sdk';
import { AbstractChat, type ChatState, DefaultChatTransport, type UIMessage } from 'ai';
import OpenAI from 'openai';
import type { Observable } from 'rxjs';
import type { Delta } from 'rxllm';
import { type Cursor, type LogOutcome, memoryLog, type StreamLog } from 'rxllm/log';
import {
  encodeAnthropic,
  encodeOpenAiChat,
  encodeOpenAiResponses,
  type Encoder,
  encodeUiMessageStream,
  pipeToResponse,
  type SinkOptions,
} from 'rxllm/server';

/** How a client took an answer: its text, and how it says that the answer ended; or what it threw. */
export type Taken =
  | { readonly text: string; readonly ending: string | undefined }
  | { readonly text: string; readonly thrown: string; readonly message: string };

/** What the server does that each test decides. */
export interface RelayPlan {
  readonly source: Observable<Delta>;
  readonly sink?: SinkOptions | undefined;
  /** Is told when the response to the first request has begun. */
  readonly onFollow?: ((response: ServerResponse, log: StreamLog<Delta>, id: string) => void) | undefined;
}

export interface RelayServer {
  readonly origin: string;
  readonly log: StreamLog<Delta>;
  /** The ids of the answers, as they were asked for. */
  readonly ids: readonly string[];
  /** The addresses that were asked for. */
  readonly requests: readonly string[];
  readonly plan: { now: RelayPlan };
}

const closing: (() => void)[] = [];

/** To be called after each test. */
export const closeRelays = (): void => {
  for (const close of closing.splice(0)) close();
};

const standard = (request: IncomingMessage): Request =>
  new Request(`http://relay.test${request.url ?? ''}`, { headers: request.headers as Record<string, string> });

const sendJson = (response: ServerResponse, json: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
};

/** A server of a few lines, for one protocol: it starts answers, follows them, and stops them. */
export const relayServer = async (encoder: Encoder, first: RelayPlan): Promise<RelayServer> => {
  const log = memoryLog<Delta>();
  const plan = { now: first };
  const ids: string[] = [];
  const requests: string[] = [];

  /** The answer as far as it is known now. */
  const soFar = async (id: string): Promise<{ deltas: readonly Delta[]; outcome: LogOutcome | undefined }> => {
    const reader = await log.open(id);
    const deltas: Delta[] = [];
    let outcome: LogOutcome | undefined;
    for (let batch = reader.poll(); batch !== undefined && batch !== 'wait'; batch = reader.poll()) {
      if (batch === 'page') await reader.page();
      else {
        deltas.push(...batch.records.map(({ event }) => event));
        outcome = batch.outcome;
      }
    }
    reader.close();
    return { deltas, outcome };
  };

  const follow = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isSeen = encoder.seenBy?.(standard(request));
    const after = request.headers['last-event-id'] as Cursor | undefined;
    const { sink, onFollow } = plan.now;
    const piped = pipeToResponse(await log.open(id, after), response, encoder, { id, isSeen, ...sink });
    onFollow?.(response, log, id);
    await piped;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '' } = request;
    requests.push(`${method ?? ''} ${url}`);
    const [, id = ids.at(-1) ?? ''] = /\/responses\/([^/?]+)/.exec(url) ?? [];
    if (method === 'GET') {
      if (!/stream/.test(url)) {
        const { deltas, outcome } = await soFar(id);
        sendJson(response, encoder.snapshot?.(id, deltas, outcome) ?? {});
      } else await follow(id, request, response);
      return;
    }
    if (url.endsWith('/cancel')) {
      await log.stop(id, 'asked to');
      const { deltas, outcome = { state: 'stopped', reason: 'asked to' } } = await soFar(id);
      sendJson(response, encoder.snapshot?.(id, deltas, outcome) ?? {});
      return;
    }
    const started = `resp_${ids.length + 1}`;
    ids.push(started);
    await log.start(started, plan.now.source);
    await follow(started, request, response);
  };

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, log, ids, requests, plan };
};

/** A way to fetch in which the body comes in pieces of a few bytes. */
export const inBytes =
  (sizes: readonly number[]): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    if (!response.body) return response;
    let turn = 0;
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        for (let at = 0; at < bytes.length;) {
          const size = sizes[turn++ % sizes.length] ?? 1;
          controller.enqueue(bytes.slice(at, at + size));
          at += size;
        }
      },
    });
    const { status, headers } = response;
    return new Response(response.body.pipeThrough(cut), { status, headers });
  };

const taking = async (take: (note: (text: string) => void) => Promise<string | undefined>): Promise<Taken> => {
  let text = '';
  try {
    const ending = await take((piece) => (text += piece));
    return { text, ending };
  } catch (error) {
    const { constructor, message } = error as Error;
    return { text, thrown: constructor.name, message };
  }
};

export const openAiOf = (origin: string, fetch?: typeof globalThis.fetch): OpenAI =>
  new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'sk-1', maxRetries: 0, logLevel: 'off', ...(fetch && { fetch }) });

const anthropicOf = (origin: string, fetch?: typeof globalThis.fetch): Anthropic =>
  new Anthropic({ baseURL: origin, apiKey: 'sk-1', maxRetries: 0, logLevel: 'off', ...(fetch && { fetch }) });

const messages = [{ role: 'user' as const, content: 'Hi' }];

class MemoryState implements ChatState<UIMessage> {
  status: 'submitted' | 'streaming' | 'ready' | 'error' = 'ready';
  error: Error | undefined = undefined;
  messages: UIMessage[] = [];
  pushMessage = (message: UIMessage): void => {
    this.messages = [...this.messages, message];
  };
  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index: number, message: UIMessage): void => {
    this.messages = this.messages.with(index, structuredClone(message));
  };
  snapshot = <T>(thing: T): T => structuredClone(thing);
}

/** What `useChat` is made of, with its state in memory. */
export class MemoryChat extends AbstractChat<UIMessage> {
  constructor(api: string, options: Partial<ConstructorParameters<typeof AbstractChat<UIMessage>>[0]> = {}) {
    super({ transport: new DefaultChatTransport({ api }), state: new MemoryState(), ...options });
  }

  get answerText(): string {
    const parts = this.messages.at(-1)?.role === 'assistant' ? (this.messages.at(-1)?.parts ?? []) : [];
    return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  }

  async ask(): Promise<string | undefined> {
    await this.sendMessage({ text: 'Hi' });
    if (this.error) throw this.error;
    return this.status;
  }
}

export interface RelayClient {
  readonly name: string;
  readonly encoder: () => Encoder;
  readonly take: (origin: string, fetch?: typeof globalThis.fetch) => Promise<Taken>;
}

/** The official clients, each as an ordinary program uses it. */
export const relayClients: readonly RelayClient[] = [
  {
    name: 'openai, chunks',
    encoder: () => encodeOpenAiChat(),
    take: (origin, fetch) =>
      taking(async (note) => {
        let ending: string | undefined;
        const body = { model: 'm', messages, stream: true } as const;
        for await (const { choices } of await openAiOf(origin, fetch).chat.completions.create(body)) {
          note(choices[0]?.delta.content ?? '');
          ending = choices[0]?.finish_reason ?? ending;
        }
        return ending;
      }),
  },
  {
    name: 'openai, chat helper',
    encoder: () => encodeOpenAiChat(),
    take: (origin, fetch) =>
      taking(async (note) => {
        const final = await openAiOf(origin, fetch)
          .chat.completions.stream({ model: 'm', messages })
          .finalChatCompletion();
        note(final.choices[0]?.message.content ?? '');
        return final.choices[0]?.finish_reason;
      }),
  },
  {
    name: 'openai, response events',
    encoder: () => encodeOpenAiResponses(),
    take: (origin, fetch) =>
      taking(async (note) => {
        let ending: string | undefined;
        const body = { model: 'm', input: 'Hi', stream: true } as const;
        for await (const event of await openAiOf(origin, fetch).responses.create(body)) {
          if (event.type === 'response.output_text.delta') note(event.delta);
          if ('response' in event) ending = event.response.status;
        }
        return ending;
      }),
  },
  {
    name: 'openai, response helper',
    encoder: () => encodeOpenAiResponses(),
    take: (origin, fetch) =>
      taking(async (note) => {
        const final = await openAiOf(origin, fetch).responses.stream({ model: 'm', input: 'Hi' }).finalResponse();
        note(final.output_text);
        return final.status;
      }),
  },
  {
    name: 'anthropic, events',
    encoder: () => encodeAnthropic(),
    take: (origin, fetch) =>
      taking(async (note) => {
        let ending: string | undefined;
        const body = { model: 'm', max_tokens: 9, messages, stream: true } as const;
        for await (const event of await anthropicOf(origin, fetch).messages.create(body)) {
          if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') note(event.delta.text);
          if (event.type === 'message_delta') ending = event.delta.stop_reason ?? undefined;
        }
        return ending;
      }),
  },
  {
    name: 'anthropic, helper',
    encoder: () => encodeAnthropic(),
    take: (origin, fetch) =>
      taking(async (note) => {
        const final = await anthropicOf(origin, fetch)
          .messages.stream({ model: 'm', max_tokens: 9, messages })
          .finalMessage();
        note(final.content.map((block) => (block.type === 'text' ? block.text : '')).join(''));
        return final.stop_reason ?? undefined;
      }),
  },
  {
    name: 'ai, useChat',
    encoder: () => encodeUiMessageStream(),
    take: (origin, fetch) =>
      taking(async (note) => {
        const api = `${origin}/api/chat`;
        const chat = new MemoryChat(api, {
          transport: new DefaultChatTransport({ api, ...(fetch && { fetch }) }),
        });
        try {
          return await chat.ask();
        } finally {
          note(chat.answerText);
        }
      }),
  },
];
