import type { GatheredAnswer } from './GatheredAnswer.ts';

/** As much of a chunk of Chat Completions as a reader needs. */
export interface ChatChunk {
  readonly choices?: readonly {
    readonly index: number;
    readonly delta: {
      readonly content?: string | null;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly function?: { readonly name?: string; readonly arguments?: string };
      }[];
    };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

/** Takes a chunk in, and gives the text that it has for the first choice. */
export const gatherChat = (answer: GatheredAnswer, { choices = [], usage }: ChatChunk): string => {
  let text = '';
  for (const { index, delta, finish_reason } of choices) {
    if (index > 0) {
      answer.others[index - 1] = (answer.others[index - 1] ?? '') + (delta.content ?? '');
      continue;
    }
    for (const { index: at, function: fragment } of delta.tool_calls ?? []) {
      const call = (answer.calls[at] ??= { name: '', arguments: '' });
      call.name += fragment?.name ?? '';
      call.arguments += fragment?.arguments ?? '';
    }
    text += delta.content ?? '';
    answer.finish = finish_reason ?? answer.finish;
  }
  if (usage) answer.usage = { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
  answer.text += text;
  return text;
};
