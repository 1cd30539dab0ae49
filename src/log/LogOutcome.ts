import { errorFromJson } from '../errors/errorFromJson.ts';
import { LogError } from '../errors/LogError.ts';
import type { LogEnding } from './LogDriver.ts';

/** How an answer ended, as its readers are told. */
export type LogOutcome =
  | { readonly state: 'complete' }
  | { readonly state: 'stopped'; readonly reason: string }
  /** With what the source threw, or a `LogError` (`lost`) where its producer died. */
  | { readonly state: 'failed' | 'lost'; readonly error: unknown };

export const outcomeOf = (ending: LogEnding, logId: string): LogOutcome => {
  switch (ending.state) {
    case 'failed':
      return { state: 'failed', error: errorFromJson(ending.error) };
    case 'lost':
      return { state: 'lost', error: new LogError('lost', logId) };
    default:
      return ending;
  }
};
