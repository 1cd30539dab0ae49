import { concat, defer, finalize, from, NEVER, of, Subject, take, throwError } from 'rxjs';
import { type Delta, InvalidOptionError, LimitError, streamDeltas, TruncatedError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { raceFirstToken } from '../../src/combine/raceFirstToken.ts';
import { audio, call, end, finish, other, reasoning, refusal, start, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const values: Record<string, Delta> = { s: start(), t: text(0, 'a'), f: finish('stop'), e: end };
const first = new TruncatedError();
const last = new TruncatedError();

describe('raceFirstToken', () => {
  it(
    'gives all deltas of the first to give a token, and leaves the others at that moment',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  s-----t--t--e|', values);
      const aSubs = '   ^---!';
      const b = cold('  -s--t----t-(e|)', values);
      const bSubs = '   ^----------!';
      const c = cold('  --#', values, first);
      const cSubs = '   ^-!';
      const expected = '----(st)-t-(e|)';

      expectObservable(raceFirstToken([a, b, c])).toBe(expected, values);
      expectSubscriptions(a.subscriptions).toBe(aSubs);
      expectSubscriptions(b.subscriptions).toBe(bSubs);
      expectSubscriptions(c.subscriptions).toBe(cSubs);
    }),
  );

  it(
    'gives an answer without a token only once all others have failed',
    marbles(({ cold, expectObservable }) => {
      const empty = cold(' -s-(fe|)', values);
      const failing = cold('------#', values, first);
      const expected = '   ------(sfe|)';
      expectObservable(raceFirstToken([empty, failing])).toBe(expected, values);
    }),
  );

  it(
    'lets a late token win over an answer without one',
    marbles(({ cold, expectObservable }) => {
      const empty = cold(' -(sfe|)', values);
      const late = cold('  ------(ste|)', values);
      const expected = '   ------(ste|)';
      expectObservable(raceFirstToken([empty, late])).toBe(expected, values);
    }),
  );

  it(
    'fails with the error of the last to fail',
    marbles(({ cold, expectObservable }) => {
      const a = cold('    s----#', values, last);
      const b = cold('    s-#', values, first);
      const expected = '  -----#';
      expectObservable(raceFirstToken([a, b])).toBe(expected, undefined, last);
    }),
  );

  it(
    'fails when the winner does',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  -(st)--#', values, first);
      const b = cold('  s-----t|', values);
      const bSubs = '   ^!';
      const expected = '-(st)--#';
      expectObservable(raceFirstToken([a, b])).toBe(expected, values, first);
      expectSubscriptions(b.subscriptions).toBe(bSubs);
    }),
  );

  it(
    'waits for streams that say nothing, and leaves them when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  s------', values);
      const b = cold<Delta>('  -------');
      const subs = '    ^----!';
      expectObservable(raceFirstToken([a, b]), subs).toBe('------');
      expectSubscriptions(a.subscriptions).toBe(subs);
      expectSubscriptions(b.subscriptions).toBe(subs);
    }),
  );

  it.each([text(0, 'a'), reasoning(0, 'a'), refusal(0, 'a'), call(0), audio(0, {})])(
    'takes $type for a token',
    (token) => {
      expect(record(raceFirstToken([concat(of(start(), token), NEVER)])).values).toEqual([start(), token]);
    },
  );

  it.each([start(), usage({ inputTokens: 1 }), other('x', {}), finish('stop')])('takes $type for none', (delta) => {
    expect(record(raceFirstToken([concat(of(delta), NEVER)])).values).toEqual([]);
  });

  it('subscribes to no further source once a synchronous one has won, and stops the winner when left', () => {
    const { source, pulled } = endless(text(0, 'a'));
    let subscribed = 0;
    const other = new Subject<Delta>().pipe(finalize(() => (subscribed += 1)));

    expect(record(raceFirstToken([from(source), other]).pipe(take(3))).values).toHaveLength(3);
    expect(pulled()).toBe(3);
    expect(subscribed).toBe(0);
  });

  it('completes without a delta when no source has one, and fails when one of them failed', () => {
    expect(record(raceFirstToken([of(), of()]))).toEqual({ values: [], ending: 'complete' });
    expect(record(raceFirstToken([of(), throwError(() => first), of()]))).toMatchObject({
      ending: 'error',
      error: first,
    });
  });

  it('runs a race of its own for each subscription', () => {
    const raced = raceFirstToken([throwError(() => first), from(answer({ text: 'Hi' }))]);

    expect(record(raced)).toEqual(record(raced));
    expect(record(raced).values).toEqual(answer({ text: 'Hi' }));
  });

  it('keeps the order when a delta makes the winner emit more', () => {
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    raceFirstToken([source, NEVER]).subscribe((delta) => {
      if (seen.push(delta) === 1) source.next(text(0, 'b'));
    });
    source.next(start());
    source.next(text(0, 'a'));

    expect(seen).toEqual([start(), text(0, 'a'), text(0, 'b')]);
  });

  it('lets one source win when its first delta makes another give a token', () => {
    const [a, b] = [new Subject<Delta>(), new Subject<Delta>()];
    const seen: Delta[] = [];
    raceFirstToken([a, b]).subscribe((delta) => {
      seen.push(delta);
      b.next(text(0, 'of b'));
    });
    a.next(text(0, 'of a'));

    expect(seen).toEqual([text(0, 'of a')]);
    expect(b.observed).toBe(false);
  });

  it('puts a source out that sends too much before its first token', () => {
    const talkative = defer(() => from(endless(other('x', {})).source));
    const error = new LimitError('maxHeldDeltas', 5);

    expect(record(raceFirstToken([talkative, of(text(0, 'a'))], { maxHeldDeltas: 5 })).values).toEqual([text(0, 'a')]);
    expect(record(raceFirstToken([talkative], { maxHeldDeltas: 5 })).error).toEqual(error);
  });

  it('refuses a list without sources, and what is none', () => {
    expect(thrownBy(() => raceFirstToken([]))).toBeInstanceOf(InvalidOptionError);
    expect(thrownBy(() => raceFirstToken([of(), undefined as never]))).toMatchObject({ option: 'sources[1]' });
    expect(thrownBy(() => raceFirstToken(undefined as never))).toMatchObject({ option: 'sources' });
    expect(thrownBy(() => raceFirstToken([of()], { maxHeldDeltas: 0 }))).toMatchObject({ option: 'maxHeldDeltas' });
  });

  it('closes the sockets of the losers, before headers and in a stream, while the winner goes on', async () => {
    const deltas = answer({ text: 'To be or not to be' });
    const { baseUrl, requests } = await provider({
      replies: ({ body }) => {
        const { model } = body as { model: string };
        if (model === 'stuck') return { headMs: 60_000 };
        return model === 'slow' ? { deltas, frameMs: 60_000 } : { deltas, firstFrameMs: 20, frameMs: 100 };
      },
    });
    const ask = (model: string) =>
      streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: { model, messages: [] } });
    let hasToken = false;
    raceFirstToken([ask('stuck'), ask('slow'), ask('fast')]).subscribe(() => (hasToken = true));
    await until(() => hasToken, 'a token');
    // `fetch` keeps idle connections in place of those it closed, so the server is asked which responses were cut.
    const losers = () => requests.filter(({ endedBy }) => endedBy === 'client');
    await until(() => losers().length === 2, 'the close', 500);
    expect(requests.filter(({ endedBy }) => endedBy === undefined)).toHaveLength(1);

    await until(() => requests.filter(({ endedBy }) => endedBy === 'server').length === 1, 'the winner ends');
    expect(requests.map(({ body, endedBy }) => [(body as { model: string }).model, endedBy]).sort()).toEqual([
      ['fast', 'server'],
      ['slow', 'client'],
      ['stuck', 'client'],
    ]);
  });
});
