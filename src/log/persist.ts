import { LogError } from '../errors/LogError.ts';
import { pause } from './pause.ts';

/**
 * Does an operation of an engine until it answers: what it throws that is no `LogError` says nothing about whether it happened.
 * `isWanted` tells whether an answer is still of use; where it is not, the last failure is thrown.
 */
export const persist = async <T>(operation: () => Promise<T>, isWanted: () => boolean, maxTries = 60): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof LogError || tries >= maxTries || !isWanted()) throw error;
      // Growing, and apart from what others do at the same time.
      await pause(Math.min(50 * 2 ** (tries - 1), 1_000) * (0.5 + Math.random() / 2));
      if (!isWanted()) throw error;
    }
  }
};
