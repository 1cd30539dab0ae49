import { EMPTY, finalize, from, map, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';

import { operate } from '../../src/internal/operate.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record } from '../support/record.ts';

/** Every letter twice: `a` becomes `a`, `A`. */
const twice = operate<string, string>((out) => ({
  next(letter) {
    out.next(letter);
    out.next(letter.toUpperCase());
  },
}));

describe('operate', () => {
  expectNoUncaughtError();

  it(
    'gives what the stage writes, and leaves the source when it completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a--b--|');
      const subs = '         ^------!';
      const expected = '     -x--y--|';

      const joined = source.pipe(operate<string, string>((out) => ({ next: (letter) => out.next(letter + letter) })));
      expectObservable(joined).toBe(expected, { x: 'aa', y: 'bb' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent over a source that is silent', () => {
    expect(record(NEVER.pipe(twice))).toEqual({ values: [], ending: 'none' });
  });

  it('completes over an empty source', () => {
    expect(record(EMPTY.pipe(twice))).toEqual({ values: [], ending: 'complete' });
  });

  it('passes on an error of the source that the stage has no answer to', () => {
    expect(record(throwError(() => 'boom').pipe(twice))).toEqual({ values: [], ending: 'error', error: 'boom' });
  });

  it(
    'leaves the source when the consumer leaves',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -a--b--c--');
      const unsub = '       -----!    ';
      const subs = '        ^----!    ';
      const expected = '    -a--b     ';

      expectObservable(source.pipe(operate((out) => ({ next: (letter) => out.next(letter) }))), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless('a');

    expect(record(from(source).pipe(twice, take(3)))).toEqual({ values: ['a', 'A', 'a'], ending: 'complete' });
    expect(pulled()).toBe(2);
  });

  it('calls the stage once per subscription', () => {
    const count = operate<string, number>((out) => {
      let seen = 0;
      return { next: () => out.next((seen += 1)) };
    });
    const counted = of('a', 'b').pipe(count);

    expect(record(counted).values).toEqual([1, 2]);
    expect(record(counted).values).toEqual([1, 2]);
  });

  it('makes an error of what the stage throws when it is made', () => {
    const broken = operate<string, string>(() => {
      throw new Error('no stage');
    });
    expect(record(of('a').pipe(broken))).toMatchObject({ values: [], ending: 'error', error: { message: 'no stage' } });
  });

  describe('re-entrant sources', () => {
    /** Feeds the source from inside the consumer, on the first value. */
    const reentrant = (react: (source: Subject<string>) => void) => {
      const source = new Subject<string>();
      let isFirst = true;
      const seen = source.pipe(
        twice,
        map((letter) => {
          if (isFirst) {
            isFirst = false;
            react(source);
          }
          return letter;
        }),
      );
      const log: string[] = [];
      seen.subscribe({
        next: (letter) => log.push(letter),
        error: (error: string) => log.push(`error ${error}`),
        complete: () => log.push('complete'),
      });
      source.next('a');
      return { log, source };
    };

    it('keep their order', () => {
      const { log } = reentrant((source) => {
        source.next('b');
        source.next('c');
      });
      expect(log).toEqual(['a', 'A', 'b', 'B', 'c', 'C']);
    });

    it('complete after what came before', () => {
      const { log, source } = reentrant((subject) => {
        subject.next('b');
        subject.complete();
        subject.next('c');
      });
      expect(log).toEqual(['a', 'A', 'b', 'B', 'complete']);
      expect(source.observed).toBe(false);
    });

    it('fail after what came before', () => {
      const { log, source } = reentrant((subject) => {
        subject.next('b');
        subject.error('boom');
      });
      expect(log).toEqual(['a', 'A', 'b', 'B', 'error boom']);
      expect(source.observed).toBe(false);
    });
  });

  it('hands the stage nothing more once the consumer has left', () => {
    const source = new Subject<string>();
    const worked: string[] = [];
    const noting = operate<string, string>((out) => ({
      next(letter) {
        worked.push(letter);
        out.next(letter);
      },
    }));
    const leaving = source.pipe(noting).subscribe(() => {
      source.next('b');
      leaving.unsubscribe();
      source.next('c');
    });
    source.next('a');

    expect(worked).toEqual(['a']);
  });

  describe('a stage that goes on when its source has ended', () => {
    const log: string[] = [];
    const goingOn = operate<string, string>((out) => ({
      next: (letter) => out.next(letter),
      complete: () => log.push('goes on'),
    }));
    beforeEach(() => log.splice(0));

    it('lets go of the source', () => {
      of('a')
        .pipe(
          finalize(() => log.push('left')),
          goingOn,
        )
        .subscribe({ next: (letter) => log.push(letter), complete: () => log.push('complete') });

      expect(log).toEqual(['a', 'goes on', 'left']);
    });

    it('lets go of it also when it ended from inside the consumer', () => {
      const source = new Subject<string>();
      source
        .pipe(
          finalize(() => log.push('left')),
          goingOn,
        )
        .subscribe((letter) => {
          log.push(letter);
          source.complete();
        });
      source.next('a');

      expect(log).toEqual(['a', 'goes on', 'left']);
    });
  });

  describe('a stage that throws', () => {
    const boom = new Error('boom');
    const source = new Observable<string>((out) => {
      out.next('a');
      out.next('b');
      return () => (left += 1);
    });
    let left = 0;
    beforeEach(() => (left = 0));

    it('in next: what it wrote before is delivered, then the error, and the source is left', () => {
      const throwing = operate<string, string>((out) => ({
        next(letter) {
          out.next(letter);
          throw boom;
        },
      }));
      expect(record(source.pipe(throwing))).toEqual({ values: ['a'], ending: 'error', error: boom });
      expect(left).toBe(1);
    });

    it('in next, for a value that waited its turn', () => {
      const subject = new Subject<string>();
      const seen = subject.pipe(
        operate<string, string>((out) => ({
          next(letter) {
            out.next(letter);
            if (letter === 'b') throw boom;
            out.next(letter);
          },
        })),
      );
      const log: unknown[] = [];
      seen.subscribe({
        next: (letter) => {
          log.push(letter);
          if (log.length === 1) subject.next('b');
        },
        error: (error: unknown) => log.push(error),
      });
      subject.next('a');

      expect(log).toEqual(['a', 'a', 'b', boom]);
      expect(subject.observed).toBe(false);
    });

    it.each(['complete', 'error'] as const)('in %s', (ending) => {
      const throwing = operate<string, string>((out) => ({
        next: (letter) => out.next(letter),
        [ending]: () => {
          throw boom;
        },
      }));
      const end = ending === 'complete' ? EMPTY : throwError(() => 'of the source');
      expect(record(end.pipe(throwing))).toEqual({ values: [], ending: 'error', error: boom });
    });

    it('is not heard once the consumer has left', () => {
      const throwing = operate<string, string>((out) => ({
        next(letter) {
          out.next(letter);
          throw boom;
        },
      }));
      expect(record(source.pipe(throwing, take(1)))).toEqual({ values: ['a'], ending: 'complete' });
    });
  });

  it('lets a consumer that throws fail the stream, and leaves the source', () => {
    const subject = new Subject<string>();
    const seen: unknown[] = [];
    subject
      .pipe(
        twice,
        map((letter) => {
          if (letter === 'B') throw new Error('consumer');
          return letter;
        }),
      )
      .subscribe({ next: (letter) => seen.push(letter), error: ({ message }: Error) => seen.push(message) });
    subject.next('a');
    subject.next('b');
    subject.next('c');

    expect(seen).toEqual(['a', 'A', 'b', 'consumer']);
    expect(subject.observed).toBe(false);
  });
});
