import { answerServerContract } from './answerServerContract.ts';

describe('the server with plain http', () => {
  answerServerContract({
    command: ['examples/http-server/main.ts'],
    env: {},
    async signIn(origin) {
      const { headers } = await fetch(origin);
      return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' };
    },
  });
});
