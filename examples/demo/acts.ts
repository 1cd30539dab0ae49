import { combineLatest, map, type Observable } from 'rxjs';

// An application imports these from 'rxllm', 'rxllm/anthropic', 'rxllm/openai' and 'rxllm/testing'.
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import type { StreamError } from '../../src/index.ts';
import type { RunningProvider } from '../../src/testing/index.ts';
import { type Endpoint, keyFor } from './arguments.ts';
import { measure, type Reading, type Scene } from './measure.ts';
import { models } from './replies.ts';

/** A stretch of the demo. */
export interface Act {
  /** What is shown, and why it matters. */
  readonly intro: string;
  readonly scene$: Observable<Scene>;
  /** The failure that the act is about; any other is a failure of the demo. */
  readonly expects?: StreamError['_tag'];
}

const messagesOf = (prompt: string): readonly object[] => [{ role: 'user', content: prompt }];

/** The acts of the embedded provider. */
export const actsWith = (provider: RunningProvider): readonly Act[] => {
  const openAi = (title: string, model: string, prompt: string): Observable<Reading> =>
    measure(title, openAiChat, {
      baseUrl: provider.baseUrl(openAiChat),
      body: { model, messages: messagesOf(prompt) },
    });
  const anthropic = (title: string, model: string, prompt: string): Observable<Reading> =>
    measure(title, anthropicMessages, {
      baseUrl: provider.baseUrl(anthropicMessages),
      body: { model, max_tokens: 1024, messages: messagesOf(prompt) },
    });

  return [
    {
      intro:
        'Act 1: two models at once, one over OpenAI’s protocol, one over Anthropic’s. Both come out as the same kind of ' +
        'Observable, so a single combineLatest watches them side by side. The server writes 7 bytes at a time, and so ' +
        'cuts through the middle of emoji and 漢字; no character breaks.',
      scene$: combineLatest([
        openAi('OpenAI style', models.flow, 'What is a stream?'),
        anthropic('Anthropic style', models.frog, 'What does RxJS add to a stream?'),
      ]),
    },
    {
      intro:
        'Act 2: the server hangs up in the middle of a sentence. To HTTP this is a perfectly good ending, and many a ' +
        'client takes it for a short answer; here it is a typed TruncatedError that brings the partial text along.',
      scene$: openAi('A server that hangs up', models.probe, 'Where is Voyager 1?').pipe(map((reading) => [reading])),
      expects: 'TruncatedError',
    },
  ];
};

/** One answer of a real endpoint. */
export const actAt = ({ baseUrl, model, dialect, prompt }: Endpoint, env: NodeJS.ProcessEnv): Act => {
  const key = keyFor(dialect, env);
  const request = { baseUrl, apiKey: key?.apiKey };
  const title = `${model} (${dialect})`;
  const messages = messagesOf(prompt);
  const reading$ =
    dialect === 'openai-chat'
      ? measure(title, openAiChat, { ...request, body: { model, messages } })
      : measure(title, anthropicMessages, { ...request, body: { model, max_tokens: 1024, messages } });
  const access = key === undefined ? 'without a key' : `with the key in ${key.variable}`;
  // Without user name and query: those may hold credentials.
  const { origin, pathname } = new URL(baseUrl);
  return {
    intro: `Asking ${origin}${pathname} ${access}: ${prompt}`,
    scene$: reading$.pipe(map((reading) => [reading])),
  };
};
