import { answer, type FakeProviderOptions } from '../../src/testing/index.ts';

const story = [
  'Every message travels as a handful of tokens, and each of them is shown when it arrives.',
  'The page adds to the text that is there, once for each paint, and asks for nothing when nothing comes.',
  'Press Stop, and the connection is closed; the server notices at once.',
].join(' ');

/** What the embedded provider says. It speaks as OpenAI does, so that a real one can take its place. */
export const replies: FakeProviderOptions['replies'] = ({ body }) => {
  const { messages = [] } = body as { messages?: readonly { readonly content: string }[] };
  const asked = messages.at(-1)?.content ?? '';
  const text = `You said: “${asked}” ${story}`;
  const outputTokens = Math.ceil(text.length / 4);
  return { deltas: answer({ text, usage: { inputTokens: 9, outputTokens } }), firstFrameMs: 300, frameMs: 40 };
};
