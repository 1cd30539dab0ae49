import { type Completion, type Delta, reduceDelta } from 'rxllm';

import type { Kind } from './Kind.ts';

/** What a page that consumes the pipeline would show. */
export const shownText = (kind: Kind): ((value: unknown) => string) => {
  let completion: Completion | undefined;
  let text = '';
  const reduce = (delta: Delta): void => {
    completion = reduceDelta(completion, delta);
  };
  return (value) => {
    switch (kind) {
      case 'frames':
        return JSON.stringify(value);
      case 'chunks':
        return JSON.stringify(value);
      case 'deltas':
        reduce(value as Delta);
        return completion?.text ?? '';
      case 'lists of deltas':
        (value as readonly Delta[]).forEach(reduce);
        return completion?.text ?? '';
      case 'completions':
        return (value as Completion).text;
      case 'texts':
        text += value as string;
        return text;
    }
  };
};
