import { answerServerContract } from './answerServerContract.ts';

let users = 0;

describe('the server with Express', () => {
  answerServerContract({
    command: ['examples/express-server/main.ts'],
    env: { API_TOKENS: Array.from({ length: 20 }, (_, at) => `token-${at}=user-${at}`).join(',') },
    async signIn() {
      return { authorization: `Bearer token-${users++}` };
    },
  });
});
