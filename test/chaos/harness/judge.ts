import { readAnswerId } from './AnswerId.ts';
import type { AnswerFacts, ClientFacts, RoundFacts, Trouble } from './Facts.ts';
import { clocks } from './ServerConfig.ts';

/** Something that must not be. */
export interface Violation {
  readonly rule: string;
  readonly text: string;
}

/** What a busy machine and a client that is about to connect may take besides, in milliseconds. */
const slackMs = 2_000;
const noticeMs = clocks.leaseMs + clocks.pollMs * 1.25 + slackMs;

const losses: readonly Trouble['kind'][] = ['kill-redis', 'lose-records'];
/** What may keep a producer that lives from saying so within its lease. */
const outages: readonly Trouble['kind'][] = [...losses, 'pause-redis', 'kill-producer', 'kill-consumer'];

const has = (troubles: readonly Trouble[], kinds: readonly Trouble['kind'][]): boolean =>
  troubles.some(({ kind }) => kinds.includes(kind));

/** Whether a producer may have been taken for dead. */
const isDeathLikely = (troubles: readonly Trouble[]): boolean =>
  has(troubles, outages) || troubles.some(({ fromMs, untilMs }) => untilMs - fromMs > clocks.leaseMs / 2);

/** When it could be known at the earliest that nobody writes any more. */
const knowableAtMs = (troubles: readonly Trouble[], { connectedAtMs }: ClientFacts): number =>
  troubles.reduce(
    (latest, { who, kind, fromMs, untilMs }) =>
      Math.max(latest, who === 'redis' || kind === 'stood' ? untilMs : fromMs),
    connectedAtMs,
  );

/** What concerns one answer, and what breaks the promises that are made about it. */
class AnswerJudge {
  readonly #facts: AnswerFacts;
  readonly #troubles: readonly Trouble[];
  readonly violations: Violation[] = [];

  constructor(facts: AnswerFacts, troubles: readonly Trouble[]) {
    this.#facts = facts;
    this.#troubles = troubles.filter(({ who }) => who === 'redis' || facts.producers.includes(who));
  }

  judge(): readonly Violation[] {
    if (this.#facts.producers.length > 1 && !isDeathLikely(this.#troubles)) {
      this.#say('unjust-takeover', `gone on with by ${this.#facts.producers.slice(1).join(', ')} though nobody died`);
    }
    for (const client of this.#facts.clients) {
      for (const { fault, text } of client.faults.slice(0, 3)) this.#say(fault, `${client.client.name}: ${text}`);
      this.#judgeEnding(client);
      this.#judgeTime(client);
      this.#judgeText(client);
      if (client.client.resets > 0 && !has(this.#troubles, losses)) {
        this.#say('reset', `${client.client.name} was told to forget what Redis never lost`);
      }
    }
    this.#judgeAgreement();
    this.#judgeStored();
    this.#judgeZombie();
    return this.violations;
  }

  #say(rule: string, text: string): void {
    this.violations.push({ rule, text: `${this.#facts.plan.id}: ${text}` });
  }

