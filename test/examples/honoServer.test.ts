import { answer } from 'rxllm/testing';
import { openAiChat } from 'rxllm/openai';

import { exampleServer } from '../support/exampleServer.ts';
import { provider, until } from '../support/provider.ts';
import { answerServerContract, exampleUsers, timeoutMs } from './answerServerContract.ts';

const command = ['examples/hono-server/main.ts'];

describe('the server with Hono', () => {
  const { env, signIn } = exampleUsers();
  answerServerContract({ command, env, signIn });

  it(
    'makes an answer that belongs to its request for as long as that is there',
    async () => {
      const { requests, baseUrl } = await provider({
        replies: [{ deltas: answer({ text: 'a '.repeat(9_000) }), frameMs: 5 }],
      });
      const { origin } = await exampleServer(command, { ...env, OPENAI_BASE_URL: baseUrl(openAiChat) });
      const headers = { ...(await signIn()), 'content-type': 'application/json' };
      const ask = (body: string): Promise<Response> => fetch(`${origin}/once`, { method: 'POST', headers, body });
      const reader = (await ask('{"question":"Why?"}')).body?.getReader();
      const decoder = new TextDecoder();
      for (let text = ''; !text.includes('"text":" a"');) text += decoder.decode((await reader?.read())?.value);
      await reader?.cancel();

      await until(() => requests[0]?.endedBy === 'client', 'the model seeing the server leave', 10_000);
      expect([(await ask('{}')).status, (await ask('{')).status]).toEqual([400, 400]);
      expect(requests).toHaveLength(1);
    },
    timeoutMs,
  );
});
