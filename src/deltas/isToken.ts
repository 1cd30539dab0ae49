import type { Delta } from './Delta.ts';

/** Whether a delta brings something of the answer itself: what a user waits for, and what a retry would repeat. */
export const isToken = ({ type }: Delta): boolean =>
  type === 'text' || type === 'reasoning' || type === 'refusal' || type === 'tool-call' || type === 'audio';
