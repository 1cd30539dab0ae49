// An application imports these from 'rxllm/testing'.
import { answer, type FakeProviderOptions, type Reply } from '../../src/testing/index.ts';

/** The models of the embedded provider. */
export const models = { flow: 'demo-flow', frog: 'demo-frog', probe: 'demo-probe' } as const;

/** A text in pieces as models give them: a character of CJK, an emoji, or some letters. */
const tokensOf = (text: string): readonly string[] =>
  text.match(/\s*(?:[\p{Script=Han}\p{Script=Hiragana}]|[A-Za-z]{1,6}|\S)/gu) ?? [];

const flow = tokensOf(
  'A stream is an answer that does not make you wait for its last word. 🌊 The first one is here within a blink, and ' +
    'from then on you read while the model writes. In Chinese one says 细水长流, “a thin stream flows long”; in Japanese ' +
    '流れに身を任せる, “to give oneself to the flow”.\n\n' +
    'The network is less poetic: it cuts wherever it likes, through the middle of 漢字 and through the middle of an ' +
    'octopus 🐙. What arrives here is whole all the same.',
);

const frogThoughts = tokensOf(
  'What does RxJS add? Leaving, combining, time. Three lines will do, and a haiku: 五, 七, 五.',
);

const frog = tokensOf(
  '1. Leaving: unsubscribe, and the socket is closed. 🔌\n' +
    '2. Combining: two models at once are one operator. 🧩\n' +
    '3. Time: throttle, time out, try again, a line each. ⏳\n\n' +
    '古池や\n蛙飛びこむ\n水の音\n\n' +
    '(An old pond; a frog jumps in; the sound of water. An event, emitted once. 🐸)',
);

const probe = tokensOf(
  'Voyager 1 left Earth on 5 September 1977 🚀 with a golden record on board: whales, a kiss, Bach, and a greeting in ' +
    '55 languages, among them “各位都好吧？我们都很想念你们” and “こんにちは、お元気ですか”. By now it is so far away ' +
    'that its radio signal, at the speed of light, needs almost a whole day to reach us.',
);

const replies: Readonly<Record<string, Reply>> = {
  [models.flow]: {
    deltas: answer({ model: models.flow, text: flow, usage: { inputTokens: 12, outputTokens: flow.length } }),
    firstFrameMs: 320,
    frameMs: 32,
    writeBytes: 7,
  },
  [models.frog]: {
    deltas: answer({
      model: models.frog,
      reasoning: frogThoughts,
      text: frog,
      usage: { inputTokens: 14, outputTokens: frogThoughts.length + frog.length, reasoningTokens: frogThoughts.length },
    }),
    firstFrameMs: 480,
    frameMs: 26,
    writeBytes: 7,
  },
  // The whole answer takes about 17 kB, so this falls into its last sentence.
  [models.probe]: {
    deltas: answer({ model: models.probe, text: probe }),
    firstFrameMs: 250,
    frameMs: 24,
    fault: { kind: 'cut', afterBytes: 15_900, with: 'fin' },
  },
};

/** Each model has its answer. */
export const repliesByModel: NonNullable<FakeProviderOptions['replies']> = ({ body }) =>
  replies[(body as { model?: string }).model ?? ''] ?? { status: 404, error: { message: 'no such model' } };
