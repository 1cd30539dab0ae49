import { AnswerWatch } from './AnswerWatch.ts';
import { doFault } from './doFault.ts';
import type { AnswerFacts, RoundFacts, Trouble } from './Facts.ts';
import type { Fleet } from './Fleet.ts';
import { History } from './History.ts';
import { random } from './random.ts';
import type { AnswerPlan, FaultKind, RoundPlan } from './RoundPlan.ts';
import type { FromServer } from './ServerConfig.ts';

export interface PlayOptions {
  /** Breaks the clients. */
  readonly ignoresIds?: boolean | undefined;
  /** Beyond it a client will never hear of an ending, in milliseconds. @defaultValue 15_000 */
  readonly patienceMs?: number | undefined;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One answer of a round, and all that is known of it. */
class AnswerPlay {
  readonly plan: AnswerPlan;
  readonly producers: string[];
  readonly watches: AnswerWatch[] = [];
  reported: string | undefined;
  stopAskedAtMs: number | undefined;
  isStopHeard = false;

  constructor(plan: AnswerPlan, producer: string) {
    this.plan = plan;
    this.producers = [producer];
  }
}

/** A round, from its plan to what came of it. */
class RoundPlay {
  readonly #fleet: Fleet;
  readonly #plan: RoundPlan;
  readonly #history = new History();
  readonly #answers: readonly AnswerPlay[];
  readonly #troubles: Trouble[] = [];
  readonly #problems: string[] = [];
  readonly #counts = new Map<FaultKind, number>();
  readonly #ignoresIds: boolean;
  readonly #patienceMs: number;

  constructor(fleet: Fleet, plan: RoundPlan, { ignoresIds = false, patienceMs = 15_000 }: PlayOptions) {
    this.#fleet = fleet;
    this.#plan = plan;
    this.#ignoresIds = ignoresIds;
    this.#patienceMs = patienceMs;
    this.#answers = plan.answers.map((answer) => new AnswerPlay(answer, `s${answer.server}`));
  }

  async play(): Promise<RoundFacts> {
    const { faults, dropShare, cutShare } = this.#plan;
    await this.#fleet.admin.tidy();
    const logBytesAtStart = this.#fleet.admin.logBytes;
    for (const server of this.#fleet.servers) {
      server.onMessage = (message) => {
        this.#hear(server.name, message);
      };
      server.tell({ type: 'drop', share: dropShare });
    }
    if (dropShare > 0) this.#count('drop-hints');
    if (cutShare > 0) this.#count('cut-clients');
    await Promise.all(this.#answers.map((answer) => this.#start(answer)));
    const producing = (): string[] => this.#answers.map(({ producers }) => producers.at(-1) ?? '');
    const stage = { fleet: this.#fleet, history: this.#history, producing, logBytesAtStart };
    await Promise.all([
      ...this.#answers.map((answer) => this.#follow(answer)),
      ...this.#answers.map((answer) => this.#stop(answer)),
      ...faults.map(async (fault) => {
        const trouble = await doFault(stage, fault);
        if (!trouble) return;
        this.#troubles.push(trouble);
        this.#count(fault.kind);
      }),
    ]);
    // Producers that were away hear now that they are not wanted any more.
    await this.#settled();
    await Promise.all(this.#answers.map((answer) => this.#followLate(answer)));
    return this.#facts();
  }

  #count(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  #hear(server: string, message: FromServer): void {
    const about = (id: string): AnswerPlay | undefined => this.#answers.find(({ plan }) => plan.id === id);
    const now = this.#history.nowMs;
    if (message.type === 'problem') {
      this.#problems.push(`${server}: ${message.text}`);
      this.#history.note(server, message.text);
    } else if (message.type === 'stood') {
      this.#troubles.push({ who: server, kind: 'stood', fromMs: now - message.ms, untilMs: now });
      this.#history.note(server, `stood still for ${message.ms} ms`);
    } else if (message.type === 'ended') {
      const answer = about(message.id);
      if (answer) answer.reported = message.state;
      this.#history.note(server, `is done with ${message.id}: ${message.state}`);
    } else if (message.type === 'continued') {
      about(message.id)?.producers.push(server);
      this.#history.note(server, `goes on with ${message.id} from ${message.from} as ${message.mark}`);
    }
  }

  async #start({ plan: { id, server: at } }: AnswerPlay): Promise<void> {
    const server = this.#fleet.servers[at];
    const response = await fetch(`http://127.0.0.1:${server?.port}/`, {
      method: 'POST',
      headers: { 'idempotency-key': id },
    });
    // Whoever asked for it does not stay.
    await response.body?.cancel();
    this.#history.note('run', `${id} begins at s${at}: ${response.status}`);
    if (response.status !== 200) this.#problems.push(`${id} could not be begun: ${response.status}`);
  }

  #watch({ plan: { id }, watches }: AnswerPlay, name: string, cutShare: number): AnswerWatch {
    const { seed } = this.#plan;
    const options = { id, name, seed, cutShare, ignoresIds: this.#ignoresIds };
    const watch = new AnswerWatch(this.#fleet, this.#history, options);
    watches.push(watch);
    return watch;
  }

  async #follow(answer: AnswerPlay): Promise<void> {
    const { between } = random(`${this.#plan.seed} ${answer.plan.id} joins`);
    const clients = Array.from({ length: answer.plan.clients }, async (_, at) => {
      await pause(at === 0 ? 0 : between(0, 700));
      await this.#watch(answer, `c${at}`, this.#plan.cutShare).within(this.#patienceMs);
    });
    await Promise.all(clients);
  }

  /** Whoever comes when all is over reads the same. */
  async #followLate(answer: AnswerPlay): Promise<void> {
    await this.#watch(answer, 'late', 0).within(this.#patienceMs);
  }

