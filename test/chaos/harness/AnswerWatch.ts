import { ChaosClient, type ClientFault } from './ChaosClient.ts';
import type { ClientFacts } from './Facts.ts';
import type { Fleet } from './Fleet.ts';
import type { History } from './History.ts';
import { loadBalancer } from './loadBalancer.ts';
import { random } from './random.ts';
import { clocks } from './ServerConfig.ts';

export interface WatchOptions {
  readonly id: string;
  readonly name: string;
  readonly seed: string;
  readonly cutShare: number;
  readonly ignoresIds: boolean;
}

/** A server that says nothing for this long is taken for dead, in milliseconds. */
const silentMs = 3 * clocks.heartbeatMs;

/** One client of an answer, and what becomes of it. */
export class AnswerWatch {
  readonly #client: ChaosClient;
  readonly #history: History;
  readonly #faults: { fault: ClientFault; text: string }[] = [];
  #connectedAtMs = 0;
  #connections = 0;
  #endedAtMs: number | undefined;
  readonly done: Promise<void>;

  constructor(fleet: Fleet, history: History, { id, name, seed, cutShare, ignoresIds }: WatchOptions) {
    const chances = random(`${seed} ${id} ${name}`);
    const who = `${id.split('-')[1]} ${name}`;
    this.#history = history;
    this.#client = new ChaosClient({
      id,
      name,
      ignoresIds,
      // The broken one reads for itself: ours cannot be made to forget.
      reads: ignoresIds || chances.chance(0.4) ? 'frames' : 'relay',
      fetch: loadBalancer({
        servers: fleet.servers,
        random: chances,
        cuts: () => cutShare,
        silentMs,
        onConnection: (server, what) => {
          this.#connectedAtMs = history.nowMs;
          this.#connections += 1;
          history.note(who, `at ${server}: ${what}`);
        },
        onCut: (server, why) => {
          history.note(who, `at ${server}: ${why}`);
        },
      }),
      onEvent: (text) => {
        history.note(who, text);
      },
      onFault: (fault, text) => {
        this.#faults.push({ fault, text });
        if (this.#faults.length <= 5) history.note(who, `FAULT ${fault}: ${text}`);
      },
    });
    this.done = this.#client.run().then(() => {
      if (this.#client.ending !== undefined) this.#endedAtMs = history.nowMs;
    });
  }

  /** Gives up after a time. */
  async within(ms: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#client.leave();
      this.#history.note(this.#client.name, 'gives up');
    }, ms);
    await this.done;
    clearTimeout(timer);
  }

  get facts(): ClientFacts {
    return {
      client: this.#client,
      endedAtMs: this.#endedAtMs,
      connections: this.#connections,
      connectedAtMs: this.#connectedAtMs,
      faults: this.#faults,
    };
  }
}
