import { useMemo, useSyncExternalStore } from 'react';
import type { Observable } from 'rxjs';

import { type StreamState, StreamStore } from './StreamStore.ts';

/**
 * The state of a store. The first component that is mounted starts its stream, the last that is unmounted leaves it. On a
 * server nothing is started.
 */
export const useStore = <T>({ subscribe, getSnapshot }: StreamStore<T>): StreamState<T> =>
  useSyncExternalStore(subscribe, getSnapshot, getSnapshot);

/** Only what a stream is doing: a component that shows no text is not rendered for text. */
export const useStatus = ({ subscribe, getSnapshot }: StreamStore<unknown>): StreamState<unknown>['status'] => {
  const getStatus = () => getSnapshot().status;
  return useSyncExternalStore(subscribe, getStatus, getStatus);
};

/**
 * A stream as state, for as long as the component is mounted. `source$` is what names it: keep it (`useMemo`, `useState`) from one
 * render to the next, since another one is another request.
 */
export const useStream = <T>(source$: Observable<T>): StreamState<T> =>
  useStore(useMemo(() => new StreamStore(source$), [source$]));
