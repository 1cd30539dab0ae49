import type { Expected, Mode } from './FaultCase.ts';
import type { Wire } from './FaultAnswer.ts';

export type Expectations = Readonly<Record<Mode, Expected>>;

const all = (expected: Expected): Expectations => ({ plain: expected, retry: expected, resume: expected });

export const everRight = all('right');
export const everError = all('error');

/** Retries and resumptions that rxllm makes by default. */
const maxRetries = 2;
const maxResumes = 3;

/**
 * What must come of an answer that ends after `bytes` bytes, for the first `times` requests. Only bytes that surely arrive
 * count: where the connection is reset (`isLossy`), the reader may have less than was sent.
 */
export const afterBytes = (wire: Wire, bytes: number, times: number, isLossy: boolean): Expectations => {
  const isWhole = bytes >= wire.finishBytes;
  const hasToken = bytes >= wire.firstTokenBytes;
  if (isWhole)
    return isLossy ? { plain: 'either', retry: 'either', resume: times <= maxRetries ? 'right' : 'either' } : everRight;
  const retry = (): Expected => {
    if (times > maxRetries) return hasToken && !isLossy ? 'error' : hasToken ? 'either' : 'error';
    return hasToken ? (isLossy ? 'either' : 'error') : 'right';
  };
  const resume = (): Expected => {
    if (times <= maxRetries) return 'right';
    return hasToken && maxResumes > 0 ? 'either' : 'error';
  };
  return { plain: 'error', retry: retry(), resume: resume() };
};

/** What must come of an error that may heal (`isRetryable`) or not, after or before something of the answer. */
export const afterError = (isRetryable: boolean, hasToken: boolean, times: number): Expectations => {
  if (!isRetryable) return everError;
  const heals = times <= maxRetries;
  return {
    plain: 'error',
    retry: heals && !hasToken ? 'right' : 'error',
    resume: heals ? 'right' : hasToken ? 'either' : 'error',
  };
};
