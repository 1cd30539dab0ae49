import { setTimeout } from 'node:timers/promises';
import { from, map, NEVER, Observable, of, Subject, Subscription, timer } from 'rxjs';
import { accumulateDelta, type Delta, moderate, type ModerationCheck, type ModerationWindow } from 'rxllm';

import { citation, end, finish, partStart, reduceAll, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNoUncaughtError, record } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const redact = (fromChar: number, piece: string, part = 0): Delta => ({
  type: 'redact',
  choice: 0,
  part,
  fromChar,
  text: piece,
});

const step = (index: number, attempt: number): Delta => ({ type: 'start', id: 'a', model: 'm', step: index, attempt });

const isFine = ({ text: whole }: ModerationWindow): boolean => !whole.includes('bad');

/** A check that is never done, and whether somebody waits for it. */
const openCheck = () => {
  let open = 0;
  const verdict$ = new Observable<boolean>(() => {
    open += 1;
    return () => (open -= 1);
  });
  return { verdict$, open: () => open };
};

expectNoUncaughtError();

describe('moderate, with a check that does more than to answer', () => {
  it('asks once about a text', () => {
    let asks = 0;
    const { error } = record(from([text(0, 'Bad. X'), end]).pipe(moderate(() => (asks += 1) < 0)));

    expect(error).toMatchObject({ _tag: 'ModerationError' });
    expect(asks).toBe(1);
  });

  it('asks about nothing behind a failure', () => {
    const { verdict$, open } = openCheck();
    let asks = 0;
    record(from([text(0, 'Bad. X'), end]).pipe(moderate(() => ((asks += 1) === 1 ? of(false) : verdict$))));

    expect([asks, open()]).toEqual([1, 0]);
  });

  it('waits for no answer once its consumer has left inside of the check', () => {
    const { verdict$, open } = openCheck();
    const source = new Subject<Delta>();
    let subscription = new Subscription();
    const check = () => {
      subscription.unsubscribe();
      return verdict$;
    };
    subscription = source.pipe(moderate(check)).subscribe();
    source.next(text(0, 'One. T'));

    expect(open()).toBe(0);
    expect(source.observed).toBe(false);
  });

  it('does not hear a check that takes back what it is asked about', () => {
    const source = new Subject<Delta>();
    const verdicts = new Subject<boolean>();
    const fresh: string[] = [];
    const seen: Delta[] = [];
    const check: ModerationCheck = (window) => {
      if (fresh.push(window.fresh) === 1) return verdicts;
      if (window.fresh === 'Bad. ') source.next(redact(4, 'Good. B'));
      return true;
    };
    source.pipe(moderate(check)).subscribe((delta) => seen.push(delta));
    source.next(text(0, 'Ok. B'));
    source.next(text(0, 'ad. X'));
    verdicts.next(true);
    source.complete();

    expect(fresh).toEqual(['Ok. ', 'Bad. ', 'Good. ', 'B']);
    expect(reduceAll([start(), ...seen]).text).toBe('Ok. Good. B');
  });

  it('takes an answer that comes while it asks, and text that does', () => {
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    let isFirst = true;
    source
      .pipe(
        moderate(() => {
          if (isFirst) {
            isFirst = false;
            source.next(text(0, 'wo. '));
            source.complete();
          }
          return of(true, false);
        }),
      )
      .subscribe((delta) => seen.push(delta));
    source.next(text(0, 'One. T'));

    expect(seen).toEqual([text(0, 'One. '), text(0, 'Two. ')]);
  });
});

describe('moderate, where another operator redacts a part without text', () => {
  it.each<[string, Delta]>([
    ['a piece without a character', text(0, '')],
    ['a citation', citation(0, { url: 'u' })],
    ['the beginning of a part', partStart(0, 'text')],
  ])('checks what is put there behind %s', (_, opener) => {
    const deltas = (piece: string) => from([start(), opener, redact(0, piece), finish('stop'), end]);

    expect(reduceAll(record(deltas('bad').pipe(moderate(isFine))).values).text).toBe('');
    expect(reduceAll(record(deltas('Good').pipe(moderate(isFine))).values).text).toBe('Good');
  });

  it('lets nothing through where it is not known what part that is', () => {
    const { values } = record(from([start(), redact(0, 'bad', 3), end]).pipe(moderate(isFine)));

    expect(values).toEqual([start(), redact(0, '', 3), end]);
  });
});

