import type { Delta, TokenLogprob } from '../../deltas/Delta.ts';
import type { ApiError } from '../../errors/ApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { finishReasonFrom } from './finishReasons.ts';
import { usageToChat } from './usage.ts';

const message = (data: string): Frame => ({ kind: 'message', event: undefined, data, id: undefined });

const logprobToChat = ({ topLogprobs, ...rest }: TokenLogprob): object => ({ ...rest, top_logprobs: topLogprobs });

const citationToChat = (raw: unknown, url: string | undefined, title: string | undefined): unknown =>
  typeof raw === 'object' && raw !== null ? raw : { type: 'url_citation', url_citation: { url, title } };

type ToolCallDelta = Extract<Delta, { type: 'tool-call' }>;

const fragmentOf = ({ id, name, argumentsText, input }: ToolCallDelta, index: number): object => ({
  index,
  ...(id !== undefined && { id, type: input === 'json' ? 'function' : 'custom' }),
  ...(input === 'json'
    ? { function: { ...(name !== undefined && { name }), arguments: argumentsText ?? '' } }
    : { custom: { ...(name !== undefined && { name }), input: argumentsText ?? '' } }),
});

/** Numbers the tool calls of an answer as `tool_calls[].index` does: for each choice, from 0. */
class ToolCallIndexes {
  readonly #indexes = new Map<string, number>();
  readonly #counts = new Map<number, number>();

  of(choice: number, part: number): number {
    const place = `${choice}/${part}`;
    const known = this.#indexes.get(place);
    if (known !== undefined) return known;
    const index = this.#counts.get(choice) ?? 0;
    this.#counts.set(choice, index + 1);
    this.#indexes.set(place, index);
    return index;
  }

  has(choice: number, part: number): boolean {
    return this.#indexes.has(`${choice}/${part}`);
  }
}

/** The `delta` object that carries a delta of the answer's content, or `undefined` where it has none. */
const contentOf = (delta: Delta, indexes: ToolCallIndexes): object | undefined => {
  switch (delta.type) {
    case 'text':
      return { content: delta.text };
    case 'reasoning':
      return { reasoning_content: delta.text };
    case 'refusal':
      return { refusal: delta.text };
    case 'part-start':
      return delta.redacted === undefined
        ? undefined
        : { reasoning_details: [{ type: 'reasoning.encrypted', data: delta.redacted }] };
    case 'signature':
      return indexes.has(delta.choice, delta.part)
        ? {
            tool_calls: [
              {
                index: indexes.of(delta.choice, delta.part),
                extra_content: { google: { thought_signature: delta.signature } },
              },
            ],
          }
        : { reasoning_details: [{ type: 'reasoning.text', signature: delta.signature }] };
    case 'citation':
      return { annotations: [citationToChat(delta.citation.raw, delta.citation.url, delta.citation.title)] };
    case 'audio':
      return { audio: { id: delta.id, data: delta.data, transcript: delta.transcript, expires_at: delta.expiresAtS } };
    case 'tool-call':
      return { tool_calls: [fragmentOf(delta, indexes.of(delta.choice, delta.part))] };
    case 'other':
      return delta.choice === undefined ? undefined : { [delta.name]: delta.raw };
    default:
      return undefined;
  }
};

/** What an OpenAI-style server sends for each delta of one answer. */
export const encodeChat = (): ((delta: Delta) => readonly Frame[]) => {
  const indexes = new ToolCallIndexes();
  let envelope = { id: '', object: 'chat.completion.chunk', created: 0, model: '' };
  const chunk = (fields: object): readonly Frame[] => [message(JSON.stringify({ ...envelope, ...fields }))];
  // Choice 0 is introduced by `start`.
  const introduced = new Set([0]);
  const choice = (
    index: number,
    { delta = {}, ...fields }: { readonly delta?: object; readonly [field: string]: unknown },
  ) => {
    // The first chunk of a choice says whose words these are.
    const role = introduced.has(index) ? {} : { role: 'assistant' };
    introduced.add(index);
    return chunk({ choices: [{ index, delta: { ...role, ...delta }, finish_reason: null, ...fields }] });
  };

  return (delta) => {
    switch (delta.type) {
      case 'start':
        envelope = { ...envelope, id: delta.id, model: delta.model, created: Math.floor(Date.now() / 1000) };
        return choice(0, { delta: { role: 'assistant', content: '' } });
      case 'finish':
        return choice(delta.choice, {
          finish_reason: delta.reason === 'other' ? delta.raw : finishReasonFrom(delta.reason),
        });
      case 'logprobs':
        return choice(delta.choice, {
          logprobs: { content: delta.content.map(logprobToChat), refusal: delta.refusal.map(logprobToChat) },
        });
      case 'usage':
        return chunk({ choices: [], usage: usageToChat(delta.usage) });
      case 'end':
        return [message('[DONE]')];
      default: {
        const content = contentOf(delta, indexes);
        if (content) return choice('choice' in delta ? (delta.choice ?? 0) : 0, { delta: content });
        return delta.type === 'other' ? chunk({ choices: [], [delta.name]: delta.raw }) : [];
      }
    }
  };
};

/** What an OpenAI-style server sends for an error in the middle of a stream. */
export const encodeChatError = ({ providerMessage, code }: ApiError): readonly Frame[] => [
  message(
    JSON.stringify({
      error: { message: providerMessage, type: code ?? 'server_error', param: null, code: code ?? null },
    }),
  ),
];
