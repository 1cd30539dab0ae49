import { runInThisContext } from 'node:vm';

import { config } from 'rxjs';

/** As much of `process` as tells of errors that nobody took. */
export interface ErrorEvents {
  on(event: string, listener: (error: unknown) => void): unknown;
  off(event: string, listener: (error: unknown) => void): unknown;
}

export interface UncaughtWatch {
  readonly errors: readonly unknown[];
  readonly stop: () => void;
}

/** Notes every error and rejection that nobody takes, until it is stopped. */
export const watchUncaught = (
  // What jest gives tests as `process` is a copy that hears of no event.
  source: ErrorEvents = runInThisContext('process') as NodeJS.Process,
): UncaughtWatch => {
  const errors: unknown[] = [];
  const note = (error: unknown): void => {
    errors.push(error);
  };
  const before = config.onUnhandledError;
  source.on('uncaughtException', note);
  source.on('unhandledRejection', note);
  config.onUnhandledError = note;
  return {
    errors,
    stop: () => {
      source.off('uncaughtException', note);
      source.off('unhandledRejection', note);
      config.onUnhandledError = before;
    },
  };
};
