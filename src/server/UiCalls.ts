import type { ToolCall } from '../completions/Completion.ts';
import type { Delta, ToolCallDelta } from '../deltas/Delta.ts';
import { isWritable } from '../internal/isWritable.ts';
import { shownToolError } from './shownToolError.ts';

/** A part of a UI message stream. */
export type UiPart = Readonly<Record<string, unknown>> & { readonly type: string };

type ToolNews = Extract<Delta, { readonly type: 'tool-running' | 'tool-result' | 'tool-error' }>;

interface UiCall {
  readonly part: number;
  readonly isServers: boolean;
  readonly input: 'json' | 'text';
  /** Empty until it is shown. */
  toolCallId: string;
  /** What came before the name. */
  held: string;
  isSettled: boolean;
  isOver: boolean;
}

/** JSON has no `undefined`, and of what is too deep nothing can be said. */
const json = (value: unknown): unknown => (value !== undefined && isWritable(value) ? value : null);

/** The tool calls of one step. */
export class UiCalls {
  readonly #nameCall: (given: string) => string;
  readonly #calls = new Map<number, UiCall>();

  /** `nameCall` gives a call an id that no other has. */
  constructor(nameCall: (given: string) => string) {
    this.#nameCall = nameCall;
  }

  /** Whether any has been shown. */
  get areShown(): boolean {
    return [...this.#calls.values()].some(({ toolCallId }) => toolCallId !== '');
  }

  /** `call` is the call with all that is known of it by now. */
  grow({ part, argumentsText = '', input, executedBy }: ToolCallDelta, { id, name }: ToolCall): readonly UiPart[] {
    const known = this.#calls.get(part);
    const call = known ?? this.#begin({ part, input, isServers: executedBy === 'server' });
    if (call.isSettled) return [];
    const isShown = call.toolCallId !== '';
    call.held += argumentsText;
    if (!isShown && name === '') return [];
    const inputTextDelta = call.held;
    call.held = '';
    if (!isShown) call.toolCallId = this.#nameCall(id);
    const { toolCallId } = call;
    return [
      ...(isShown ? [] : [{ type: 'tool-input-start', ...this.#headOf(call, name), ...this.#encodingOf(call) }]),
      ...(inputTextDelta === '' ? [] : [{ type: 'tool-input-delta', toolCallId, inputTextDelta }]),
    ];
  }

  /** Says of each call whether it is whole, now that nothing more of it will come. */
  settle(calls: ReadonlyMap<number, ToolCall>): readonly UiPart[] {
    const parts: UiPart[] = [];
    for (const call of this.#calls.values()) {
      const verdict = calls.get(call.part);
      if (call.isSettled || !verdict) continue;
      call.isSettled = true;
      if (call.toolCallId !== '') parts.push(this.#settled(call, verdict));
    }
    return parts;
  }

  /** What becomes of a call that is run here. */
  run(news: ToolNews): readonly UiPart[] {
    const call = this.#calls.get(news.part);
    if (!call || call.toolCallId === '' || call.isOver) return [];
    const { toolCallId } = call;
    switch (news.type) {
      case 'tool-running':
        return news.progress === undefined
          ? []
          : [{ type: 'tool-output-available', toolCallId, output: json(news.progress), preliminary: true }];
      case 'tool-result':
        call.isOver = true;
        return [{ type: 'tool-output-available', toolCallId, output: json(news.result) }];
      case 'tool-error':
        call.isOver = true;
        return [{ type: 'tool-output-error', toolCallId, errorText: shownToolError(news.error).problem }];
    }
  }

  /** What the provider gave for one of its own calls: they are answered in their order. */
  answer(output: unknown): readonly UiPart[] {
    const call = [...this.#calls.values()].find(
      ({ isServers, isOver, toolCallId }) => isServers && !isOver && toolCallId !== '',
    );
    if (!call) return [];
    call.isOver = true;
    const { toolCallId } = call;
    return [{ type: 'tool-output-available', toolCallId, output: json(output), providerExecuted: true }];
  }

  #begin(fields: Pick<UiCall, 'part' | 'input' | 'isServers'>): UiCall {
    const call: UiCall = { ...fields, toolCallId: '', held: '', isSettled: false, isOver: false };
    this.#calls.set(fields.part, call);
    return call;
  }

  #headOf({ toolCallId, isServers }: UiCall, toolName: string): object {
    return { toolCallId, toolName, ...(isServers && { providerExecuted: true }) };
  }

  #encodingOf({ input }: UiCall): object {
    return input === 'text' ? { inputEncoding: 'text' } : {};
  }

  #settled(call: UiCall, verdict: ToolCall): UiPart {
    const { name, signature, status, argumentsText } = verdict;
    const seal = signature === undefined ? {} : { providerMetadata: { rxllm: { signature } } };
    const head = { ...this.#headOf(call, name), ...seal };
    if (status === 'complete' && isWritable(verdict.arguments)) {
      return { type: 'tool-input-available', ...head, input: verdict.arguments };
    }
    call.isOver = true;
    const errorText = status === 'invalid' ? 'its input is not JSON' : 'the answer ended before it was whole';
    return { type: 'tool-input-error', ...head, input: argumentsText, errorText };
  }
}