describe('moderate, when a step before the last is tried again', () => {
  const begun = [step(0, 1), finish('tool-calls'), step(1, 1), text(0, 'bad. '), text(0, 'X')];
  const again = [step(1, 2), text(0, 'Good. '), text(0, 'Z')];

  it('drops what is held of it, and of the steps behind it', () => {
    const { verdict$, open } = openCheck();
    const fresh: string[] = [];
    const check: ModerationCheck = (window) => {
      fresh.push(window.fresh);
      return window.fresh === 'bad. ' ? verdict$ : true;
    };
    const { values } = record(from([...begun, step(2, 1), text(0, 'Y'), ...again, end]).pipe(moderate(check)));

    expect(fresh).toEqual(['bad. ', 'Good. ', 'Z']);
    expect(open()).toBe(0);
    expect(values).toEqual([step(0, 1), finish('tool-calls'), step(1, 1), ...again, end]);
  });

  it('keeps what is held of the steps before it', () => {
    const verdicts = new Subject<boolean>();
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    source.pipe(moderate(() => verdicts)).subscribe((delta) => seen.push(delta));
    for (const delta of [step(0, 1), text(0, 'Zero'), ...begun.slice(1), step(2, 1), text(0, 'Y'), ...again, end]) {
      source.next(delta);
    }
    for (let turn = 0; turn < 3; turn += 1) verdicts.next(true);

    expect(seen).toEqual([step(0, 1), text(0, 'Zero'), finish('tool-calls'), step(1, 2), text(0, 'Good. Z'), end]);
  });
});

describe('moderate, with a clock that is not to be trusted', () => {
  it('waits no longer than it may when the clock is set back', async () => {
    const { now } = Date;
    Date.now = () => now() + 5_000_000;
    try {
      const source = new Subject<Delta>();
      const seen: Delta[] = [];
      source.pipe(moderate(() => true, { maxDelayMs: 20 })).subscribe((delta) => seen.push(delta));
      source.next(text(0, 'half a sen'));
      Date.now = now;
      source.next(text(0, 'tence'));
      await setTimeout(60);

      expect(seen).toEqual([text(0, 'half a sentence')]);
    } finally {
      Date.now = now;
    }
  });
});

describe('moderate, with a slow check and much text', () => {
  const sentence = 'Nine word. ';

  it('shows each call a window and no more, and all the text in the end', () => {
    marbles(({ cold, flush }) => {
      const sizes: number[] = [];
      const check: ModerationCheck = (window) => {
        sizes.push(window.text.length);
        return timer(500).pipe(map(() => true));
      };
      let whole = '';
      cold('a', { a: text(0, sentence.repeat(5_000)) })
        .pipe(moderate(check))
        .subscribe((delta) => (whole += (delta as { text: string }).text));
      flush();

      expect(Math.max(...sizes)).toBeLessThanOrEqual(4_000);
      expect(whole === sentence.repeat(5_000)).toBe(true);
    })();
  });

  it('finds a phrase that begins before much new text', () => {
    const verdicts = new Subject<boolean>();
    let asks = 0;
    const check: ModerationCheck = ({ text: whole }) => {
      if ((asks += 1) === 2) return verdicts;
      const fromChar = whole.indexOf('pick. The lock');
      return fromChar < 0 ? true : { ok: false, fromChar };
    };
    const source = new Subject<Delta>();
    let error: unknown;
    let shown = '';
    source
      .pipe(moderate(check), accumulateDelta())
      .subscribe({ next: (completion) => (shown = completion.text), error: (reason: unknown) => (error = reason) });
    for (const piece of ['Fine. ', 'Now pick. T', `he lock. ${sentence.repeat(1_000)}`]) source.next(text(0, piece));
    verdicts.next(true);

    expect(error).toMatchObject({ _tag: 'ModerationError', fromChar: 10 });
    expect(shown).toBe('Fine. Now ');
  });

  it.each<[string, object]>([
    ['sentences', {}],
    ['no bound', { holdBackChars: Infinity, maxDelayMs: Infinity }],
    ['no bound, and no window', { holdBackChars: Infinity, maxDelayMs: Infinity, maxWindowChars: Infinity }],
    ['a window and no bound', { unit: 'chars', holdBackChars: Infinity, maxDelayMs: Infinity, maxWindowChars: 64 }],
  ])('costs time that grows as the text does, with %s', (_, options) => {
    const msOf = (pieces: number): number => {
      const list = Array.from({ length: pieces }, () => text(0, 'word '));
      const startedAt = workedMs();
      record(from(list).pipe(moderate(() => true, options)));
      return workedMs() - startedAt;
    };
    msOf(5_000);

    expect(msOf(60_000)).toBeLessThan(30 * msOf(6_000) + 500);
  });

  it('leaves what waits behind a check that never answers', () => {
    const held = record(from([text(0, sentence.repeat(10))]).pipe(moderate(() => NEVER)));

    expect(held).toEqual({ values: [], ending: 'none' });
  });
});
