import type { Delta, FinishDelta, ToolCallDelta } from '../../deltas/Delta.ts';
import { mergeUsage, type Usage } from '../../deltas/Usage.ts';
import type { ApiError } from '../../errors/ApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { OllamaChatChunk } from './codec.ts';
import { doneReasonFrom } from './doneReasons.ts';
import { imagesIn } from './imagesIn.ts';
import { jsonObjectIn } from './jsonObjectIn.ts';
import { logprobToOllama } from './logprobToOllama.ts';
import { ollamaToolCall } from './ollamaToolCall.ts';
import { durationsIn, usageToOllama } from './usage.ts';

const message = (json: object): Frame => ({
  kind: 'message',
  event: undefined,
  data: JSON.stringify(json),
  id: undefined,
});

/** A tool call on its way: Ollama sends one only when it is whole. */
interface GatheredCall {
  id: string;
  name: string;
  argumentsText: string;
  /** Whether it is one for the client to run, with JSON for arguments: Ollama has no other. */
  mayBeSent: boolean;
  hasEnded: boolean;
}

/** What an Ollama server sends for each delta of one answer; it knows choice 0 only. */
class OllamaEncoder {
  #model = '';
  /** In order of appearance, in which they go out. */
  readonly #calls = new Map<number, GatheredCall>();
  #callCount = 0;
  #usage: Usage | undefined;
  #finish: FinishDelta | undefined;

  encode(delta: Delta): readonly Frame[] {
    if ('choice' in delta && (delta.choice ?? 0) !== 0) return [];
    switch (delta.type) {
      case 'start':
        this.#model = delta.model;
        return [];
      case 'text':
      case 'refusal':
        return this.#message({ content: delta.text });
      case 'reasoning':
        return this.#message({ thinking: delta.text });
      case 'part-start':
        if (delta.kind === 'tool-call') this.#callAt(delta.part);
        return delta.kind === 'other' ? this.#message(imagesIn(delta.raw)) : [];
      case 'tool-call':
        this.#gather(delta);
        return [];
      case 'part-end':
        this.#endCall(delta.part);
        return this.#endedCalls();
      case 'logprobs':
        return delta.content.length === 0 ? [] : [this.#line({ logprobs: delta.content.map(logprobToOllama) })];
      case 'usage':
        this.#usage = mergeUsage(this.#usage, delta.usage);
        return [];
      // Counts and stop reason go out together, in the last line.
      case 'finish':
        this.#finish = delta;
        for (const part of this.#calls.keys()) this.#endCall(part);
        return this.#endedCalls();
      case 'end':
        return [this.#end()];
      case 'other':
        return this.#other(delta.name, delta.raw, delta.choice);
      default:
        return [];
    }
  }

  #line(fields: object, content: object = {}): Frame {
    return message({
      model: this.#model,
      created_at: new Date().toISOString(),
      message: { role: 'assistant', content: '', ...content },
      done: false,
      ...fields,
    });
  }

  #message(content: object | undefined): readonly Frame[] {
    return content ? [this.#line({}, content)] : [];
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

  #endCall(part: number): void {
    const call = this.#calls.get(part);
    if (call) call.hasEnded = true;
  }

  /** The calls that are whole, up to the first that is not. */
  #endedCalls(): readonly Frame[] {
    const frames: Frame[] = [];
    for (const [part, call] of this.#calls) {
      if (!call.hasEnded) break;
      this.#calls.delete(part);
      frames.push(...this.#toolCall(call));
    }
    return frames;
  }

  /** A call whose arguments are no JSON object has no form here, and is never to be run. */
  #toolCall(call: GatheredCall): readonly Frame[] {
    const args = call.mayBeSent ? jsonObjectIn(call.argumentsText) : undefined;
    if (!args) return [];
    this.#callCount += 1;
    return this.#message({ tool_calls: [ollamaToolCall(call, this.#callCount - 1, args)] });
  }

  /** A field that this library has no word for goes back where it stood; none may pass for one that it has. */
  #other(name: string, raw: unknown, choice: number | undefined): readonly Frame[] {
    if (knownFields.has(name)) return [];
    return choice === undefined ? [this.#line({ [name]: raw })] : this.#message({ [name]: raw });
  }

  #end(): Frame {
    const { reason, raw = '', details } = this.#finish ?? {};
    return this.#line({
      done: true,
      done_reason: doneReasonFrom(reason, raw),
      ...durationsIn(details),
      ...(this.#usage && usageToOllama(this.#usage)),
    });
  }
}

const knownFields: ReadonlySet<string> = /* @__PURE__ */ (() =>
  new Set(
    OllamaChatChunk.types.flatMap(({ props }) => Object.keys(props)).concat('role', 'content', 'images', 'created_at'),
  ))();

/** What an Ollama server sends for each delta of one answer. */
export const encodeOllama = (): ((delta: Delta) => readonly Frame[]) => {
  const encoder = new OllamaEncoder();
  return (delta) => encoder.encode(delta);
};

/** What an Ollama server sends for an error in the middle of a stream: words, and no code. */
export const encodeOllamaError = ({ providerMessage }: ApiError): readonly Frame[] => [
  message({ error: providerMessage }),
];
