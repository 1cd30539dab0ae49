import { stripVTControlCharacters } from 'node:util';

import type { StreamError } from '../../src/index.ts';
import { type Amount, isLive, type Reading, tokensIn, tokensPerSecond } from './measure.ts';

export type Phase = 'waiting' | 'reasoning' | 'answering' | 'whole' | 'failed' | 'stopped';

export const phaseOf = ({ completion, firstTokenMs, ending }: Reading): Phase => {
  if (ending === 'whole' || ending === 'stopped') return ending;
  if (ending !== undefined) return 'failed';
  if (firstTokenMs === undefined) return 'waiting';
  return completion?.text === '' && completion.reasoning !== '' ? 'reasoning' : 'answering';
};

/** Text that cannot steer the terminal, whatever a server sends. */
export const harmless = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll('\t', '  ')
    .replace(/[^\P{Cc}\n]/gu, '');

/** How a stream stands, in a few words. */
export const stateOf = (reading: Reading): string => {
  const phase = phaseOf(reading);
  if (phase === 'waiting') return 'waiting for the first token';
  if (phase === 'whole') return `finish reason: ${reading.completion?.finishReason ?? 'none'}`;
  return typeof reading.ending === 'object' ? reading.ending._tag : phase;
};

const amount = ({ value, isEstimate }: Amount, digits: number): string =>
  `${isEstimate ? '~' : ''}${value.toFixed(digits)}`;

const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`);

/** How an answer came in: how much, and how fast. */
export const numbersOf = (reading: Reading): readonly [amounts: string, times: string] => {
  const { chunks, firstTokenMs } = reading;
  const tokens = tokensIn(reading);
  const speed = tokensPerSecond(reading);
  const amounts = [`${chunks} ${plural(chunks, 'chunk')}`];
  if (tokens.value > 0) amounts.push(`${amount(tokens, 0)} ${plural(tokens.value, 'token')}`);
  const times = [
    firstTokenMs === undefined ? (isLive(reading) ? 'no token yet' : 'no token') : `TTFT ${firstTokenMs} ms`,
  ];
  if (speed !== undefined) times.push(`${amount(speed, 1)} tokens/s`);
  return [amounts.join(' · '), times.join(' · ')];
};

/** All that a failed stream leaves behind. */
export const reportOf = (error: StreamError): string => {
  const { partial } = error;
  const said = harmless(partial?.text ?? '').trim();
  const isUnauthorized = error._tag === 'HttpError' && [401, 403].includes(error.status);
  return [
    `${error._tag}: ${harmless(error.message)}`,
    `  isRetryable: ${error.isRetryable}`,
    `  partial.text: ${partial === undefined ? 'none, nothing had arrived' : `“${said}”`}`,
    ...(isUnauthorized ? ['  Is the right key in the environment? See --help.'] : []),
  ].join('\n');
};
