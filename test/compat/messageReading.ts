import type Anthropic from '@anthropic-ai/sdk';
import type { Completion, Part } from 'rxllm';

/** A part of an answer: its kind, and what it says. */
type Block = readonly [kind: string, ...says: readonly unknown[]];

/** What an answer says, whichever library read it. */
export interface MessageReading {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly finishReason: string | undefined;
  readonly usage: readonly (number | undefined)[];
}

const finishReasons = new Map<string | null, string>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['pause_turn', 'pause'],
  ['refusal', 'refusal'],
]);

/** What was cut short, or is in no form that both know, is compared by kind. */
const blockOfPart = (part: Part): Block => {
  switch (part.kind) {
    case 'text':
      return ['text', part.text, part.citations.toArray().map(({ raw }) => raw)];
    case 'reasoning':
      return part.redacted === undefined
        ? ['thinking', part.text, part.signature ?? '']
        : ['redacted_thinking', part.redacted];
    case 'tool-call':
      return ['tool', part.id, part.name, part.status === 'complete' ? part.arguments : part.status];
    case 'tool-result':
      return ['result', part.raw];
    default:
      return ['other', (part as { raw?: { type?: string } }).raw?.type];
  }
};

const blockOfContent = (block: Anthropic.Beta.BetaContentBlock, wasCut: boolean): Block => {
  switch (block.type) {
    case 'text':
      return ['text', block.text, block.citations ?? []];
    case 'thinking':
      return ['thinking', block.thinking, block.signature];
    case 'redacted_thinking':
      return ['redacted_thinking', block.data];
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return ['tool', block.id, block.name, wasCut ? 'cut-short' : block.input];
    default:
      return block.type.endsWith('_tool_result') ? ['result', block] : ['other', block.type];
  }
};

/** What this library read. */
export const readingOfCompletion = ({ id, model, choices, finishReason, usage }: Completion): MessageReading => ({
  id,
  model,
  blocks: choices[0].parts.map(blockOfPart),
  finishReason,
  usage: [usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens, usage?.cacheWriteTokens],
});

/** What the official client's `.stream()` put together. */
export const readingOfMessage = (message: Anthropic.Message | Anthropic.Beta.BetaMessage): MessageReading => {
  // The beta form has all that the other has, and more.
  const { id, model, content, stop_reason, usage } = message as unknown as Anthropic.Beta.BetaMessage;
  const finishReason = finishReasons.get(stop_reason) ?? 'other';
  const { input_tokens, output_tokens, cache_read_input_tokens: read, cache_creation_input_tokens: written } = usage;
  return {
    id,
    model,
    blocks: content.map((block) => blockOfContent(block, !['tool-calls', 'stop', 'pause'].includes(finishReason))),
    finishReason,
    usage: [input_tokens + (read ?? 0) + (written ?? 0), output_tokens, read ?? undefined, written ?? undefined],
  };
};

type RawEvent = Anthropic.Beta.BetaRawMessageStreamEvent;

/** What an ordinary loop over the official client's events puts together: text, thinking and the input of tools. */
export const textsOfEvents = async (events: AsyncIterable<unknown>): Promise<readonly string[]> => {
  const texts: string[] = [];
  for await (const event of events as AsyncIterable<RawEvent>) {
    if (event.type === 'content_block_start') {
      const { content_block: block } = event;
      texts[event.index] = block.type === 'text' ? block.text : block.type === 'thinking' ? block.thinking : '';
      if ('input' in block && Object.keys(block.input as object).length > 0)
        texts[event.index] = JSON.stringify(block.input);
    }
    if (event.type !== 'content_block_delta') continue;
    const { delta } = event;
    if (delta.type === 'text_delta') texts[event.index] += delta.text;
    else if (delta.type === 'thinking_delta') texts[event.index] += delta.thinking;
    else if (delta.type === 'input_json_delta') texts[event.index] += delta.partial_json;
  }
  return texts;
};

/** The same of what this library read. */
export const textsOfCompletion = ({ choices }: Completion): readonly string[] =>
  choices[0].parts.map((part) =>
    part.kind === 'tool-call' ? part.argumentsText : part.kind === 'text' || part.kind === 'reasoning' ? part.text : '',
  );
