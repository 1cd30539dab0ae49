import type { LogDriver, LogHint, OpenOptions } from '../../../src/log/LogDriver.ts';
import type { VirtualClock } from '../VirtualClock.ts';
import type { Engine, Operation } from './Engine.ts';
import type { Schedule } from './Schedule.ts';

interface Weather {
  /** The chance that a request does not arrive, that it arrives when nobody waits for it any more, that its reply is lost. */
  readonly lostRequest: number;
  readonly lateRequest: number;
  readonly lostReply: number;
  readonly lostHint: number;
  readonly lateHint: number;
  readonly doubleHint: number;
  /** Of each way at most. */
  readonly delayMs: number;
}

const weathers: Readonly<Record<Schedule['weather'], Weather>> = {
  calm: { lostRequest: 0, lateRequest: 0, lostReply: 0, lostHint: 0, lateHint: 0, doubleHint: 0, delayMs: 0 },
  late: { lostRequest: 0, lateRequest: 0, lostReply: 0, lostHint: 0, lateHint: 0.4, doubleHint: 0.2, delayMs: 0 },
  light: {
    lostRequest: 0.02,
    lateRequest: 0.02,
    lostReply: 0.03,
    lostHint: 0.1,
    lateHint: 0.1,
    doubleHint: 0.05,
    delayMs: 8,
  },
  rough: {
    lostRequest: 0.1,
    lateRequest: 0.06,
    lostReply: 0.12,
    lostHint: 0.3,
    lateHint: 0.3,
    doubleHint: 0.2,
    delayMs: 30,
  },
};

/** How late what is late may be, in milliseconds. */
const lateMs = 250;

/** What a lost connection looks like: nobody can tell whether it happened. */
const disconnected = (): Error => new Error('the connection was lost');

/** A server's connection to the engine, with the faults of its network, and of itself. */
export class Server {
  readonly driver: LogDriver;
  /** When it asked for the last lease that the first producer was given. */
  leasedAtMs = -Infinity;
  readonly #engine: Engine;
  readonly #clock: VirtualClock;
  readonly #weather: Weather;
  readonly #random: () => number;
  #state: 'up' | 'frozen' | 'dead' = 'up';
  #thawing: (() => void)[] = [];

  constructor(engine: Engine, clock: VirtualClock, weather: Schedule['weather'], random: () => number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#weather = weathers[weather];
    this.#random = random;
    const through =
      (operation: Operation) =>
      (...args: readonly unknown[]): Promise<never> =>
        this.#do(operation, args) as Promise<never>;
    this.driver = {
      open: through('open'),
      append: through('append'),
      end: through('end'),
      renew: through('renew'),
      stop: through('stop'),
      state: through('state'),
      read: through('read'),
      reap: through('reap'),
      tail: (_id, onHint) => this.#tail(onHint),
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  die(): void {
    this.#state = 'dead';
  }

  freeze(forMs: number): void {
    this.#state = 'frozen';
    this.#clock.after(forMs, () => {
      this.#state = 'up';
      for (const thaw of this.#thawing.splice(0)) thaw();
    });
  }

  /** Does something when it is not frozen, which is at once as a rule; never, when it is dead. */
  whenUp(work: () => void): void {
    if (this.#state === 'up') work();
    else if (this.#state === 'frozen') this.#thawing.push(work);
  }

  #up(): Promise<void> {
    return new Promise((resolve) => {
      this.whenUp(resolve);
    });
  }

  async #way(): Promise<void> {
    if (this.#weather.delayMs > 0) await this.#clock.wait(this.#random() * this.#weather.delayMs);
    await this.#up();
  }

  #happens(fault: 'lostRequest' | 'lateRequest' | 'lostReply' | 'lostHint' | 'lateHint' | 'doubleHint'): boolean {
    return this.#random() < this.#weather[fault];
  }

  async #do(operation: Operation, args: readonly unknown[]): Promise<unknown> {
    const askedAtMs = this.#clock.nowMs;
    await this.#way();
    if (this.#happens('lostRequest')) {
      await this.#way();
      throw disconnected();
    }
    if (this.#happens('lateRequest')) {
      this.#clock.after(this.#random() * lateMs, () => {
        this.#engine.do(operation, args).catch(() => undefined);
      });
      throw disconnected();
    }
    const isReplyLost = this.#happens('lostReply');
    try {
      const answer = await this.#engine.do(operation, args);
      const isFirst =
        operation === 'renew' ? args[1] === 1 : operation === 'open' && (args[1] as OpenOptions).mode === 'create';
      if (!isReplyLost && isFirst) this.leasedAtMs = askedAtMs;
      return answer;
    } finally {
      await this.#way();
      // eslint-disable-next-line no-unsafe-finally -- whatever the answer was, it does not arrive
      if (isReplyLost) throw disconnected();
    }
  }

  async #tail(onHint: (hint: LogHint) => void): Promise<() => void> {
    await this.#way();
    if (this.#happens('lostRequest')) throw disconnected();
    let isListening = true;
    const tell = (hint: LogHint): void => {
      this.whenUp(() => {
        if (isListening) onHint(hint);
      });
    };
    const leave = this.#engine.tail((hint) => {
      // That a connection was interrupted is known here, not told by anybody.
      if (hint.entry === undefined && hint.stop === undefined) tell(hint);
      else this.#tellFaultily(hint, tell);
    });
    await this.#way();
    return () => {
      isListening = false;
      leave();
    };
  }

  #tellFaultily(hint: LogHint, tell: (hint: LogHint) => void): void {
    if (this.#happens('lostHint')) return;
    const isDouble = this.#happens('doubleHint');
    if (this.#happens('lateHint')) {
      this.#clock.after(this.#random() * lateMs, () => {
        tell(hint);
      });
    } else tell(hint);
    if (isDouble) tell(hint);
  }
}
