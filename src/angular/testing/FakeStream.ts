import type { Delta, PartKind, PartPlace, TextDelta } from '../../deltas/Delta.ts';
import type { FinishReason } from '../../deltas/FinishReason.ts';
import { type Usage, usageOf } from '../../deltas/Usage.ts';

/** A tool call as a model makes it. */
export interface FakeToolCall {
  /** @defaultValue one of its own */
  readonly id?: string | undefined;
  readonly name: string;
  /** Text as it is, anything else as JSON. @defaultValue `{}` */
  readonly arguments?: unknown;
}

/** What a model says, at the word of a test. Well-formed deltas come of it: parts begin and end by themselves. */
export interface FakeAnswer {
  /** The answer begins; whatever else comes first does it, too. */
  start(): void;
  text(piece: string): void;
  reasoning(piece: string): void;
  refusal(piece: string): void;
  toolCall(call: FakeToolCall): void;
  usage(counts: Partial<Omit<Usage, 'raw'>>): void;
  /** Any deltas, as they are; `end` among them ends the stream. */
  deltas(deltas: readonly Delta[]): void;
  /** The answer is whole. @defaultValue 'stop', or 'tool-calls' where there are some */
  done(finishReason?: FinishReason): void;
  /** An error ends the stream. No retry is made of it. */
  fail(error: unknown): void;
}

/** A request as it would have been sent. */
export interface FakeRequest {
  /** The dialect's name. */
  readonly dialect: string;
  readonly body: unknown;
  /** Whether its answer is still listened to: not once it has ended, or been left. */
  readonly isOpen: boolean;
}

/** Who listens to an answer. */
export interface FakeListener {
  readonly closed: boolean;
  next(delta: Delta): void;
  error(error: unknown): void;
  complete(): void;
}

const argumentsTextOf = (given: unknown): string => (typeof given === 'string' ? given : JSON.stringify(given));

/** One request, and the answer to it as a test gives it. To a stream that nobody listens to any more all words are lost. */
export class FakeStream implements FakeAnswer {
  readonly request: FakeRequest;
  readonly #out: FakeListener;
  #isStarted = false;
  #hasEnded = false;
  #partCount = 0;
  #callCount = 0;
  #open: (PartPlace & { readonly kind: PartKind }) | undefined;

  constructor(dialect: string, body: unknown, out: FakeListener) {
    this.#out = out;
    const isOpen = (): boolean => this.isOpen;
    this.request = {
      dialect,
      body,
      get isOpen() {
        return isOpen();
      },
    };
  }

  get isOpen(): boolean {
    return !this.#hasEnded && !this.#out.closed;
  }

  start(): void {
    this.#check();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#out.next({ type: 'start', id: 'answer-1', model: 'fake-model', attempt: 1, step: 0 });
  }

  text(piece: string): void {
    this.#piece('text', piece);
  }

  reasoning(piece: string): void {
    this.#piece('reasoning', piece);
  }

  refusal(piece: string): void {
    this.#piece('refusal', piece);
  }

  toolCall({ id, name, arguments: given = {} }: FakeToolCall): void {
    this.start();
    this.#endPart();
    this.#callCount += 1;
    const place = this.#begin('tool-call');
    const head = { type: 'tool-call', ...place, input: 'json', executedBy: 'client' } as const;
    this.#out.next({ ...head, id: id ?? `call-${this.#callCount}`, name });
    this.#out.next({ ...head, argumentsText: argumentsTextOf(given) });
    this.#endPart();
  }

  usage(counts: Partial<Omit<Usage, 'raw'>>): void {
    this.start();
    this.#out.next({ type: 'usage', usage: usageOf(counts, undefined) });
  }

  deltas(deltas: readonly Delta[]): void {
    this.#check();
    for (const delta of deltas) {
      this.#note(delta);
      this.#out.next(delta);
      if (delta.type === 'end') this.#complete();
    }
  }

  done(finishReason: FinishReason = this.#callCount > 0 ? 'tool-calls' : 'stop'): void {
    this.start();
    this.#endPart();
    this.#out.next({ type: 'finish', choice: 0, reason: finishReason, raw: finishReason });
    this.#out.next({ type: 'end' });
    this.#complete();
  }

  fail(error: unknown): void {
    this.#check();
    this.#hasEnded = true;
    this.#out.error(error);
  }

  #complete(): void {
    this.#hasEnded = true;
    this.#out.complete();
  }

  #check(): void {
    if (this.#hasEnded) throw new Error('fakeLlm: this stream has ended, and nothing comes behind that');
  }

  #piece(type: TextDelta['type'], text: string): void {
    this.start();
    if (this.#open?.kind !== type) this.#endPart();
    const { choice, part } = this.#open ?? this.#begin(type);
    this.#out.next({ type, choice, part, text });
  }

  #begin(kind: PartKind): PartPlace {
    const place = { choice: 0, part: this.#partCount } as const;
    this.#partCount += 1;
    this.#open = { ...place, kind };
    this.#out.next({ type: 'part-start', ...place, kind });
    return place;
  }

  #endPart(): void {
    if (this.#open === undefined) return;
    const { choice, part } = this.#open;
    this.#open = undefined;
    this.#out.next({ type: 'part-end', choice, part });
  }

  /** What a test gives by itself counts, so that the words behind it stand in parts of their own. */
  #note(delta: Delta): void {
    if (delta.type === 'start') {
      this.#isStarted = true;
      this.#partCount = 0;
      this.#open = undefined;
    }
    if (delta.type === 'tool-call' && delta.id !== undefined) this.#callCount += 1;
    if (!('part' in delta)) return;
    this.#partCount = Math.max(this.#partCount, delta.part + 1);
    if (delta.type === 'part-start') this.#open = { choice: delta.choice, part: delta.part, kind: delta.kind };
    if (delta.type === 'part-end') this.#open = undefined;
  }
}
