import type Anthropic from '@anthropic-ai/sdk';
import type * as Google from '@google/genai';
import { expectTypeOf } from 'expect-type';
import type { ChatRequest } from 'ollama';
import type OpenAI from 'openai';
import type { Observable, OperatorFunction } from 'rxjs';
import {
  type Completion,
  decodeDeltas,
  type Delta,
  type Dialect,
  type Frame,
  parseChunk,
  parseChunkEither,
  streamCompletion,
  streamDeltas,
  type StreamError,
  type StreamOptions,
  toDeltas,
  type StreamSlice,
} from 'rxllm';
import { anthropicMessages, type MessagesBody, type MessageStreamEvent } from 'rxllm/anthropic';
import { ollama, type OllamaChatBody } from 'rxllm/ollama';
import { gemini, type GenerateContentResponse } from 'rxllm/gemini';
import { type ChatCompletionBody, type ChatCompletionChunk, openAiChat } from 'rxllm/openai';

const baseUrl = 'http://fake.test/v1';

describe('the bodies of requests', () => {
  it('take the official clients’ parameters', () => {
    expectTypeOf<OpenAI.ChatCompletionCreateParamsStreaming>().toExtend<ChatCompletionBody>();
    expectTypeOf<OpenAI.ChatCompletionCreateParamsNonStreaming>().toExtend<ChatCompletionBody>();
    expectTypeOf<OpenAI.ChatCompletionCreateParams>().toExtend<ChatCompletionBody>();
    expectTypeOf<Anthropic.MessageCreateParamsStreaming>().toExtend<MessagesBody>();
    expectTypeOf<Anthropic.MessageCreateParamsNonStreaming>().toExtend<MessagesBody>();
    expectTypeOf<Anthropic.MessageCreateParams>().toExtend<MessagesBody>();
    expectTypeOf<Anthropic.Beta.MessageCreateParamsStreaming>().toExtend<MessagesBody>();
    // Ollama takes a request without messages, to load a model; that is no answer to be streamed.
    expectTypeOf<ChatRequest & Required<Pick<ChatRequest, 'messages'>>>().toExtend<OllamaChatBody>();
  });

  it('take values of those types as they are', () => {
    const chat: OpenAI.ChatCompletionCreateParamsStreaming = { model: 'm', messages: [], stream: true };
    const messages: Anthropic.MessageCreateParamsStreaming = { model: 'm', max_tokens: 9, messages: [], stream: true };

    expectTypeOf(streamCompletion(openAiChat, { baseUrl, body: chat })).toEqualTypeOf<Observable<Completion>>();
    expectTypeOf(streamDeltas(anthropicMessages, { baseUrl, body: messages })).toEqualTypeOf<Observable<Delta>>();
    const lines = { model: 'm', messages: [], think: 'low' } satisfies ChatRequest;
    expectTypeOf(streamDeltas(ollama, { baseUrl, body: lines })).toEqualTypeOf<Observable<Delta>>();
  });

  it('take a conversation that is read-only', () => {
    const messages = [{ role: 'user', content: 'Hi' }] as const;

    expect(streamCompletion(openAiChat, { baseUrl, body: { model: 'm', messages } })).toBeDefined();
  });

  it('take any field that a provider may add', () => {
    const body = { model: 'm', messages: [], thinking: { type: 'enabled' }, stream_options: null, n: undefined };

    expect(streamCompletion(openAiChat, { baseUrl, body })).toBeDefined();
  });
});

describe('the body of streamCompletion', () => {
  it('is the one of the dialect', () => {
    // The fields that a provider needs are asked for by the type.
    const wrong = [
      // @ts-expect-error [ts2741] - Messages wants max_tokens
      () => streamCompletion(anthropicMessages, { baseUrl, body: { model: 'm', messages: [] } }),
      // @ts-expect-error [ts2741] - no model, no answer
      () => streamCompletion(openAiChat, { baseUrl, body: { messages: [] } }),
      // @ts-expect-error [ts2322] - the model is a name
      () => streamDeltas(openAiChat, { baseUrl, body: { model: 5, messages: [] } }),
      // @ts-expect-error [ts2345] - no body at all
      () => streamDeltas(openAiChat, { baseUrl }),
      // @ts-expect-error [ts2345] - no address
      () => streamDeltas(openAiChat, { body: { model: 'm', messages: [] } }),
    ];
    expect(wrong).toHaveLength(5);
  });

  it('is inferred for a dialect of one’s own', () => {
    const mine = {} as Dialect<{ prompt: string }, { piece: string }>;
    const request = (): Observable<Completion> => streamCompletion(mine, { baseUrl, body: { prompt: 'Hi' } });
    // @ts-expect-error [ts2353] - its body has no messages
    const wrong = (): unknown => streamCompletion(mine, { baseUrl, body: { prompt: 'Hi', messages: [] } });

    expectTypeOf(request).returns.toEqualTypeOf<Observable<Completion>>();
    expectTypeOf<StreamOptions<{ prompt: string }>['body']>().toEqualTypeOf<{ prompt: string }>();
    expect(wrong).toBeInstanceOf(Function);
  });
});

describe('the chunks of a dialect', () => {
  it('go from one operator to the next', () => {
    expectTypeOf(parseChunk(openAiChat)).toEqualTypeOf<OperatorFunction<Frame, ChatCompletionChunk>>();
    expectTypeOf(parseChunk(anthropicMessages)).toEqualTypeOf<OperatorFunction<Frame, MessageStreamEvent>>();
    expectTypeOf(toDeltas(openAiChat)).toEqualTypeOf<OperatorFunction<ChatCompletionChunk, Delta>>();
    expectTypeOf(decodeDeltas(anthropicMessages)).toEqualTypeOf<OperatorFunction<StreamSlice, Delta>>();
  });

  it('are a value or an error', () => {
    const either = parseChunkEither(openAiChat);

    expectTypeOf(either).parameter(0).toEqualTypeOf<Observable<Frame>>();
    type Value = ReturnType<typeof either> extends Observable<infer Each> ? Each : never;
    expectTypeOf<Extract<Value, { _tag: 'Right' }>['right']>().toEqualTypeOf<ChatCompletionChunk>();
    expectTypeOf<Extract<Value, { _tag: 'Left' }>['left']>().toEqualTypeOf<StreamError>();
  });

  it('do not fit another dialect', () => {
    // @ts-expect-error [ts2345] - an event of Messages is no chunk of Chat Completions
    const wrong = (frames: Observable<Frame>) => frames.pipe(parseChunk(openAiChat), toDeltas(anthropicMessages));

    expect(wrong).toBeInstanceOf(Function);
  });

  it('of the official clients are chunks, too', () => {
    expectTypeOf<OpenAI.ChatCompletionChunk>().toExtend<ChatCompletionChunk>();
    expectTypeOf<Anthropic.RawMessageDeltaEvent>().toExtend<MessageStreamEvent>();
    expectTypeOf<Google.GenerateContentResponse>().toExtend<GenerateContentResponse>();
  });

  it('narrow by type', () => {
    const textIn = (event: MessageStreamEvent): string => {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') return '';
      return event.delta.text;
    };
    expect(textIn({ type: 'ping' })).toBe('');
  });
});

describe('Dialect', () => {
  it('by itself is any dialect', () => {
    expectTypeOf(openAiChat).toExtend<Dialect>();
    expectTypeOf(anthropicMessages).toExtend<Dialect>();
    expectTypeOf(gemini).toExtend<Dialect>();
    expectTypeOf<Dialect<{ prompt: string }, number>>().toExtend<Dialect>();
  });
});
