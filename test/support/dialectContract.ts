import type { DialectCase } from './dialectContract/DialectCase.ts';
import { messageFacts } from './dialectContract/messageFacts.ts';
import { requestFacts } from './dialectContract/requestFacts.ts';
import { serverFacts } from './dialectContract/serverFacts.ts';
import { stepFacts } from './dialectContract/stepFacts.ts';
import { strangeFacts } from './dialectContract/strangeFacts.ts';
import { wholeFacts } from './dialectContract/wholeFacts.ts';
import { wireFacts } from './dialectContract/wireFacts.ts';

/** What holds for every dialect: its requests, its wire both ways, rounds of tools, and a server that speaks it. */
export const dialectContract = (makeCase: () => DialectCase): void => {
  const of = makeCase();

  describe(of.dialect.name, () => {
    requestFacts(of);
    wireFacts(of);
    strangeFacts(of);
    wholeFacts(of);
    stepFacts(of);
    messageFacts(of);
    serverFacts(of);
  });
};
