import type OpenAI from 'openai';
import type { Choice, Completion } from 'rxllm';

/** What a chat answer says, whichever library read it, in the words of the wire. */
export interface ChatReading {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly refusal: string;
    readonly finishReason: string | undefined;
    readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly argumentsText: string }[];
    readonly tokens: readonly string[];
    readonly transcript: string;
  }[];
  readonly usage: readonly (number | undefined)[] | undefined;
}

type Chunk = OpenAI.ChatCompletionChunk;
type ChunkUsage = OpenAI.CompletionUsage | null | undefined;

const finishReasons = new Map([
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
]);

/** The neutral word for a reason to finish; those that are in no list are `other`. */
const reasonOf = (raw: string | null | undefined): string | undefined => {
  if (raw === null || raw === undefined) return undefined;
  return finishReasons.get(raw) ?? (['stop', 'length'].includes(raw) ? raw : 'other');
};

const usageOf = (usage: ChunkUsage): ChatReading['usage'] =>
  usage
    ? [
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        usage.prompt_tokens_details?.cached_tokens,
        usage.completion_tokens_details?.reasoning_tokens,
        usage.prompt_tokens_details?.audio_tokens,
        usage.completion_tokens_details?.audio_tokens,
      ]
    : undefined;

const choiceOf = ({ index, text, refusal, finishReason, toolCalls, logprobs, parts }: Choice) => ({
  index,
  text,
  refusal,
  finishReason,
  toolCalls: toolCalls.map(({ id, name, argumentsText }) => ({ id, name, argumentsText })),
  tokens: [...(logprobs?.content ?? [])].map(({ token }) => token),
  transcript: parts.map((part) => (part.kind === 'audio' ? part.transcript : '')).join(''),
});

/** What this library read. */
export const readingOfCompletion = ({ id, model, choices, usage }: Completion): ChatReading => ({
  id,
  model,
  choices: choices.map(choiceOf),
  usage: usage && [
    usage.inputTokens,
    usage.outputTokens,
    usage.totalTokens,
    usage.cachedInputTokens,
    usage.reasoningTokens,
    usage.audioInputTokens,
    usage.audioOutputTokens,
  ],
});

const toolCallOf = (call: OpenAI.ChatCompletionMessageToolCall) =>
  call.type === 'custom'
    ? { id: call.id, name: call.custom.name, argumentsText: call.custom.input }
    : { id: call.id, name: call.function.name, argumentsText: call.function.arguments };

/** What the official client's `.stream()` put together. */
export const readingOfFinal = ({ id, model, choices, usage }: OpenAI.ChatCompletion): ChatReading => ({
  id,
  model,
  choices: choices.map(({ index, message, finish_reason, logprobs }) => {
    const { function_call: call } = message as { function_call?: { name: string; arguments: string } };
    const deprecated = call ? [{ id: '', name: call.name, argumentsText: call.arguments }] : [];
    return {
      index,
      text: message.content ?? '',
      refusal: message.refusal ?? '',
      finishReason: reasonOf(finish_reason),
      toolCalls: [...(message.tool_calls ?? []).map(toolCallOf), ...deprecated],
      tokens: (logprobs?.content ?? []).map(({ token }) => token),
      transcript: message.audio?.transcript ?? '',
    };
  }),
  usage: usageOf(usage),
});

interface DraftCall {
  id: string;
  name: string;
  argumentsText: string;
}

/** What an ordinary loop over the official client's chunks puts together. */
export const readingOfChunks = async (chunks: AsyncIterable<Chunk>): Promise<ChatReading> => {
  let id = '';
  let model = '';
  let usage: ChunkUsage;
  const drafts = new Map<number, Omit<ChatReading['choices'][number], 'toolCalls'> & { calls: DraftCall[] }>();

  for await (const chunk of chunks) {
    id ||= chunk.id;
    model ||= chunk.model;
    usage = chunk.usage ?? usage;
    for (const { index, delta, finish_reason, logprobs } of chunk.choices) {
      const { text, refusal, finishReason, tokens, transcript, calls } = drafts.get(index) ?? {
        text: '',
        refusal: '',
        finishReason: undefined,
        tokens: [],
        transcript: '',
        calls: [],
      };
      // Azure sends choices without a delta.
      const { content, refusal: no, tool_calls, function_call } = (delta as typeof delta | undefined) ?? {};
      const { audio } = (delta ?? {}) as { audio?: { transcript?: string; expires_at?: number } };
      for (const call of tool_calls ?? (function_call ? [{ index: 0, function: function_call }] : [])) {
        const draft = (calls[call.index] ??= { id: '', name: '', argumentsText: '' });
        const { custom } = call as { custom?: { name?: string; input?: string } };
        draft.id = call.id || draft.id;
        draft.name = call.function?.name || custom?.name || draft.name;
        draft.argumentsText += call.function?.arguments ?? custom?.input ?? '';
      }
      drafts.set(index, {
        index,
        text: text + (content ?? ''),
        refusal: refusal + (no ?? ''),
        finishReason: reasonOf(finish_reason ?? (audio?.expires_at ? 'stop' : undefined)) ?? finishReason,
        tokens: [...tokens, ...(logprobs?.content ?? []).map(({ token }) => token)],
        transcript: transcript + (audio?.transcript ?? ''),
        calls,
      });
    }
  }
  const choices = [...drafts.values()].sort((a, b) => a.index - b.index);
  return {
    id,
    model,
    choices: choices.map(({ calls, ...rest }) => ({ ...rest, toolCalls: calls })),
    usage: usageOf(usage),
  };
};
