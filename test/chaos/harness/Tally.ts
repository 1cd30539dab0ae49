import type { RoundFacts } from './Facts.ts';
import type { Violation } from './judge.ts';
import { faultKinds } from './RoundPlan.ts';

/** A round that went wrong. */
export interface BadRound {
  readonly seed: string;
  readonly violations: readonly Violation[];
  readonly history: readonly string[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What came of all rounds of a run. */
export class Tally {
  readonly bad: BadRound[] = [];
  readonly #rows = new Map<string, { rounds: number; times: number; violations: number }>();
  readonly #figures = new Map<string, number>();
  #rounds = 0;

  add(facts: RoundFacts, violations: readonly Violation[]): void {
    const { plan, answers, counts, history } = facts;
    this.#rounds += 1;
    const kinds = [...counts];
    for (const [kind, times] of kinds.length > 0 ? kinds : ([['nothing', 1]] as const)) {
      const row = this.#rows.get(kind) ?? { rounds: 0, times: 0, violations: 0 };
      row.rounds += 1;
      row.times += times;
      row.violations += violations.length;
      this.#rows.set(kind, row);
    }
    const clients = answers.flatMap((answer) => answer.clients.map(({ client }) => client));
    this.#count('answers', answers.length);
    this.#count('gone on with', sum(answers.map(({ producers }) => producers.length - 1)));
    this.#count('fenced', answers.filter(({ reported }) => reported === 'fenced').length);
    this.#count('clients', clients.length);
    this.#count('connections', sum(answers.flatMap((answer) => answer.clients.map(({ connections }) => connections))));
    this.#count('resets', sum(clients.map(({ resets }) => resets)));
    this.#count('tokens read', sum(clients.map(({ marks }) => marks.length)));
    for (const { ending } of clients) this.#count(`told ${ending ?? 'nothing'}`, 1);
    if (violations.length > 0) this.bad.push({ seed: plan.seed, violations, history });
  }

  /** What an answer went through, and how often it went wrong there. */
  get table(): string {
    const rows = ['nothing', ...faultKinds].flatMap((kind) => {
      const row = this.#rows.get(kind);
      return row ? [[kind, row.rounds, row.times, row.violations].map(String)] : [];
    });
    const head = ['fault', 'rounds', 'times', 'violations there'];
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[]): string =>
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ');
    const figures = [...this.#figures].map(([name, count]) => `${count} ${name}`).join(', ');
    const total = sum(this.bad.map(({ violations }) => violations.length));
    return [line(head), ...rows.map(line), '', `${this.#rounds} rounds: ${figures}.`, `${total} violations.`].join(
      '\n',
    );
  }

  #count(name: string, more: number): void {
    this.#figures.set(name, (this.#figures.get(name) ?? 0) + more);
  }
}
