import { catchError, concat, EMPTY, from, of, throwError } from 'rxjs';
import { accumulateDelta, decodeDeltas, type Dialect, NetworkError } from 'rxllm';

import { type Fixture, fixtures } from '../support/fixtures.ts';
import { decode, type Outcome, outcomeOf } from '../support/outcome.ts';
import { beginnings } from '../support/thorough.ts';

// Tens of thousands of errors are made here, and capturing their stacks would be most of the work.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const reset = new NetworkError({ url: 'http://server.test', code: 'ECONNRESET', phase: 'body' });

const decodeThenReset = (dialect: Dialect, bytes: Uint8Array, expectedChoices = 1): Outcome =>
  outcomeOf(
    concat(
      from([bytes]),
      throwError(() => reset),
    ).pipe(decodeDeltas(dialect, { expectedChoices }), accumulateDelta()),
  );

/** What an answer says, as text, without what may be missing at its end: usage, and what merely accompanies it. */
const content = ({ completion }: Outcome): string =>
  JSON.stringify([
    completion?.choices.map(({ index, text, reasoning, refusal, finishReason }) => [
      index,
      text,
      reasoning,
      refusal,
      finishReason,
    ]),
    completion?.toolCalls.map((call) => [call.id, call.name, call.status, 'arguments' in call && call.arguments]),
  ]);

/** What is wrong with the outcome of an answer that was cut in good order; `undefined` when nothing is. */
const wrongWith = (outcome: Outcome, whole: Outcome): string | undefined => {
  const { tag, completion } = outcome;
  if (tag === 'complete') return content(outcome) === content(whole) ? undefined : 'whole, with less in it';
  if (tag !== 'TruncatedError') return tag;
  if (completion?.ended === true) return 'an error with ended: true';
  if (whole.completion?.text.startsWith(completion?.text ?? '') !== true) return 'a partial that is no beginning';
  // Law 5: nothing that was cut may be run.
  const unfinished = (completion?.choices ?? []).filter(({ finishReason }) => finishReason === undefined);
  return unfinished.every(({ toolCalls }) => toolCalls.every(({ status }) => status === 'cut-short'))
    ? undefined
    : 'a tool call that may be run';
};

/** What a check says of the beginnings of a stream, where it says anything. */
const faultsAtCuts = (bytes: Uint8Array, check: (start: Uint8Array) => string | undefined): readonly string[] =>
  beginnings(bytes).flatMap((length) => {
    const fault = check(bytes.slice(0, length));
    return fault === undefined ? [] : [`${length} bytes: ${fault}`];
  });

const named = (list: readonly Fixture[]): [string, Fixture][] => list.map((fixture) => [fixture.name, fixture]);
const wellFormed = fixtures.filter(({ golden }) => golden.outcome === 'complete');
const faulty = fixtures.filter(({ golden }) => golden.outcome !== 'complete');

describe('law 2: an answer is whole, or the stream ends in an error', () => {
  it.each(named(wellFormed))(
    '%s is whole or an error with what came, wherever it is cut or reset',
    (_, { dialect, bytes, golden: { expectedChoices } }) => {
      const whole = decode(dialect, [bytes], expectedChoices);
      const faults = faultsAtCuts(bytes, (start) => {
        const cut = decode(dialect, [start], expectedChoices);
        const broken = decodeThenReset(dialect, start, expectedChoices);
        if (broken.tag !== (cut.tag === 'complete' ? 'complete' : 'NetworkError')) return `a reset gives ${broken.tag}`;
        return content(broken) === content(cut) ? wrongWith(cut, whole) : 'a reset gives another answer';
      });

      expect(faults).toEqual([]);
    },
  );

  it.each(named(faulty))('%s is never whole, wherever it is cut', (_, { dialect, bytes }) => {
    expect(faultsAtCuts(bytes, (start) => (decode(dialect, [start]).tag === 'complete' ? 'whole' : undefined))).toEqual(
      [],
    );
  });
});

describe('law 3: a stop reason does not end the stream', () => {
  it.each(named(wellFormed.filter(({ golden }) => golden.usage)))(
    '%s keeps the usage that comes after it',
    (_, { dialect, bytes, golden }) => {
      expect(decode(dialect, [bytes], golden.expectedChoices).completion?.usage).toMatchObject(golden.usage ?? {});
    },
  );
});

describe('law 4: what a retry brings replaces what was there', () => {
  it.each(named(wellFormed))('%s after half of itself is itself', (_, { dialect, bytes, golden }) => {
    const options = { expectedChoices: golden.expectedChoices };
    const half = of(bytes.slice(0, bytes.length / 2)).pipe(decodeDeltas(dialect, options));
    const whole = of(bytes).pipe(decodeDeltas(dialect, options));
    const retried = concat(half.pipe(catchError(() => EMPTY)), whole).pipe(accumulateDelta());

    expect(outcomeOf(retried)).toEqual(decode(dialect, [bytes], golden.expectedChoices));
  });
});
