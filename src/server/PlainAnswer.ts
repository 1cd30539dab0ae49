import type { Delta, FinishDelta, PartKind, PartPlace, RedactDelta, StartDelta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { addUsage, mergeUsage, type Usage } from '../deltas/Usage.ts';
import { ApiError } from '../errors/ApiError.ts';
import { HeldDeltas, keyOf } from './HeldDeltas.ts';

/** When calls of tools are shown that are not the provider's own: once it is known that the client is to run them, or at once. */
export type CallsShown = 'whole' | 'live';

type Content = Exclude<
  Delta,
  {
    readonly type:
      | 'start'
      | 'retry'
      | 'resume'
      | 'finish'
      | 'usage'
      | 'step-end'
      | 'end'
      | 'redact'
      | `tool-${'running' | 'result' | 'error'}`;
  }
>;

/** The kind of part that a delta is a piece of. */
const kindOf = ({ type }: Content): PartKind | undefined => {
  switch (type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'tool-call':
    case 'audio':
      return type;
    default:
      return undefined;
  }
};

const failure = (message: string, code = 'server_error'): ApiError => new ApiError({ message, code });

/**
 * Makes one plain answer of whatever a stream of deltas says, for protocols in which nothing can be taken back and no tool is
 * run but by the client: steps become one answer, calls that are run here are left out, and an attempt of which nothing was
 * shown leaves no trace. Where what was shown does not stand, it throws an `ApiError`.
 */
export class PlainAnswer {
  readonly #areCallsLive: boolean;
  #hasStarted = false;
  #hasEnded = false;
  #step = 0;
  /** The last step of which something was passed on. */
  #shownStep = -1;
  #hasToken = false;
  /** Whether the calls of this step are not for the client. */
  #areCallsOurs = false;
  readonly #held = new HeldDeltas();
  /** The calls of this step of which it is not known that the provider's server runs them. */
  readonly #calls = new Set<string>();
  /** Where the parts of this step stand, and how many there are, for each choice. */
  readonly #firstParts = new Map<number, number>();
  readonly #counts = new Map<number, number>();
  /** What kind each part is, and how much text there is of it. */
  readonly #parts = new Map<string, { readonly kind: PartKind; chars: number }>();
  readonly #choices = new Set<number>([0]);
  readonly #callers = new Set<number>();
  readonly #finishes = new Map<number, FinishDelta>();
  readonly #usages = new Map<number, Usage>();

  constructor(callsShown: CallsShown) {
    this.#areCallsLive = callsShown === 'live';
  }

  /** Whether all of the answer has come. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether anything has been passed on. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** What is to be said for a delta; all but the `end`, which `isEnded` tells. */
  read(delta: Delta): readonly Delta[] {
    if (this.#hasEnded) return [];
    switch (delta.type) {
      case 'start':
        return this.#start(delta);
      case 'retry':
        return [];
      case 'usage':
        this.#usages.set(this.#step, mergeUsage(this.#usages.get(this.#step), delta.usage));
        return [];
      case 'finish':
        this.#choices.add(delta.choice);
        this.#finishes.set(delta.choice, delta);
        return [];
      case 'resume':
        return this.#withoutCalls('a tool call that was shown was cut off');
      case 'tool-running':
      case 'tool-result':
      case 'tool-error':
      case 'step-end':
        return this.#runHere();
      case 'redact':
        return this.#redact(delta);
      case 'end':
        this.#hasEnded = true;
        return this.#pass([...this.#held.take(), ...this.#closing()]);
      default:
        return this.#content(this.#placed(delta));
    }
  }

  /** What closes an answer that was stopped. */
  stop(): readonly Delta[] {
    this.#hasEnded = true;
    this.#areCallsOurs = !this.#areCallsLive;
    this.#drop();
    return this.#pass([...this.#held.take(), ...this.#closing()]);
  }

  #start(delta: StartDelta): readonly Delta[] {
    if (this.#hasStarted || this.#step > 0) return this.#startAgain(delta);
    this.#hasStarted = true;
    return [{ ...delta, attempt: 1, step: 0 }];
  }

  #startAgain({ step }: StartDelta): readonly Delta[] {
    if (step <= this.#shownStep) throw failure('the answer began afresh, and what was shown of it is void');
    const released = step > this.#step ? this.#closeStep() : [];
    for (const earlier of this.#usages.keys()) if (earlier >= step) this.#usages.delete(earlier);
    this.#held.take();
    this.#calls.clear();
    this.#callers.clear();
    this.#parts.clear();
    this.#counts.clear();
    this.#finishes.clear();
    this.#hasToken = false;
    this.#areCallsOurs = false;
    this.#step = step;
    return released;
  }

  #closeStep(): readonly Delta[] {
    const released = this.#runHere();
    for (const [choice, count] of this.#counts) {
      this.#firstParts.set(choice, (this.#firstParts.get(choice) ?? 0) + count);
    }
    return released;
  }

  #runHere(): readonly Delta[] {
    this.#areCallsOurs = true;
    return this.#withoutCalls('a tool call that was shown is run by this server');
  }

  /** A delta with its part behind those of the steps before. */
  #placed(delta: Content): Content {
    if (!('choice' in delta)) return delta;
    this.#choices.add(delta.choice);
    if (!('part' in delta)) return delta;
    const { choice, part } = delta;
    this.#counts.set(choice, Math.max(this.#counts.get(choice) ?? 0, part + 1));
    return { ...delta, part: (this.#firstParts.get(choice) ?? 0) + part };
  }

  #content(delta: Content): readonly Delta[] {
    if (!this.#grow(delta)) return [];
    if (delta.type === 'part-start' && delta.kind === 'tool-call') this.#calls.add(keyOf(delta));
    if (delta.type === 'tool-call') this.#note(delta, delta.executedBy === 'server');
    this.#hasToken ||= isToken(delta);
    const isCallOpen = !this.#areCallsLive && this.#calls.size > 0;
    // Before the first token an attempt may still be given up for another.
    if (this.#hasToken && !isCallOpen) return this.#pass([...this.#held.take(), delta]);
    this.#held.push(delta);
    return [];
  }

  #note(place: PartPlace, isServers: boolean): void {
    if (isServers) this.#calls.delete(keyOf(place));
    else {
      this.#calls.add(keyOf(place));
      this.#callers.add(place.choice);
    }
  }

  /** Whether what is said of a part fits it: none begins twice, or changes its kind, whatever a server says. */
  #grow(delta: Content): boolean {
    const kind = delta.type === 'part-start' ? delta.kind : kindOf(delta);
    if (kind === undefined) return true;
    const key = keyOf(delta as PartPlace);
    const known = this.#parts.get(key);
    const part = known ?? { kind, chars: 0 };
    this.#parts.set(key, part);
    if (part.kind !== kind || (known && delta.type === 'part-start')) return false;
    if ('text' in delta) part.chars += delta.text.length;
    return true;
  }

  #redact({ choice, part: place, fromChar, text }: RedactDelta): readonly Delta[] {
    const part = (this.#firstParts.get(choice) ?? 0) + place;
    const key = keyOf({ choice, part });
    const known = this.#parts.get(key);
    if (known?.kind !== 'text' && known?.kind !== 'reasoning' && known?.kind !== 'refusal') return [];
    const kept = Math.min(known.chars, Math.max(0, fromChar));
    const shown = known.chars - this.#held.charsOf(key);
    if (kept < shown) throw failure('some of what was shown has been taken back', 'content_policy_violation');
    this.#held.cut(key, kept - shown);
    known.chars = kept;
    return text === '' ? [] : this.#content({ type: known.kind, choice, part, text });
  }

  /** The calls of this step are not for the client. */
  #withoutCalls(problem: string): readonly Delta[] {
    if (this.#areCallsLive && this.#callers.size > 0) throw failure(problem);
    this.#drop();
    return this.#pass(this.#held.take());
  }

  #drop(): void {
    if (this.#areCallsLive) return;
    this.#held.drop((key) => this.#calls.has(key));
    this.#calls.clear();
    this.#callers.clear();
  }

  #pass(deltas: readonly Delta[]): readonly Delta[] {
    if (deltas.length === 0) return deltas;
    this.#shownStep = Math.max(this.#shownStep, this.#step);
    if (this.#hasStarted) return deltas;
    this.#hasStarted = true;
    return [{ type: 'start', id: '', model: '', attempt: 1, step: 0 }, ...deltas];
  }

  #closing(): readonly Delta[] {
    const finishes = [...this.#choices].map((choice) => this.#finish(choice));
    const usage = [...this.#usages.values()].reduce<Usage | undefined>(addUsage, undefined);
    return usage ? [...finishes, { type: 'usage', usage }] : finishes;
  }

  #finish(choice: number): FinishDelta {
    const finish = this.#finishes.get(choice);
    if (finish?.reason === 'tool-calls' && this.#areCallsOurs) return { ...finish, reason: 'stop', raw: 'stop' };
    if (finish) return finish;
    // A call that is not said to be whole must not be run.
    const reason = this.#callers.has(choice) ? 'length' : 'stop';
    return { type: 'finish', choice, reason, raw: reason };
  }
}
