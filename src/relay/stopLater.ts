import { defer, retry, timer } from 'rxjs';

import type { RelayAccess } from './RelayOptions.ts';
import { stopAnswer } from './stopAnswer.ts';

/** How often an answer may not be there: a request that was left early may reach its server after the wish to stop it. */
const maxRetries = 3;

/** Stops an answer that nobody listens to any more; where that fails there is nobody to tell. */
export const stopLater = (url: string, access: RelayAccess): void => {
  defer(async () => {
    if (!(await stopAnswer(url, access))) throw new Error('there is nothing to stop yet');
  })
    .pipe(retry({ count: maxRetries, delay: (_error, count) => timer(500 * 2 ** (count - 1)) }))
    .subscribe({ error: () => undefined });
};
