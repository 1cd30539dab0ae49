import { TestScheduler } from 'rxjs/testing';

export type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

/** Runs `body` in virtual time, one frame = 1 ms, asserting with jest's own diff. */
export const marbles = (body: (helpers: Helpers) => void) => (): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);
