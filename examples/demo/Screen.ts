import { defer, type MonoTypeOperatorFunction, type Observable, tap } from 'rxjs';

import { isLive, type Scene } from './measure.ts';

/** Where the demo is seen. */
export interface Screen {
  readonly say: (text: string) => void;
  /** Tells of a failure that nobody planned. */
  readonly warn: (text: string) => void;
  /** Shows a scene as it changes; gives the last one, once it is over. */
  readonly show: (scene$: Observable<Scene>) => Observable<Scene>;
  /** Leaves everything that was shown, and the terminal as it was. */
  readonly close: () => void;
}

/**
 * Calls `leave` at the end, also when the subscriber leaves before it: with the last scene that was
 * shown, and with what became of it, where streams that were under way are stopped.
 */
export const onLeaving =
  (leave: (last: Scene, settled: Scene) => void): MonoTypeOperatorFunction<Scene> =>
  (scene$) =>
    defer(() => {
      let last: Scene = [];
      const end = (): void => {
        leave(
          last,
          last.map((reading) => (isLive(reading) ? { ...reading, ending: 'stopped' } : reading)),
        );
      };
      return scene$.pipe(tap({ next: (scene) => (last = scene), complete: end, error: end, unsubscribe: end }));
    });
