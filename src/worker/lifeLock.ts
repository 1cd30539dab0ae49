/** Only pages that are secure have one. */
const lockManager = (): LockManager | undefined =>
  (globalThis as { readonly navigator?: { readonly locks?: LockManager } }).navigator?.locks;

/**
 * A lock that a Web Worker holds for as long as it lives: a page learns in no other way that somebody terminated it, or that it
 * ran out of memory.
 */
export const lifeLock = {
  /** Takes one and tells its name; `undefined` where there are no locks. */
  hold(onHeld: (lock: string | undefined) => void): void {
    const locks = lockManager();
    if (locks === undefined) {
      onHeld(undefined);
      return;
    }
    const lock = `rxllm-worker-${crypto.randomUUID()}`;
    const forEver = (): Promise<never> => {
      onHeld(lock);
      return new Promise(() => undefined);
    };
    locks.request(lock, forEver).catch(() => {
      onHeld(undefined);
    });
  },

  /** Calls back once nobody holds it any more. Returns how to stop waiting. */
  whenFree(lock: string, callback: () => void): () => void {
    const waiting = new AbortController();
    const { signal } = waiting;
    lockManager()
      ?.request(lock, { signal }, callback)
      .catch(() => undefined);
    return () => {
      waiting.abort();
    };
  },
};
