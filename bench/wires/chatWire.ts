import { cjkTokens, oneHugeToken, seededRandom, type Tokens, tokens } from './tokens.ts';
import type { Wire } from './Wire.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** What a token and its padding come to together, as far as the padding can help it. */
const paddedChars = 14;

const head = {
  id: 'chatcmpl-CdW3kPqTz81RmYvXaG5sJhN0uLbEo',
  object: 'chat.completion.chunk',
  created: 1_763_683_200,
  model: 'gpt-5.1-2025-11-13',
  service_tier: 'default',
  system_fingerprint: 'fp_4f2c8a91d7',
};

const usage = {
  prompt_tokens: 412,
  completion_tokens: 10_000,
  total_tokens: 10_412,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

interface ChunkLike {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

const chatWireOf = (name: string, tokensOf: Tokens): Wire => ({
  name,
  record(contentChunks) {
    const random = seededRandom(1);
    const pieces = tokensOf(contentChunks, random);
    const padding = (taken: number): string =>
      Array.from(
        { length: Math.max(1, paddedChars - taken) },
        () => letters[Math.floor(random() * letters.length)],
      ).join('');
    const choice = (delta: object, finish_reason: string | null = null): object => ({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      usage: null,
    });
    const data = [
      { ...choice({ role: 'assistant', content: '', refusal: null }), obfuscation: padding(0) },
      ...pieces.map((content) => ({ ...choice({ content }), obfuscation: padding(content.length) })),
      { ...choice({}, 'stop'), obfuscation: padding(0) },
      { ...head, choices: [], usage, obfuscation: '' },
    ];
    const lines = [...data.map((json) => JSON.stringify(json)), '[DONE]'];
    const encoder = new TextEncoder();
    return { events: lines.map((line) => encoder.encode(`data: ${line}\n\n`)), text: pieces.join('') };
  },
  pieceIn: (json) => (json as ChunkLike).choices[0]?.delta.content ?? '',
});

/** OpenAI's Chat Completions with usage and the padding that hides how long a token is, both as by default. */
export const chatWire: Wire = chatWireOf('openai-chat', tokens);

export const cjkChatWire: Wire = chatWireOf('openai-chat, CJK', cjkTokens);

export const hugeChatWire: Wire = chatWireOf('openai-chat, one event of 8 MB', oneHugeToken);
