import type { ChatToolCallFragment } from './codec.ts';

/** A tool call that is under way. */
export interface OpenCall {
  readonly part: number;
  /** Whether its arguments are JSON or free text. */
  readonly input: 'json' | 'text';
  id: string;
  name: string;
}

/**
 * Tells which call a fragment belongs to: by id first, by index second. Servers leave either out, repeat
 * the id on every fragment, or give every call the same index, so neither alone is enough.
 */
export class ToolCallTracker {
  readonly #byId = new Map<string, OpenCall>();
  readonly #byIndex = new Map<number, OpenCall>();
  #last: OpenCall | undefined;

  /** The call that the fragment continues, or `undefined` when it begins one. */
  find({ id, index, function: fn, custom }: ChatToolCallFragment): OpenCall | undefined {
    const isNamed = id !== undefined && id !== null && id !== '';
    const known = isNamed ? this.#byId.get(id) : undefined;
    if (known) return known;
    const call = this.#at(index);
    // Where nothing else tells, a name that comes again begins another call, and so does another name.
    const name = fn?.name ?? custom?.name ?? '';
    const isOther =
      name !== '' &&
      call !== undefined &&
      call.name !== '' &&
      (call.name !== name || (index ?? undefined) === undefined);
    if (isOther) return undefined;
    // An id may come late, but never for a call that has one.
    return isNamed && call?.id !== '' ? undefined : call;
  }

  add(call: OpenCall, index: number | null | undefined): void {
    if (index !== undefined && index !== null) this.#byIndex.set(index, call);
    this.learn(call, call.id, call.name);
  }

  /** Notes that a fragment belongs to a call, and what it says of its id and name. */
  learn(call: OpenCall, id: string, name: string): void {
    this.#last = call;
    if (name !== '') call.name = name;
    if (id === '') return;
    call.id = id;
    this.#byId.set(id, call);
  }

  #at(index: number | null | undefined): OpenCall | undefined {
    return index === undefined || index === null ? this.#last : this.#byIndex.get(index);
  }
}
