import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until it holds: for what another process does in its own time. */
export const until = async (holds: () => Promise<boolean> | boolean, ms = 5_000): Promise<void> => {
  for (const giveUpMs = Date.now() + ms; !(await holds());) {
    if (Date.now() > giveUpMs) throw new Error(`it does not come to be within ${ms} ms`);
    await delay(10);
  }
};
