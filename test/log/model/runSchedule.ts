import { Observable } from 'rxjs';

import type { createLog as realCreateLog } from '../../../src/log/createLog.ts';
import type { LogEntry, LogState } from '../../../src/log/LogDriver.ts';
import type { ProducerEnd } from '../../../src/log/LogProducer.ts';
import type { memoryDriver as realMemoryDriver } from '../../../src/log/memoryDriver.ts';
import { randomOf, VirtualClock } from '../VirtualClock.ts';
import { Engine } from './Engine.ts';
import { judge } from './judge.ts';
import { ModelReader } from './ModelReader.ts';
import { leaseMs, pollMs, type Schedule } from './Schedule.ts';
import { Server } from './Server.ts';

/** What is put to the test: the library's own, or a mutant of it. */
export interface Implementation {
  readonly createLog: typeof realCreateLog;
  readonly memoryDriver: typeof realMemoryDriver;
}

/** An event: its number, and who wrote it. */
export interface ModelEvent {
  readonly n: number;
  readonly by: string;
}

/** All that came of a schedule. */
export interface Result {
  readonly entries: readonly LogEntry[];
  readonly readers: readonly ModelReader[];
  readonly end: ProducerEnd | undefined;
  readonly isStopped: boolean;
  readonly state: LogState['state'] | undefined;
  readonly openSources: number;
  readonly pendingTimers: number;
  /** What there was when the engine lost the last of it. */
  readonly before: readonly LogEntry[] | undefined;
  readonly problems: readonly string[];
}

/** How long everything may take, in milliseconds of virtual time. */
const horizonMs = 60_000;
const id = 'answer';
const firstWriter = 'writer 1';
const codec = { toJson: (event: ModelEvent) => event, fromJson: (json: unknown) => json as ModelEvent };

class Run {
  readonly #implementation: Implementation;
  readonly #plan: Schedule;
  readonly #clock = new VirtualClock();
  readonly #engine: Engine;
  readonly #servers: readonly Server[];
  readonly #logs: readonly ReturnType<typeof realCreateLog<ModelEvent>>[];
  readonly #problems: string[] = [];
  readonly #writing = new Set<string>();
  #writers = 1;
  #end: ProducerEnd | undefined;
  #isStopped = false;

  constructor(implementation: Implementation, plan: Schedule) {
    this.#implementation = implementation;
    this.#plan = plan;
    this.#engine = new Engine(id, this.#clock, implementation.memoryDriver, plan.seed);
    this.#servers = plan.fates.map(
      (_, index) => new Server(this.#engine, this.#clock, plan.weather, randomOf(plan.seed + 7 * (index + 1))),
    );
    this.#logs = this.#servers.map((server) => this.#logOf(server));
  }

  run(): Promise<readonly string[]> {
    return this.#clock.rule(this.#plan.seed, async () => {
      const onUnhandled = (error: unknown): void => void this.#problems.push(`unhandled: ${String(error)}`);
      process.on('unhandledRejection', onUnhandled);
      try {
        return await this.#play();
      } finally {
        process.off('unhandledRejection', onUnhandled);
      }
    });
  }

  async #play(): Promise<readonly string[]> {
    const { readers: plans } = this.#plan;
    this.#begin();
    const readers = plans.map((plan) => new ModelReader(id, plan, this.#logs, this.#servers, this.#clock));
    for (const reader of readers) reader.read();
    await this.#clock.run(horizonMs, () => readers.every(({ ending }) => ending !== undefined));
    // What is still under way comes to its end, and leaves nothing behind.
    await this.#clock.run(5_000);
    return judge(this.#plan, {
      entries: await this.#engine.entries(),
      state: await this.#engine.state(),
      readers,
      end: this.#end,
      isStopped: this.#isStopped,
      openSources: this.#writing.size,
      pendingTimers: this.#clock.pending,
      before: this.#engine.before,
      problems: [...this.#problems, ...this.#engine.problems],
    });
  }

  /** Everything that will happen, whatever else does. */
  #begin(): void {
    const { fates, stopAtMs, rollback } = this.#plan;
    const producer = this.#servers[0] as Server;
    fates.forEach((fate, index) => {
      if (fate.kind === 'lives') return;
      this.#clock.after(fate.atMs, () => {
        if (fate.kind === 'dies') this.#servers[index]?.die();
        else this.#servers[index]?.freeze(fate.forMs);
      });
    });
    if (rollback) {
      this.#clock.after(rollback.atMs, () => {
        void this.#engine.rollback(rollback.writes);
      });
    }
    if (stopAtMs !== undefined) this.#clock.after(stopAtMs, () => void this.#stop());
    this.#logs[0]
      ?.start(id, this.#source(0, producer, firstWriter), { leaseMs, ttlMs: 3_600_000, retainMs: 3_600_000 })
      .then(
        async ({ ended }) => {
          this.#end = await ended;
          this.#checkProducer(this.#end, producer);
        },
        // It tries a few times; the answer was never begun.
        () => undefined,
      );
  }

  #checkProducer(end: ProducerEnd, server: Server): void {
    if (this.#writing.has(firstWriter)) this.#problems.push('a producer is through, and its source is still read');
    const isSure = this.#clock.nowMs - server.leasedAtMs < leaseMs && !this.#engine.before;
    if (end.state === 'lost' && isSure) this.#problems.push('a producer gave up that was heard');
  }

  async #stop(): Promise<void> {
    try {
      this.#isStopped = (await this.#logs[2]?.stop(id, 'enough')) ?? false;
    } catch {
      // The user presses again.
      await this.#clock.wait(30);
      await this.#stop();
    }
  }

  #logOf(server: Server): ReturnType<typeof realCreateLog<ModelEvent>> {
    const { continuation, weather } = this.#plan;
    return this.#implementation.createLog<ModelEvent>(server.driver, codec, {
      // Where nothing goes wrong, nobody has to look.
      pollMs: weather === 'calm' || weather === 'late' ? 10 * horizonMs : pollMs,
      // So little that history is read again and again.
      maxCacheBytes: 600,
      continued: { leaseMs, ttlMs: 3_600_000, retainMs: 3_600_000 },
      ...(continuation !== 'none' && {
        continueWith: (_id: string, soFar: readonly ModelEvent[]) =>
          continuation === 'declines' ? undefined : this.#source(soFar.length, server),
      }),
    });
  }

  /** The answer from a number on, as a server gets it from its provider. */
  #source(written: number, server: Server, writer?: string): Observable<ModelEvent> {
    const { events, burst, gapMs, isFailing } = this.#plan;
    return new Observable((out) => {
      const by = writer ?? `writer ${(this.#writers += 1)}`;
      let n = written;
      this.#writing.add(by);
      const step = (): void => {
        if (out.closed) return;
        for (let count = 0; count < burst && n < events; count += 1) out.next({ n: (n += 1), by });
        if (n < events) this.#clock.after(gapMs, () => server.whenUp(step));
        else if (isFailing) out.error(new TypeError('upstream'));
        else out.complete();
      };
      step();
      return () => {
        this.#writing.delete(by);
      };
    });
  }
}

/** Plays a schedule in virtual time, and tells what was wrong with what came of it. */
export const runSchedule = (implementation: Implementation, plan: Schedule): Promise<readonly string[]> =>
  new Run(implementation, plan).run();
