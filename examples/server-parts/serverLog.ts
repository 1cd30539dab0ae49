import type { Delta } from '../../src/index.ts';
import type { StreamLog } from '../../src/log/index.ts';

/** A log that knows which answers are being written by this server. */
export interface ServerLog extends StreamLog<Delta> {
  /** Resolves once they have all ended; those that have not after `graceMs` are stopped, and their readers told so. */
  readonly drain: (graceMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const serverLog = (log: StreamLog<Delta>, close = (): Promise<void> => Promise.resolve()): ServerLog => {
  const underWay = new Map<string, Promise<unknown>>();
  return {
    ...log,
    async start(id, source, options) {
      const generation = await log.start(id, source, options);
      const ended = generation.ended.then(() => underWay.delete(id));
      underWay.set(id, ended);
      return generation;
    },
    async drain(graceMs) {
      const timer = setTimeout(() => {
        for (const id of underWay.keys()) void log.stop(id, 'the server shuts down');
      }, graceMs);
      while (underWay.size > 0) await Promise.all(underWay.values());
      clearTimeout(timer);
    },
    close,
  };
};