  #judgeEnding({ client: { name, ending } }: ClientFacts): void {
    const { onLost } = readAnswerId(this.#facts.plan.id);
    const isLossy = has(this.#troubles, losses);
    if (ending === undefined) this.#say('no-ending', `${name} was told of none`);
    if (ending === 'lost' && !isDeathLikely(this.#troubles)) {
      this.#say('unjust-lost', `${name} was told that a producer died that was alive`);
    }
    if (ending === 'lost' && onLost === 'go')
      this.#say('not-continued', `${name} lost what should have been gone on with`);
    if ((ending === 'failed' || ending === 'gone') && !isLossy) this.#say('failed', `${name} was told ${ending}`);
    if (ending === 'stopped' && this.#facts.stopAskedAtMs === undefined) {
      this.#say('unjust-stop', `${name}: nobody asked for it`);
    }
  }

  #judgeTime(client: ClientFacts): void {
    const { endedAtMs } = client;
    const { stopAskedAtMs, isStopHeard } = this.#facts;
    const { ending, name } = client.client;
    if (endedAtMs === undefined || ending === undefined) return;
    const waitedMs = endedAtMs - knowableAtMs(this.#troubles, client);
    if (ending === 'lost' && waitedMs > noticeMs) this.#say('late-lost', `${name} waited ${waitedMs.toFixed(0)} ms`);
    const isStopLost = !isStopHeard || has(this.#troubles, outages) || this.#troubles.length > 0;
    if (ending === 'complete' && !isStopLost && endedAtMs - (stopAskedAtMs ?? Infinity) > noticeMs) {
      this.#say('stop-ignored', `${name}: it went on to its end`);
    }
  }

  /** Since Redis lost records for the last time: what was told before need not be true any more. */
  #isCurrent({ endedAtMs = 0 }: ClientFacts): boolean {
    return this.#troubles.every(({ kind, untilMs }) => !losses.includes(kind) || endedAtMs > untilMs);
  }

  /** What a client shows is what is written, word for word: not a little of one producer and a little of another. */
  #judgeText(facts: ClientFacts): void {
    const { client } = facts;
    if (!this.#isCurrent(facts) || !['complete', 'lost', 'stopped'].includes(client.ending ?? '')) return;
    const written = this.#facts.stored.flatMap(({ tokens }) => tokens.map(({ mark }) => mark));
    if (client.marks.length !== written.length) {
      this.#say('text-differs', `${client.name} shows ${client.marks.length} tokens, ${written.length} are written`);
      return;
    }
    const at = client.marks.findIndex((mark, index) => mark !== written[index]);
    if (at < 0) return;
    this.#say(
      'text-differs',
      `${client.name} shows token ${at} by ${client.marks[at]}, written is that of ${written[at]}`,
    );
  }

  #judgeAgreement(): void {
    for (const isCurrent of [true, false]) {
      const told = this.#facts.clients
        .filter((facts) => this.#isCurrent(facts) === isCurrent)
        .map(({ client: { ending } }) => (ending === 'gone' ? 'failed' : ending))
        .filter((ending) => ending !== undefined);
      const different = [...new Set(told)];
      // Before it was noticed that records are lost, one may have heard of the ending that was lost, too.
      const isExcused = !isCurrent && different.includes('complete');
      if (different.length > 1 && !isExcused) this.#say('disagree', `clients were told ${different.join(' and ')}`);
    }
  }

  #judgeStored(): void {
    const { stored } = this.#facts;
    const seen = new Set<string>();
    let [epoch, seq, index, mark] = [0, 0, 0, ''];
    for (const entry of stored) {
      if (entry.epoch < epoch) this.#say('log', `an entry of producer ${entry.epoch} behind one of ${epoch}`);
      if (entry.first !== seq + 1) this.#say('log', `record ${entry.first} behind ${seq}`);
      for (const token of entry.tokens) {
        if (token.index !== index) this.#say('log', `token ${token.index} by ${token.mark} where ${index} belongs`);
        if (token.mark !== mark && seen.has(token.mark)) this.#say('zombie', `${token.mark} writes behind ${mark}`);
        seen.add(token.mark);
        mark = token.mark;
        index = token.index + 1;
      }
      [epoch, seq] = [entry.epoch, entry.last];
    }
    const endings = stored.filter(({ ending }) => ending !== undefined).length;
    if (endings > 1) this.#say('log', `${endings} endings`);
  }

  /** A producer that others took for dead is told so. */
  #judgeZombie(): void {
    const { producers, reported, stored } = this.#facts;
    const [first] = producers;
    const isFrozen = this.#troubles.some(({ who, kind }) => who === first && kind === 'freeze-producer');
    const isKilled = this.#troubles.some(({ who, kind }) => who === first && kind === 'kill-producer');
    const isTaken = producers.length > 1 || stored.at(-1)?.ending === 'lost';
    if (!isFrozen || isKilled || !isTaken || has(this.#troubles, losses)) return;
    if (reported !== 'fenced' && reported !== 'lost') {
      this.#say(
        'zombie',
        `a producer that was frozen and replaced believes that it ended as ${reported ?? 'nothing yet'}`,
      );
    }
  }
}

/** What broke a promise in a round. */
export const judge = ({ answers, troubles, problems }: RoundFacts): readonly Violation[] => [
  ...problems.map((text) => ({ rule: 'server', text })),
  ...answers.flatMap((facts) => new AnswerJudge(facts, troubles).judge()),
];
