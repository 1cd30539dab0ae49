import type { Kind } from './Kind.ts';
import type { LiveOperator } from './LiveOperator.ts';

/** An operator in its place: what reaches it, and what it gives on. */
export interface Flow {
  readonly operator: LiveOperator;
  readonly gets: Kind;
  readonly gives: Kind;
  readonly fits: boolean;
}

/** What flows between the operators of a pipeline that begins with frames; one that does not fit is passed by. */
export const flowOf = (operators: readonly LiveOperator[]): readonly Flow[] => {
  let kind: Kind = 'frames';
  return operators.map((operator) => {
    const gets = kind;
    const fits = operator.takes === 'any' || operator.takes === gets;
    if (fits && operator.gives !== 'any') kind = operator.gives;
    return { operator, gets, gives: kind, fits };
  });
};