  async #stop(answer: AnswerPlay): Promise<void> {
    const { id, stopAtMs } = answer.plan;
    if (stopAtMs === undefined) return;
    await pause(stopAtMs);
    const servers = this.#fleet.servers.filter(({ isUp }) => isUp);
    const server = servers[servers.length - 1];
    this.#count('stop');
    answer.stopAskedAtMs = this.#history.nowMs;
    try {
      const response = await fetch(`http://127.0.0.1:${server?.port}/${id}`, {
        method: 'DELETE',
        signal: AbortSignal.timeout(this.#patienceMs),
      });
      const text = await response.text();
      answer.isStopHeard = text.includes('"stopped":true');
      this.#history.note('run', `stop of ${id} at ${server?.name}: ${response.status} ${text}`);
    } catch (error) {
      this.#history.note('run', `stop of ${id} at ${server?.name}: ${String(error)}`);
    }
  }

  async #settled(): Promise<void> {
    const untilMs = this.#history.nowMs + 3_000;
    const isWaiting = ({ producers: [first], reported }: AnswerPlay): boolean =>
      reported === undefined &&
      !this.#troubles.some(({ who, kind }) => who === first && (kind === 'kill-producer' || kind === 'kill-consumer'));
    while (this.#answers.some(isWaiting) && this.#history.nowMs < untilMs) await pause(20);
  }

  async #facts(): Promise<RoundFacts> {
    const answers = await Promise.all(
      this.#answers.map(async (answer): Promise<AnswerFacts> => ({
        plan: answer.plan,
        producers: answer.producers,
        reported: answer.reported,
        stopAskedAtMs: answer.stopAskedAtMs,
        isStopHeard: answer.isStopHeard,
        clients: answer.watches.map(({ facts }) => facts),
        stored: await this.#fleet.admin.stored(answer.plan.id),
      })),
    );
    return {
      plan: this.#plan,
      answers,
      troubles: this.#troubles,
      problems: this.#problems,
      counts: this.#counts,
      history: this.#history.lines,
    };
  }
}

/** Plays a round as planned and tells what happened. */
export const playRound = (fleet: Fleet, plan: RoundPlan, options: PlayOptions = {}): Promise<RoundFacts> =>
  new RoundPlay(fleet, plan, options).play();
