import type { createLog } from '../../../src/log/createLog.ts';
import { LogError } from '../../../src/errors/LogError.ts';
import type { Cursor } from '../../../src/log/Cursor.ts';
import type { LogOutcome } from '../../../src/log/LogOutcome.ts';
import type { LogReader, LogRecord } from '../../../src/log/LogReader.ts';
import type { VirtualClock } from '../VirtualClock.ts';
import type { ModelEvent } from './runSchedule.ts';
import type { Cut, ReaderPlan } from './Schedule.ts';
import type { Server } from './Server.ts';

type Log = ReturnType<typeof createLog<ModelEvent>>;

/** How often a reader asks for a log before it takes it that there will be none. */
const maxNotFound = 300;

/** A client that reads until the answer has ended, through every server it is sent to. */
export class ModelReader {
  /** What it shows. */
  events: ModelEvent[] = [];
  /** How it was told that the answer ended; `over` where it was only told that there is no more. */
  ending: LogOutcome['state'] | 'done' | 'over' | 'gave up' | undefined;
  /** How often it had to throw away what it showed. */
  resets = 0;
  failures: string[] = [];
  readonly #id: string;
  readonly #plan: ReaderPlan;
  readonly #logs: readonly Log[];
  readonly #servers: readonly Server[];
  readonly #clock: VirtualClock;
  #cursor: Cursor | undefined;
  #notFound = 0;
  #cuts: Cut[];
  #server: number;

  constructor(id: string, plan: ReaderPlan, logs: readonly Log[], servers: readonly Server[], clock: VirtualClock) {
    this.#id = id;
    this.#plan = plan;
    this.#logs = logs;
    this.#servers = servers;
    this.#clock = clock;
    this.#cuts = [...plan.cuts];
    this.#server = plan.server;
  }

  read(): void {
    this.#clock.after(this.#plan.startMs, () => {
      this.#session();
    });
  }

  /** One connection. Whatever ends it, there is another one, until the answer has ended. */
  #session(): void {
    const cut = this.#cuts[0];
    let isOver = false;
    let count = 0;
    let leave: () => void = () => undefined;
    const finish = (then: () => void): void => {
      if (isOver) return;
      isOver = true;
      leave();
      then();
    };
    const again = (ms: number): void => {
      this.#clock.after(ms, () => {
        this.#session();
      });
    };
    const hurry = (): void => {
      finish(() => {
        this.#cuts.shift();
        this.#server = cut?.server ?? this.#server;
        again(cut?.awayMs ?? 20);
      });
    };
    const take = ({ cursor, event }: LogRecord<ModelEvent>): void => {
      if (isOver) return;
      this.events.push(event);
      this.#cursor = cursor;
      if (!cut || (count += 1) < cut.afterEvents) return;
      if (cut.isInside) {
        // It had only begun with this one.
        this.events.pop();
        this.#cursor = `${cursor}.0` as Cursor;
      }
      hurry();
    };
    const end = (ending: ModelReader['ending']): void => {
      finish(() => {
        this.ending = ending;
      });
    };
    const fail = (error: unknown): void => {
      if (error instanceof LogError && error.reason === 'lost') end('lost');
      else if (error instanceof TypeError && error.message === 'upstream') end('failed');
      else {
        finish(() => {
          this.#heed(error);
          if (this.#notFound > maxNotFound) this.ending = 'gave up';
          else again(30);
        });
      }
    };
    if (cut) this.#clock.after(cut.afterMs, hurry);
    // A server that died takes its connections along: the client finds another one.
    this.#watch(() => isOver, hurry);
    const log = this.#logs[this.#alive(this.#server)] as Log;
    if (this.#plan.pulls === undefined) {
      const subscription = log.follow(this.#id, this.#cursor).subscribe({
        next: take,
        error: fail,
        complete: () => {
          end('done');
        },
      });
      leave = () => {
        subscription.unsubscribe();
      };
      if (isOver) subscription.unsubscribe();
    } else leave = this.#pull(log, this.#plan.pulls, { take, end, fail, isOver: () => isOver });
  }

  /** The next server that is not dead. */
  #alive(server: number): number {
    return this.#servers[server]?.isDead === true ? this.#alive((server + 1) % this.#servers.length) : server;
  }

  #watch(isOver: () => boolean, onDeath: () => void): void {
    const server = this.#servers[this.#alive(this.#server)] as Server;
    const look = (): void => {
      if (isOver()) return;
      if (server.isDead) onDeath();
      else this.#clock.after(100, look);
    };
    look();
  }

  #heed(error: unknown): void {
    if (!(error instanceof LogError)) return;
    if (error.reason === 'rolled-back') {
      this.resets += 1;
      this.events = [];
      this.#cursor = undefined;
      // That is what a reader is told who comes before the log.
    } else if (error.reason === 'not-found') this.#notFound += 1;
    else this.failures.push(error.message);
  }

  #pull(
    log: Log,
    maxRecords: number,
    to: {
      readonly take: (record: LogRecord<ModelEvent>) => void;
      readonly end: (ending: ModelReader['ending']) => void;
      readonly fail: (error: unknown) => void;
      readonly isOver: () => boolean;
    },
  ): () => void {
    let reader: LogReader<ModelEvent> | undefined;
    const work = async (): Promise<void> => {
      reader = await log.open(this.#id, this.#cursor);
      while (!to.isOver()) {
        const batch = await reader.next(maxRecords);
        for (const record of batch?.records ?? []) to.take(record);
        if (!batch) to.end('over');
        else if (batch.outcome) to.end(batch.outcome.state);
      }
      reader.close();
    };
    work().catch((error: unknown) => {
      reader?.close();
      to.fail(error);
    });
    return () => reader?.close();
  }
}
