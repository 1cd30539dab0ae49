/** The ids of an answer's tool calls: clients tell calls apart by them, over all of its steps. */
export class UiCallIds {
  readonly #answerId: string;
  readonly #steps = new Map<string, number>();

  constructor(answerId: string) {
    this.#answerId = answerId;
  }

  /** An id that no other call has, for one of a step that came with `given`. */
  of(given: string, step: number): string {
    const wanted = given === '' ? `call_${this.#answerId}` : given;
    let id = wanted;
    for (let again = 2; this.#steps.has(id); again += 1) id = `${wanted}_${again}`;
    this.#steps.set(id, step);
    return id;
  }

  /** What is said of a step from now on is said anew. */
  free(step: number): void {
    for (const [id, of] of this.#steps) if (of >= step) this.#steps.delete(id);
  }
}
