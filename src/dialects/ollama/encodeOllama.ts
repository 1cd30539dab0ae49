import type { Delta, FinishDelta } from '../../deltas/Delta.ts';
import { mergeUsage, type Usage } from '../../deltas/Usage.ts';
import type { ApiError } from '../../errors/ApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { type WholeCall, wholeCalls } from '../wholeCalls.ts';
import { OllamaChatChunk } from './codec.ts';
import { doneReasonFrom } from './doneReasons.ts';
import { imagesIn } from './imagesIn.ts';
import { logprobToOllama } from './logprobToOllama.ts';
import { ollamaToolCall } from './ollamaToolCall.ts';
import { durationsIn, usageToOllama } from './usage.ts';

const message = (json: object): Frame => ({
  kind: 'message',
  event: undefined,
  data: JSON.stringify(json),
  id: undefined,
});

/** What an Ollama server sends for each delta of one answer; it knows choice 0 only. */
class OllamaEncoder {
  #model = '';
  readonly #calls = wholeCalls();
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
        this.#calls(delta);
        return delta.kind === 'other' ? this.#message(imagesIn(delta.raw)) : [];
      case 'tool-call':
      case 'part-end':
        return this.#toolCalls(this.#calls(delta));
      case 'logprobs':
        return delta.content.length === 0 ? [] : [this.#line({ logprobs: delta.content.map(logprobToOllama) })];
      case 'usage':
        this.#usage = mergeUsage(this.#usage, delta.usage);
        return [];
      // Counts and stop reason go out together, in the last line.
      case 'finish':
        this.#finish = delta;
        return this.#toolCalls(this.#calls(delta));
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

  #toolCalls(calls: readonly WholeCall[]): readonly Frame[] {
    return calls.flatMap((call) => {
      this.#callCount += 1;
      return this.#message({ tool_calls: [ollamaToolCall(call, this.#callCount - 1, call.input)] });
    });
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
