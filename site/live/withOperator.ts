import { flowOf } from './flowOf.ts';
import type { LiveOperator } from './LiveOperator.ts';

/** `operators` and one more, in the last place where all of them fit; behind the others, where there is none. */
export const withOperator = (operators: readonly LiveOperator[], added: LiveOperator): readonly LiveOperator[] => {
  const insertedAt = (at: number) => [...operators.slice(0, at), added, ...operators.slice(at)];
  const places = operators.map((_, at) => insertedAt(operators.length - at));
  return [...places, insertedAt(0)].find((all) => flowOf(all).every(({ fits }) => fits)) ?? [...operators, added];
};
