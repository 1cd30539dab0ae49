import { type JSX, memo } from 'react';

import type { Completion } from '../../src/index.ts';
import type { StreamStore } from './StreamStore.ts';
import { useStore } from './useStream.ts';

/** One answer: rendered once per paint while it comes, and not again once it is there. */
export const Answer = memo(function Answer({ store }: { readonly store: StreamStore<Completion> }): JSX.Element {
  const { value, status, error } = useStore(store);
  return (
    <>
      <article aria-label="Assistant" aria-busy={status === 'connecting' || status === 'streaming'}>
        {value?.text}
      </article>
      {status === 'error' && <p role="alert">{error instanceof Error ? error.message : String(error)}</p>}
    </>
  );
});
