import { answerServerContract } from './answerServerContract.ts';

let users = 0;

describe('the server with Hono', () => {
  answerServerContract({
    command: ['examples/hono-server/main.ts'],
    env: { API_TOKENS: Array.from({ length: 20 }, (_, at) => `token-${at}=user-${at}`).join(',') },
    async signIn() {
      return { authorization: `Bearer token-${users++}` };
    },
  });
});
