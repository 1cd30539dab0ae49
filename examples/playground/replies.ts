import { answer, type FakeProviderOptions, type Reply } from '../../src/testing/index.ts';
import { longText, markdown, reasoning, story } from './texts.ts';

interface Message {
  readonly role: string;
  readonly content: unknown;
}

type Body = { readonly model?: string; readonly messages?: readonly Message[] };

/** About as many as a tokenizer would count. */
const tokensIn = (text: string): number => Math.ceil(text.length / 4);

const said = (text: string, frameMs: number, thoughts?: string): Reply => ({
  deltas: answer({
    text,
    reasoning: thoughts,
    usage: { inputTokens: 24, outputTokens: tokensIn(text + (thoughts ?? '')) },
  }),
  firstFrameMs: 250,
  frameMs,
});

const lastOf = (messages: readonly Message[], role: string): string => {
  const { content } = messages.findLast((message) => message.role === role) ?? { content: '' };
  return typeof content === 'string' ? content : JSON.stringify(content);
};

/** What follows the run of the tool. */
const afterTool = (result: string): Reply =>
  /denied|not want/i.test(result)
    ? said('All right, I did **not** look it up. Ask me something else, or allow it next time.', 25)
    : said(`The tool answered, so here is what it knows:\n\n> It is **sunny** in Rome, at 24 °C.\n\nTake a hat.`, 25);

const toolCall: Reply = {
  deltas: answer({
    toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: ['{"ci', 'ty":', '"Rome"}'] }],
    usage: { inputTokens: 40, outputTokens: 12 },
  }),
  firstFrameMs: 250,
  frameMs: 60,
};

/** A long text in pieces of so many tokens; about a thousand pieces go out in a second. */
const long = (tokens: number, tokensPerPiece: number): Reply => ({
  deltas: answer({ text: longText(tokens, tokensPerPiece), usage: { inputTokens: 24, outputTokens: tokens } }),
  firstFrameMs: 250,
  frameMs: 1,
});

/**
 * What the provider of the playground says: it has no model, and goes by the words of the last question. What fails does so every
 * other time, so that "Try again" shows what it is there for.
 */
export const playgroundReplies = (): NonNullable<FakeProviderOptions['replies']> => {
  let cuts = 0;
  let refusals = 0;
  return ({ body }) => {
    const { messages = [], model = '' } = body as Body;
    if (messages.at(-1)?.role === 'tool') return afterTool(lastOf(messages, 'tool'));
    const asked = lastOf(messages, 'user');
    if (/very long/i.test(asked)) return long(50_000, 5);
    if (/long answer/i.test(asked)) return long(5_000, 1);
    if (/markdown/i.test(asked)) return said(markdown, model.startsWith('sage') ? 28 : 16);
    if (/think/i.test(asked)) return said(story, 30, reasoning);
    if (/tool|weather/i.test(asked)) return toolCall;
    if (/cut/i.test(asked)) {
      cuts += 1;
      const fault = { kind: 'cut', afterBytes: 9_000, with: 'rst' } as const;
      return { ...said(markdown, 16), ...(cuts % 2 === 1 && { fault }) };
    }
    if (/overloaded/i.test(asked) && (refusals += 1) % 2 === 1) {
      return {
        status: 429,
        headers: { 'retry-after': '3' },
        error: { message: 'too many requests', code: 'rate_limit_exceeded' },
      };
    }
    return said(`You said “${asked.slice(0, 200)}”.\n\n${story}`, 30);
  };
};
