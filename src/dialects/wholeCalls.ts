import type { Delta, ToolCallDelta } from '../deltas/Delta.ts';
import { jsonObjectIn } from './jsonObjectIn.ts';

/** A tool call with all its arguments. What nobody said is `''`. */
export interface WholeCall {
  readonly id: string;
  readonly name: string;
  readonly input: object;
}

/** A call on its way. */
interface GatheredCall {
  id: string;
  name: string;
  argumentsText: string;
  /** Whether it is one for the client to run, with JSON for arguments. */
  mayBeSent: boolean;
  hasEnded: boolean;
}

class CallGatherer {
  /** In order of appearance, in which they go out. */
  readonly #calls = new Map<number, GatheredCall>();

  take(delta: Delta): readonly WholeCall[] {
    switch (delta.type) {
      case 'part-start':
        if (delta.kind === 'tool-call') this.#callAt(delta.part);
        return [];
      case 'tool-call':
        this.#gather(delta);
        return [];
      case 'part-end':
        this.#end(delta.part);
        return this.#ended();
      case 'finish':
        for (const part of this.#calls.keys()) this.#end(part);
        return this.#ended();
      default:
        return [];
    }
  }

  #callAt(part: number): GatheredCall {
    const call = this.#calls.get(part) ?? { id: '', name: '', argumentsText: '', mayBeSent: true, hasEnded: false };
    this.#calls.set(part, call);
    return call;
  }

  #gather({ part, id, name, argumentsText = '', input, executedBy }: ToolCallDelta): void {
    const call = this.#callAt(part);
    call.id = id ?? call.id;
    call.name = name ?? call.name;
    call.argumentsText += argumentsText;
    call.mayBeSent = input === 'json' && executedBy === 'client';
  }

  #end(part: number): void {
    const call = this.#calls.get(part);
    if (call) call.hasEnded = true;
  }

  /** The calls that are whole, up to the first that is not. */
  #ended(): readonly WholeCall[] {
    const whole: WholeCall[] = [];
    for (const [part, { id, name, argumentsText, mayBeSent, hasEnded }] of this.#calls) {
      if (!hasEnded) break;
      this.#calls.delete(part);
      const input = mayBeSent ? jsonObjectIn(argumentsText) : undefined;
      if (input) whole.push({ id, name, input });
    }
    return whole;
  }
}

/**
 * Gathers the tool calls of one choice, for the `encode` of a dialect that sends a call only when it is whole.
 *
 * - **Shape:** a function with a memory of its own: a delta to the calls that are whole with it, in order of appearance
 * - **Memory:** the calls that have not gone out
 * - **Errors:** none. A call whose arguments are no JSON object, one that was cut off, and one that the server runs itself
 *   are left out: they have no such form, and are never to be run
 *
 * @example A call in pieces
 * ```ts
 * import { wholeCalls } from 'rxllm/dialect';
 * import { answer } from 'rxllm/testing';
 *
 * const toolCalls = [{ id: 'c-1', name: 'weather', arguments: ['{"city":', '"Köln"}'] }];
 *
 * answer({ text: 'Let me see.', toolCalls }).flatMap(wholeCalls());
 * // => [{ id: 'c-1', name: 'weather', input: { city: 'Köln' } }]
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export function wholeCalls(): (delta: Delta) => readonly WholeCall[] {
  const gatherer = new CallGatherer();
  return (delta) => gatherer.take(delta);
}
