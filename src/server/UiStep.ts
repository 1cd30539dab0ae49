import type { Completion, Part, ToolCall } from '../completions/Completion.ts';
import { reduceDelta } from '../completions/reduceDelta.ts';
import type { CitationDelta, Delta, RedactDelta } from '../deltas/Delta.ts';
import { isWritable } from '../internal/isWritable.ts';
import { partDeltas } from './partDeltas.ts';
import type { UiCallIds } from './UiCallIds.ts';
import { UiCalls, type UiPart } from './UiCalls.ts';
import { UiStretches } from './UiStretches.ts';

/** What is shown of a step. */
export interface UiStepSettings {
  readonly hasReasoning: boolean;
  readonly hasSources: boolean;
}

/** Writes one step of a UI message. */
export class UiStep {
  readonly index: number;
  readonly #settings: UiStepSettings;
  readonly #ids: UiCallIds;
  #completion: Completion | undefined;
  #stretches: UiStretches;
  #calls: UiCalls;
  readonly #ended = new Set<number>();
  #hasShown = false;

  constructor(index: number, settings: UiStepSettings, ids: UiCallIds) {
    this.index = index;
    this.#settings = settings;
    this.#ids = ids;
    this.#stretches = new UiStretches(index);
    this.#calls = this.#newCalls();
  }

  /** Whether a client has anything of it. */
  get hasShown(): boolean {
    return this.#hasShown;
  }

  get hasCalls(): boolean {
    return this.#calls.areShown;
  }

  get finishReason(): Completion['finishReason'] {
    return this.#completion?.finishReason;
  }

  read(delta: Delta): readonly UiPart[] {
    const before = 'part' in delta ? this.#partAt(delta.part) : undefined;
    this.#completion = reduceDelta(this.#completion, delta);
    const parts = this.#parts(delta, before);
    this.#hasShown ||= parts.length > 0;
    return parts;
  }

  /** What is still open, as it is. */
  endStretches(): readonly UiPart[] {
    return this.#stretches.open.flatMap((part) => this.#end(part));
  }

  /** Nothing more of the model's words will come. */
  close(): readonly UiPart[] {
    return [...this.endStretches(), ...this.#settle()];
  }

  /** What came of the model is whole, as far as it goes; calls are run now, or left. */
  #settle(): readonly UiPart[] {
    if (this.#completion === undefined) return [];
    const settled = reduceDelta(this.#completion, { type: 'end' }).choices[0].parts;
    const calls = [...settled.entries()].filter((entry): entry is [number, ToolCall] => entry[1].kind === 'tool-call');
    return this.#calls.settle(new Map(calls));
  }

  #newCalls(): UiCalls {
    return new UiCalls((given) => this.#ids.of(given, this.index));
  }

  #partAt(part: number): Part | undefined {
    return this.#completion?.choices[0].parts[part];
  }

  #parts(delta: Delta, before: Part | undefined): readonly UiPart[] {
    switch (delta.type) {
      case 'part-start':
        if (before !== undefined) return [];
        if (delta.kind === 'tool-result') return this.#calls.answer(isWritable(delta.raw) ? delta.raw : undefined);
        return delta.redacted === undefined ? [] : this.#grow('reasoning', delta.part, '', true);
      case 'text':
      case 'reasoning':
      case 'refusal':
        return this.#partAt(delta.part)?.kind === delta.type ? this.#grow(delta.type, delta.part, delta.text) : [];
      case 'audio':
        return this.#partAt(delta.part)?.kind === 'audio' ? this.#grow('text', delta.part, delta.transcript ?? '') : [];
      case 'tool-call': {
        const call = this.#partAt(delta.part);
        return call?.kind === 'tool-call' ? this.#calls.grow(delta, call) : [];
      }
      case 'citation':
        return this.#cite(delta);
      case 'part-end':
        this.#ended.add(delta.part);
        return this.#end(delta.part);
      case 'redact':
        return this.#redact(delta, before);
      case 'resume':
        // What was cut off is asked for anew.
        return this.#settle();
      case 'tool-running':
      case 'tool-result':
      case 'tool-error':
        return [...this.#settle(), ...this.#calls.run(delta)];
      default:
        return [];
    }
  }

  #grow(type: 'text' | 'reasoning' | 'refusal', part: number, text: string, isSealed = false): readonly UiPart[] {
    if (type === 'reasoning' && !this.#settings.hasReasoning) return [];
    return this.#stretches.grow(type === 'refusal' ? 'text' : type, part, text, isSealed);
  }

  #end(part: number): readonly UiPart[] {
    const { signature, redacted } = (this.#partAt(part) ?? {}) as { signature?: string; redacted?: string };
    const seals = { ...(signature !== undefined && { signature }), ...(redacted !== undefined && { redacted }) };
    return this.#stretches.end(part, seals);
  }

  #cite({ part, citation: { url, title } }: CitationDelta): readonly UiPart[] {
    const at = this.#partAt(part);
    if (at?.kind !== 'text' || url === undefined || !this.#settings.hasSources) return [];
    const sourceId = `${this.index}.${part}.${at.citations.length}`;
    return [{ type: 'source-url', sourceId, url, ...(title !== undefined && { title }) }];
  }

  #redact({ part, fromChar, text }: RedactDelta, before: Part | undefined): readonly UiPart[] {
    if (before?.kind !== 'text' && before?.kind !== 'reasoning' && before?.kind !== 'refusal') return [];
    if (before.kind === 'reasoning' && !this.#settings.hasReasoning) return [];
    if (fromChar >= before.text.length) return this.#grow(before.kind, part, text);
    return [{ type: 'reset-step' }, ...this.#again()];
  }

  /** All of the step, said anew. */
  #again(): readonly UiPart[] {
    const parts = this.#completion?.choices[0].parts ?? [];
    const reason = this.finishReason;
    const ended = [...this.#ended];
    this.#ids.free(this.index);
    this.#stretches = new UiStretches(this.index);
    this.#calls = this.#newCalls();
    this.#completion = undefined;
    const deltas: readonly Delta[] = [
      ...parts.flatMap((part, at) => partDeltas(part, { choice: 0, part: at })),
      ...ended.map((part): Delta => ({ type: 'part-end', choice: 0, part })),
      ...(reason === undefined ? [] : [{ type: 'finish', choice: 0, reason, raw: reason } as const]),
    ];
    return deltas.flatMap((delta) => this.read(delta));
  }
}
