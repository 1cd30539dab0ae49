import type { GatheredAnswer } from './GatheredAnswer.ts';

/** As much of an event of Messages as a reader needs. */
export interface MessagesEvent {
  readonly type: string;
  readonly content_block?: { readonly type: string; readonly name?: string };
  readonly delta?: {
    readonly type?: string;
    readonly text?: string;
    readonly partial_json?: string;
    readonly stop_reason?: string | null;
  };
  readonly usage?: { readonly input_tokens?: number | null; readonly output_tokens: number };
}

/** Takes an event in, and gives the text that it has. */
export const gatherMessages = (answer: GatheredAnswer, event: MessagesEvent): string => {
  const { type, content_block: block, delta, usage } = event;
  if (type === 'content_block_start' && block?.type === 'tool_use') {
    answer.calls.push({ name: block.name ?? '', arguments: '' });
  }
  if (type === 'message_delta') {
    answer.finish = delta?.stop_reason ?? answer.finish;
    if (usage) answer.usage = { inputTokens: usage.input_tokens ?? 0, outputTokens: usage.output_tokens };
  }
  if (type !== 'content_block_delta') return '';
  const call = answer.calls.at(-1);
  if (delta?.type === 'input_json_delta' && call) call.arguments += delta.partial_json ?? '';
  const text = delta?.type === 'text_delta' ? (delta.text ?? '') : '';
  answer.text += text;
  return text;
};
