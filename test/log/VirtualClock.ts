import { setImmediate } from 'node:timers';

interface Timer {
  readonly id: number;
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly callback: () => void;
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** How many timers run at most until something is taken to turn in circles. */
const maxSteps = 20_000;

/** All promises that can settle have settled. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * Time that passes only when it is told to, for code that waits for timers and for promises both: between two timers every promise
 * settles that can. A test scheduler runs its timers in one go, and no promise settles in between.
 */
export class VirtualClock {
  #nowMs = 1_000_000;
  #count = 0;
  readonly #timers = new Map<number, Timer>();

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  after(ms: number, callback: () => void): number {
    return this.#add(ms, undefined, callback);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Does something as if it were another time. */
  at<T>(ms: number, work: () => T): T {
    const nowMs = this.#nowMs;
    this.#nowMs = ms;
    try {
      return work();
    } finally {
      this.#nowMs = nowMs;
    }
  }

  /** Lets time pass, for so many milliseconds or until `isOver`. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    let steps = 0;
    for (let timer = this.#next(); timer && timer.dueMs <= untilMs && !isOver(); timer = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      if (timer.everyMs === undefined) this.#timers.delete(timer.id);
      else timer.dueMs = this.#nowMs + timer.everyMs;
      if ((steps += 1) > maxSteps) throw new Error(`time goes on and on, and nothing comes of it: ${maxSteps} timers`);
      timer.callback();
      await settled();
    }
    if (!isOver()) this.#nowMs = untilMs;
  }

  /** Runs `work` with the timers and the time of this clock, and with chance that can be repeated. */
  async rule<T>(seed: number, work: () => Promise<T>): Promise<T> {
    const { setInterval, clearInterval, setTimeout, clearTimeout } = globalThis;
    const { now } = Date;
    const { random } = Math;
    const set = (every: boolean) => (callback: () => void, ms: number) =>
      this.#add(ms, every ? ms : undefined, callback);
    const clear = (id: number) => {
      this.#timers.delete(id);
    };
    Object.assign(globalThis, {
      setInterval: set(true),
      setTimeout: set(false),
      clearInterval: clear,
      clearTimeout: clear,
    });
    Date.now = () => this.#nowMs;
    Math.random = randomOf(seed);
    try {
      return await work();
    } finally {
      Object.assign(globalThis, { setInterval, clearInterval, setTimeout, clearTimeout });
      Date.now = now;
      Math.random = random;
    }
  }

  #add(ms: number, everyMs: number | undefined, callback: () => void): number {
    const id = (this.#count += 1);
    this.#timers.set(id, { id, dueMs: this.#nowMs + ms, everyMs, callback });
    return id;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    // In the order of their setting where they are due at once.
    for (const timer of this.#timers.values()) if (!first || timer.dueMs < first.dueMs) first = timer;
    return first;
  }
}
