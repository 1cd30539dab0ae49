import fc from 'fast-check';
import {
  concatMap,
  defer,
  dematerialize,
  finalize,
  materialize,
  Observable,
  type ObservableNotification,
  type OperatorFunction,
  Subject,
  type Subscriber,
  takeUntil,
} from 'rxjs';

import { operate } from '../../src/internal/operate.ts';
import { expectNoUncaughtError } from '../support/record.ts';

/** What a stage does about something that came: values to write, then perhaps an end. */
interface Turn {
  readonly write: readonly number[];
  readonly then: 'go on' | 'complete' | 'error' | 'throw';
}

/** A stage, written down: what it does about a value (by its last digit), an error, a completion. */
interface Plan {
  readonly next: readonly Turn[];
  readonly error: Turn | undefined;
  readonly complete: Turn | undefined;
}

const digit = (value: number): number => Math.abs(value) % 10;

const play = (turn: Turn, input: number, out: Subscriber<number>): void => {
  for (const value of turn.write) out.next(input * 10 + value);
  if (turn.then === 'complete') out.complete();
  if (turn.then === 'error') out.error('of the stage');
  if (turn.then === 'throw') throw 'of the stage';
};

const operated = ({ next, error, complete }: Plan): OperatorFunction<number, number> =>
  operate((out) => ({
    next: (value) => play(next[digit(value) % next.length] as Turn, value, out),
    ...(error && { error: () => play(error, 7, out) }),
    ...(complete && { complete: () => play(complete, 8, out) }),
  }));

const notifications = (turn: Turn, input: number): ObservableNotification<number>[] => [
  ...turn.write.map((value) => ({ kind: 'N', value: input * 10 + value }) as const),
  ...(turn.then === 'complete' ? [{ kind: 'C' } as const] : []),
  ...(turn.then === 'error' || turn.then === 'throw' ? [{ kind: 'E', error: 'of the stage' } as const] : []),
];

/** The same stage, composed of operators of RxJS. */
const composed =
  ({ next, error, complete }: Plan): OperatorFunction<number, number> =>
  (source) =>
    defer(() =>
      source.pipe(
        materialize(),
        concatMap((notification): ObservableNotification<number>[] => {
          if (notification.kind === 'N')
            return notifications(next[digit(notification.value) % next.length] as Turn, notification.value);
          if (notification.kind === 'E') return error ? notifications(error, 7) : [notification];
          return complete ? notifications(complete, 8) : [notification];
        }),
        dematerialize(),
      ),
    );

type Action = { readonly do: 'next'; readonly value: number } | { readonly do: 'error' | 'complete' | 'leave' };

/** What happens, in order, and what the consumer does from within when it gets its nth value. */
interface Schedule {
  readonly script: readonly Action[];
  readonly reactions: Readonly<Record<number, readonly Action[]>>;
  /** Whether the script is played while the source is still being subscribed to. */
  readonly isSynchronous: boolean;
}

/** What can be seen of one run: values, the end, and how often the source was left. */
const run = (operator: OperatorFunction<number, number>, { script, reactions, isSynchronous }: Schedule) => {
  const log: string[] = [];
  let left = 0;
  const leave = new Subject<void>();
  let feed: Subscriber<number> | undefined;
  const act = (action: Action): void => {
    if (action.do === 'next') feed?.next(action.value);
    if (action.do === 'error') feed?.error('of the source');
    if (action.do === 'complete') feed?.complete();
    if (action.do === 'leave') leave.next();
  };
  const playScript = (): void => {
    for (const action of script) act(action);
  };
  let count = 0;
  new Observable<number>((out) => {
    feed = out;
    if (isSynchronous) playScript();
  })
    .pipe(
      finalize(() => (left += 1)),
      operator,
      takeUntil(leave),
    )
    .subscribe({
      next: (value) => {
        log.push(String(value));
        for (const action of reactions[(count += 1)] ?? []) act(action);
      },
      error: (error: string) => log.push(`error ${error}`),
      complete: () => log.push('complete'),
    });
  if (!isSynchronous) playScript();
  return { log, left, isOpen: feed?.closed === false };
};

const turns: fc.Arbitrary<Turn> = fc.record({
  write: fc.array(fc.nat(9), { maxLength: 3 }),
  then: fc.oneof(
    { weight: 8, arbitrary: fc.constant('go on' as const) },
    fc.constantFrom('complete' as const, 'error' as const, 'throw' as const),
  ),
});
const endings: fc.Arbitrary<Turn> = fc.record({
  write: fc.array(fc.nat(9), { maxLength: 2 }),
  then: fc.constantFrom('complete' as const, 'error' as const, 'throw' as const),
});
const plans: fc.Arbitrary<Plan> = fc.record({
  next: fc.array(turns, { minLength: 1, maxLength: 4 }),
  error: fc.option(endings, { nil: undefined }),
  complete: fc.option(endings, { nil: undefined }),
});
const actions = fc.oneof(
  { weight: 8, arbitrary: fc.nat(9).map((value): Action => ({ do: 'next', value })) },
  fc.constantFrom<Action>({ do: 'error' }, { do: 'complete' }, { do: 'leave' }),
);
const schedules: fc.Arbitrary<Schedule> = fc.record({
  script: fc.array(actions, { maxLength: 6 }),
  reactions: fc.dictionary(fc.nat({ max: 12 }).map(String), fc.array(actions, { maxLength: 3 }), { maxKeys: 3 }),
  isSynchronous: fc.boolean(),
});

describe('operate, beside what concatMap makes of the same stage', () => {
  expectNoUncaughtError();

  it('does the same, whatever comes when, from outside or from within', () => {
    fc.assert(
      fc.property(plans, schedules, (plan, schedule) => {
        expect(run(operated(plan), schedule)).toEqual(run(composed(plan), schedule));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does the same twice over, one behind the other', () => {
    fc.assert(
      fc.property(plans, plans, schedules, (first, second, schedule) => {
        const both =
          (form: (plan: Plan) => OperatorFunction<number, number>): OperatorFunction<number, number> =>
          (source) =>
            source.pipe(form(first), form(second));
        expect(run(both(operated), schedule)).toEqual(run(both(composed), schedule));
      }),
      { numRuns: 2_000 },
    );
  });
});
