import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { answer, fakeProvider } from '../../src/testing/index.ts';

const text =
  'A stream is an answer that does not wait for its last word. Each piece of it arrives when it is written, ' +
  'and whoever reads may leave at any time: press Ctrl-C, and the server stops writing, too.';

/** A provider in this process, at an address of its own. */
export const embeddedProvider = async (): Promise<{ baseUrl: string; close: () => Promise<void> }> => {
  const deltas = answer({ text, usage: { inputTokens: 6, outputTokens: Math.ceil(text.length / 4) } });
  const { baseUrl, close } = await fakeProvider({ replies: [{ deltas, firstFrameMs: 200, frameMs: 40 }] }).listen();
  return { baseUrl: baseUrl(openAiChat), close };
};
