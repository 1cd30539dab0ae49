import OpenAI from 'openai';

import { exampleServer } from '../support/exampleServer.ts';
import { answerServerContract, exampleUsers, timeoutMs } from './answerServerContract.ts';

const command = ['examples/express-server/main.ts'];

describe('the server with Express', () => {
  const { env, signIn } = exampleUsers();
  answerServerContract({ command, env, signIn });

  it(
    'lets the client of OpenAI read, resume and stop',
    async () => {
      const { origin, stderr } = await exampleServer(command, env);
      const { authorization } = await signIn();
      const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: authorization.slice('Bearer '.length) });
      const question = { model: 'any', input: 'What is a stream?', stream: true } as const;
      let [id, at, text] = ['', 0, ''];
      for await (const event of await client.responses.create(question)) {
        if (event.type === 'response.created') id = event.response.id;
        if (event.type === 'response.output_text.delta') text += event.delta;
        at = event.sequence_number;
        if (text.length > 20) break;
      }

      expect(text).not.toMatch(/writing, too\.$/);
      for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: at })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
      }
      expect(text).toMatch(/^A stream is an answer .* stops writing, too\.$/);

      const other = await client.responses.create(question);
      for await (const event of other) if (event.type === 'response.created') ({ id } = event.response);
      expect(await client.responses.cancel(id)).toMatchObject({ id, status: 'completed' });
      await expect(new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'wrong', maxRetries: 0 }).responses.retrieve(id))
        .rejects //
        .toMatchObject({ status: 403 });
      expect(stderr()).toBe('');
    },
    timeoutMs,
  );
});
