import { lastValueFrom, tap } from 'rxjs';
import { accumulateDelta } from 'rxllm';
import { fromRelay } from 'rxllm/relay';

import { exampleServer } from '../support/exampleServer.ts';
import { answerServerContract, exampleUsers, timeoutMs } from './answerServerContract.ts';

const command = ['examples/nest-server/main.ts'];

describe('the server with NestJS', () => {
  const { env, signIn } = exampleUsers();
  answerServerContract({ command, env, signIn });

  it(
    "sends an answer by Nest's own events, too, from any place",
    async () => {
      const { origin, stderr } = await exampleServer(command, env);
      const headers = await signIn();
      const key = 'answer-1';
      const cursors: string[] = [];
      const onCursor = (cursor: string): unknown => cursors.push(cursor);
      const whole = lastValueFrom(
        fromRelay(`${origin}/answers`, { headers, key, body: { question: 'What?' }, onCursor }).pipe(accumulateDelta()),
      );
      while (cursors.length < 10) await new Promise((resolve) => setTimeout(resolve, 10));
      const url = `${origin}/answers/${key}/events`;
      let rest = '';
      const pushed = fromRelay(url, { headers, after: cursors[5] }).pipe(
        tap((delta) => (rest += delta.type === 'text' ? delta.text : '')),
      );
      await lastValueFrom(pushed);
      const { text } = await whole;

      expect(text).toMatch(/^A stream is an answer .* stops writing, too\.$/);
      expect(text.endsWith(rest) && rest.length > 100 && rest.length < text.length).toBe(true);
      expect((await lastValueFrom(fromRelay(url, { headers }).pipe(accumulateDelta()))).text).toBe(text);
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(url, { headers: await signIn() })).status).toBe(404);
      expect(stderr()).toBe('');
    },
    timeoutMs,
  );
});
