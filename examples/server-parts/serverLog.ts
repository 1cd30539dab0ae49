import type { Delta } from '../../src/index.ts';
import type { StreamLog } from '../../src/log/index.ts';
import { reportError } from './reportError.ts';

/** A log that knows which answers are being written by this server. */
export interface ServerLog extends StreamLog<Delta> {
  /**
   * Starts no more (503, so that clients try elsewhere) and resolves once all have ended; those that have not after `graceMs` are
   * stopped, and their readers told so.
   */
  readonly drain: (graceMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const serverLog = (log: StreamLog<Delta>, close = (): Promise<void> => Promise.resolve()): ServerLog => {
  const underWay = new Set<{ readonly id: string; readonly ended: Promise<unknown> }>();
  let isDraining = false;
  return {
    ...log,
    start(id, source, options) {
      if (isDraining) return Promise.reject(new Error('the server shuts down'));
      const generation = log.start(id, source, options);
      const forget = (): unknown => underWay.delete(entry);
      const entry = { id, ended: generation.then(({ ended }) => ended).then(forget, forget) };
      underWay.add(entry);
      return generation;
    },
    async drain(graceMs) {
      isDraining = true;
      const timer = setTimeout(() => {
        for (const { id } of underWay) log.stop(id, 'the server shuts down').catch(reportError);
      }, graceMs);
      while (underWay.size > 0) await Promise.all([...underWay].map(({ ended }) => ended));
      clearTimeout(timer);
    },
    close,
  };
};
