import { errorFromJson } from '../errors/errorFromJson.ts';
import type { ToWorker } from './WorkerMessage.ts';

export type KeyAnswer = Extract<ToWorker, { readonly type: 'key' | 'no-key' }>;

interface Asked {
  readonly resolve: (key: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What a stream has asked its page for the key, once for each attempt. */
export class KeyQuestions {
  readonly #ask: (question: number) => void;
  readonly #open = new Map<number, Asked>();
  /** What the page could not answer for, so that it gets its own error back in the end. */
  readonly #refusals = new Map<unknown, number>();
  #count = 0;

  constructor(ask: (question: number) => void) {
    this.#ask = ask;
  }

  ask(): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.#count += 1;
      this.#open.set(this.#count, { resolve, reject });
      this.#ask(this.#count);
    });
  }

  hear(answer: KeyAnswer): void {
    const asked = this.#open.get(answer.question);
    this.#open.delete(answer.question);
    if (answer.type === 'key') asked?.resolve(answer.apiKey);
    else {
      const error = errorFromJson(answer.error);
      this.#refusals.set(error, answer.question);
      asked?.reject(error);
    }
  }

  /** The question that ended in this very error. */
  refusedBy(error: unknown): number | undefined {
    return this.#refusals.get(error);
  }
}
