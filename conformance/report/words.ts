import type { Bar } from '../catalogue/ConformanceCase.ts';
import type { TrialResult } from '../faults/runTrials.ts';

/** What a cell says, from the best to the worst. */
export const words = [
  'right',
  'error+part',
  'typed error',
  'error',
  'TRUNCATED',
  'WRONG',
  'DOUBLED',
  'UNSAFE TOOL',
  'HANG',
  'LEAKED',
  'UNCAUGHT',
] as const;
export type Word = (typeof words)[number];

/** What each word means. */
export const legend: Readonly<Record<Word | 'not offered', string>> = {
  right: 'the whole answer, as it should be; where the reader leaves, that all was let go of',
  'error+part': 'an error of a kind that the client documents, and what arrived before it can be had from the client',
  'typed error':
    'an error of a kind that the client documents; who wants the part that arrived has kept it, or nothing had arrived',
  error: 'another error, such as a `TypeError` of `fetch` or a `SyntaxError` of `JSON.parse`',
  TRUNCATED: 'ended as if all were well, with less than the answer',
  WRONG: 'other text, a hole, a broken character, a wrong count, or another choice’s text',
  DOUBLED: 'text said twice, in the end or on the way',
  'UNSAFE TOOL': 'a tool call handed out to be run that was cut off, or twice',
  HANG: 'had not ended eight seconds after it began (where no clock is part of the case: sixteen)',
  LEAKED: 'the connection was still open two seconds after the reader was done with it',
  UNCAUGHT: 'an exception or rejection that nobody could take',
  'not offered': 'the client cannot be asked for this',
};

const good: Readonly<Record<Bar, readonly Word[]>> = {
  right: ['right'],
  honest: ['right', 'error+part', 'typed error', 'error'],
  none: words,
};

/** Whether a case's word is good enough. */
export const isGood = (word: Word, bar: Bar): boolean => good[bar].includes(word);

export const worseOf = (a: Word, b: Word): Word => (words.indexOf(a) > words.indexOf(b) ? a : b);

/** What became of one trial, in a word. */
export const wordOf = ({ verdict, outcome, isLeaked }: TrialResult): Word => {
  switch (verdict) {
    case 'truncated':
      return 'TRUNCATED';
    case 'doubled':
      return 'DOUBLED';
    case 'wrong':
      return 'WRONG';
    case 'unsafe':
      return 'UNSAFE TOOL';
    case 'hang':
      return 'HANG';
    default:
  }
  if (isLeaked) return 'LEAKED';
  if (verdict === 'right') return 'right';
  if (verdict === 'untyped') return 'error';
  const { partial } = outcome;
  return partial === undefined || partial === 'missing' || partial.text === '' ? 'typed error' : 'error+part';
};
