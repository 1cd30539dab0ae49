import type { Delta, PartEndDelta, PartKind, PartPlace, PartStartDelta } from './Delta.ts';

/** What may be said of a part when it begins. */
export type PartDetails = Pick<PartStartDelta, 'raw' | 'redacted'>;

/**
 * Numbers the parts of one choice for a mapper, and writes where they begin and end. Stretches of text,
 * reasoning and the like follow one another, so beginning one ends the one before; tool calls, and
 * blocks that the provider itself delimits, may be under way side by side.
 *
 * - **Shape:** `part-start` and `part-end` deltas, written to the list that each method is given
 * - **Memory:** a number for each part that is under way
 * - **Errors:** none
 *
 * @example Reasoning, then text in two pieces
 * ```ts
 * import type { Delta } from 'rxllm';
 * import { PartWriter } from 'rxllm/dialect';
 *
 * const parts = new PartWriter(0);
 * const out: Delta[] = [];
 * out.push({ type: 'reasoning', ...parts.stretch('reasoning', out), text: 'Hm' });
 * out.push({ type: 'text', ...parts.stretch('text', out), text: 'To ' });
 * out.push({ type: 'text', ...parts.stretch('text', out), text: 'be' });
 * parts.endAll(out);
 *
 * out.map((delta) => ('part' in delta ? `${delta.type} ${delta.part}` : delta.type));
 * // => ['part-start 0', 'reasoning 0', 'part-end 0', 'part-start 1', 'text 1', 'text 1', 'part-end 1']
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export class PartWriter {
  readonly #choice: number;
  #count = 0;
  #stretch: { readonly kind: PartKind; readonly part: number } | undefined;
  readonly #sideBySide = new Set<number>();

  /** `choice` is the place of the answer, where several were asked for; else 0. */
  constructor(choice: number) {
    this.#choice = choice;
  }

  /** The place of the stretch of this kind that is under way; begins one, with its details, where there is none. */
  stretch(kind: PartKind, out: Delta[], details: PartDetails = {}): PartPlace {
    if (this.#stretch?.kind !== kind) {
      this.endStretch(out);
      this.#stretch = { kind, part: this.#start(kind, out, details) };
    }
    return { choice: this.#choice, part: this.#stretch.part };
  }

  /** Begins a part that others may run beside, until `end`. */
  begin(kind: PartKind, out: Delta[], details: PartDetails = {}): number {
    this.endStretch(out);
    const part = this.#start(kind, out, details);
    this.#sideBySide.add(part);
    return part;
  }

  /** Ends a part that has begun and not ended; `details` say what only the whole of it tells. */
  end(part: number, out: Delta[], details: Pick<PartEndDelta, 'raw'> = {}): void {
    if (this.#sideBySide.delete(part)) out.push({ type: 'part-end', choice: this.#choice, part, ...details });
  }

  /** Ends all that is under way: what a mapper does before a `finish`. */
  endAll(out: Delta[]): void {
    this.endStretch(out);
    for (const part of this.#sideBySide) this.end(part, out);
  }

  /** Ends the stretch that is under way, so that the next one begins afresh, also one of its kind. */
  endStretch(out: Delta[]): void {
    if (this.#stretch) out.push({ type: 'part-end', choice: this.#choice, part: this.#stretch.part });
    this.#stretch = undefined;
  }

  #start(kind: PartKind, out: Delta[], details: PartDetails): number {
    const part = this.#count;
    this.#count += 1;
    out.push({ type: 'part-start', choice: this.#choice, part, kind, ...details });
    return part;
  }
}
