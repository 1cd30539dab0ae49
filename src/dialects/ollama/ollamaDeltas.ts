import type { Delta, TokenLogprob } from '../../deltas/Delta.ts';
import { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { isErrorField } from '../isErrorField.ts';
import { jsonOf } from '../jsonOf.ts';
import { othersBut } from '../othersBut.ts';
import type { OllamaChatChunk, OllamaLogprob, OllamaMessage, OllamaToolCall } from './codec.ts';
import { finishReasonOf } from './doneReasons.ts';
import { durationsIn, usageFromOllama } from './usage.ts';

// Fields that have deltas of their own, or that say nothing about the answer.
const othersInChunk = /* @__PURE__ */ othersBut(
  'model created_at message response thinking tool_calls image done done_reason logprobs error StatusCode Status ' +
    'total_duration load_duration prompt_eval_count prompt_eval_duration eval_count eval_duration ' +
    'remote_model remote_host',
);
const othersInMessage = /* @__PURE__ */ othersBut('role content thinking images tool_calls');

/** Cloud models name the server behind the server, on every line. */
const remoteFields = ['remote_model', 'remote_host'] as const;

const tokenOf = ({ token, bytes, logprob }: OllamaLogprob): Omit<TokenLogprob, 'topLogprobs'> => ({
  token,
  bytes: bytes ?? null,
  logprob,
});

const logprobOf = (token: OllamaLogprob): TokenLogprob => ({
  ...tokenOf(token),
  topLogprobs: (token.top_logprobs ?? []).map(tokenOf),
});

const argumentsTextIn = (args: unknown): string | undefined =>
  args === undefined || args === null || typeof args === 'string' ? filledText(args) : jsonOf(args);

/** What is remembered of one stream from line to line. */
class OllamaMapper {
  readonly #parts = new PartWriter(0);
  readonly #remote = new Map<string, unknown>();
  #hasStarted = false;
  #hasCalls = false;

  map(chunk: OllamaChatChunk): readonly Delta[] {
    const { message, response = null, thinking = null, tool_calls = null, image, logprobs } = chunk;
    const failed = isErrorField(chunk.error);
    const out: Delta[] = [];
    if (!this.#hasStarted && !this.#start(chunk, failed, out)) return out;
    if (!failed) this.#others(chunk, out);
    if (message) this.#message(message, out);
    this.#message({ content: response, thinking, tool_calls }, out);
    if (filledText(image) !== undefined) this.#images({ image }, out);
    if (logprobs && logprobs.length > 0) {
      out.push({ type: 'logprobs', choice: 0, content: logprobs.map(logprobOf), refusal: [] });
    }
    // A line that reports an error has no stop reason, whatever it says: the error comes after it.
    if (chunk.done === true && !failed) this.#finish(chunk, out);
    return out;
  }

  /** A line with nothing but an error begins no answer. */
  #start({ model, message, response }: OllamaChatChunk, failed: boolean, out: Delta[]): boolean {
    this.#hasStarted = !failed || Boolean(message) || filledText(response) !== undefined;
    // Ollama gives its answers no ids.
    if (this.#hasStarted) out.push({ type: 'start', id: '', model: model ?? '', attempt: 1, step: 0 });
    return this.#hasStarted;
  }

  #others(chunk: OllamaChatChunk, out: Delta[]): void {
    othersInChunk(chunk, {}, out);
    for (const name of remoteFields) {
      const raw = filledText((chunk as Record<string, unknown>)[name]);
      if (raw === undefined || raw === this.#remote.get(name)) continue;
      this.#remote.set(name, raw);
      out.push({ type: 'other', name, raw });
    }
  }

  #message(message: OllamaMessage, out: Delta[]): void {
    const { content, thinking, images, tool_calls: calls } = message;
    othersInMessage(message, { choice: 0 }, out);
    this.#text('reasoning', thinking, out);
    this.#text('text', content, out);
    if (images && images.length > 0) this.#images({ images }, out);
    for (const call of calls ?? []) this.#toolCall(call, out);
  }

  #text(type: 'text' | 'reasoning', piece: string | null | undefined, out: Delta[]): void {
    if (piece === undefined || piece === null || piece === '') return;
    out.push({ type, ...this.#parts.stretch(type, out), text: piece });
  }

  #images(raw: object, out: Delta[]): void {
    this.#parts.end(this.#parts.begin('other', out, { raw }), out);
  }

  /** A call comes whole, so its part ends at once. */
  #toolCall({ id, function: fn }: OllamaToolCall, out: Delta[]): void {
    this.#hasCalls = true;
    const part = this.#parts.begin('tool-call', out);
    const argumentsText = argumentsTextIn(fn?.arguments);
    out.push({
      type: 'tool-call',
      choice: 0,
      part,
      ...(filledText(id) !== undefined && { id: id as string }),
      ...(filledText(fn?.name) !== undefined && { name: fn?.name as string }),
      ...(argumentsText !== undefined && { argumentsText }),
      input: 'json',
      executedBy: 'client',
    });
    this.#parts.end(part, out);
  }

  #finish(chunk: OllamaChatChunk, out: Delta[]): void {
    this.#parts.endAll(out);
    const raw = chunk.done_reason ?? '';
    const details = durationsIn(chunk);
    const reason = finishReasonOf(raw, this.#hasCalls);
    out.push({ type: 'finish', choice: 0, reason, raw, ...(details !== undefined && { details }) });
    const usage = usageFromOllama(chunk);
    if (usage) out.push({ type: 'usage', usage });
  }
}

/** Maps the lines of one stream to deltas, in order. */
export const ollamaDeltas = (): ((chunk: OllamaChatChunk) => readonly Delta[]) => {
  const mapper = new OllamaMapper();
  return (chunk) => mapper.map(chunk);
};
