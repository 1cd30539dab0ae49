import { deltasOf, framesOf } from '../faults/FaultAnswer.ts';
import type { FaultCase } from '../faults/FaultCase.ts';
import type { TrialResult } from '../faults/runTrials.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { caseName, type FilledCell } from './Cell.ts';
import { packagesOf } from './document.ts';
import { wordOf } from './words.ts';

const maxChars = 4_000;

const shortened = (text: string): string =>
  text.length <= maxChars ? text : `${text.slice(0, maxChars)}\n... ${text.length - maxChars} more characters`;

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');

const howEnded = ({ fault, transfer }: Reply): string => {
  switch (fault?.kind) {
    case undefined:
      return 'and ends in good order';
    case 'cut':
      if (fault.with === 'rst') return 'then a reset';
      return transfer === 'chunked' ? 'then the connection ends within the chunked body' : 'then the connection ends';
    case 'stall':
      return 'then silence';
    case 'heartbeats':
      return `then a heartbeat every ${fault.everyMs} ms`;
  }
};

/** What the server sends to the first request. */
const sent = ({ dialect, answer, break: breakDown }: FaultCase): string => {
  const reply = breakDown({ deltas: deltasOf(answer) }, 0, 'begin');
  const { status = 200, headers = {}, bytes, error, headMs = 0, writeBytes, lineEnd, frameMs, fault } = reply;
  const head = [`HTTP ${status}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(', ');
  const frames = (): string => {
    const deltas = [...(reply.deltas ?? [])];
    return `${framesOf(dialect, deltas, lineEnd).join('')}${error ? `(the error, as an event: ${JSON.stringify(error)})` : ''}`;
  };
  const whole = Buffer.from(
    bytes ?? (status === 200 ? frames() : `(the error in the provider's shape: ${JSON.stringify(error)})`),
  );
  const body = whole.subarray(0, fault?.afterBytes ?? whole.length).toString();
  const how = [
    headMs > 0 ? `the head after ${headMs} ms` : '',
    writeBytes === undefined ? '' : `${writeBytes} bytes per write`,
    lineEnd === undefined ? '' : `line ends ${JSON.stringify(lineEnd)}`,
    frameMs === undefined ? '' : `${frameMs} ms between events`,
  ].filter((text) => text !== '');
  return [
    `  sent to the first request: ${[head, ...how].join(', ')}`,
    indented(shortened(body.replaceAll('\r', '␍').replaceAll('\u{FEFF}', '<BOM>').trimEnd())),
    `    (${howEnded(reply)})`,
  ].join('\n');
};

const expectations = {
  right: 'the right answer',
  honest: 'the right answer, or an error',
  none: 'anything; it is shown and not judged',
};

const done = (result: TrialResult, requests: number): string => {
  const { outcome, tookMs, isLeaked } = result;
  const last = outcome.shown.at(-1);
  return [
    `  done: ${outcome.ending} after ${Math.round(tookMs)} ms and ${requests} request${requests === 1 ? '' : 's'}` +
      (outcome.error === undefined ? '' : `, with ${shortened(outcome.error)}`),
    `    last shown: ${shortened(JSON.stringify(last) ?? 'nothing')}`,
    ...(outcome.partial === undefined ? [] : [`    kept by the client: ${shortened(JSON.stringify(outcome.partial))}`]),
    ...(isLeaked ? ['    its connection was still open two seconds later'] : []),
    `    that is: ${wordOf(result)}`,
  ].join('\n');
};

/** All that there is to tell of a cell: what was sent, what was expected, what the client did. */
export const detail = (cell: FilledCell, requestsOf: (faultCase: FaultCase) => number): string => {
  const { conformanceCase, client, word, isGood, results } = cell;
  const { answer, leave } = cell.trials[0] as FaultCase;
  const most = 3;
  // Of many exchanges the worst are shown.
  const shown = results.filter((result) => results.length <= most || wordOf(result) === word).slice(0, most);
  return [
    `${caseName(cell)} for ${client.title} (${packagesOf(client)}): ${word}${isGood ? '' : ', which is not good enough'}`,
    `  what happens: ${conformanceCase.title}`,
    `  expected: ${expectations[conformanceCase.bar]}`,
    ...(leave === undefined ? [`    ${shortened(JSON.stringify(answer.whole))}`] : []),
    ...(results.length > most ? [`  ${results.length} exchanges, of which ${shown.length} are shown`] : []),
    ...shown.flatMap((result) => [sent(result.trial.faultCase), done(result, requestsOf(result.trial.faultCase))]),
  ].join('\n');
};
