import type { Citation, Delta, TokenLogprob } from '../../deltas/Delta.ts';
import { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import type {
  ChatAudio,
  ChatChoice,
  ChatChoiceDelta,
  ChatCompletionChunk,
  ChatContentItem,
  ChatReasoningDetail,
  ChatTokenLogprob,
  ChatToolCallFragment,
} from './codec.ts';
import { finishReasonOf } from './finishReasons.ts';
import { type OpenCall, ToolCallTracker } from './ToolCallTracker.ts';
import { usageFromChat } from './usage.ts';

// Fields that have deltas of their own, or that say nothing about the answer.
const chunkFields = new Set(
  'id object created model choices usage citations x_groq error obfuscation system_fingerprint service_tier'.split(' '),
);
const choiceFields = new Set('index delta finish_reason logprobs error'.split(' '));
const deltaFields = new Set(
  'role content reasoning_content reasoning reasoning_details refusal tool_calls function_call audio annotations'.split(
    ' ',
  ),
);

const others = (from: object, known: ReadonlySet<string>, choice: number | undefined, out: Delta[]): void => {
  for (const name in from) {
    if (known.has(name)) continue;
    const raw = (from as Record<string, unknown>)[name];
    if (raw === null || raw === undefined) continue;
    out.push(choice === undefined ? { type: 'other', name, raw } : { type: 'other', name, choice, raw });
  }
};

const citationOf = (raw: unknown): Citation => {
  if (typeof raw === 'string') return { url: raw, title: undefined, citedText: undefined, raw };
  const { url_citation: nested } = (raw ?? {}) as { url_citation?: object };
  const { url, title, content } = (nested ?? raw ?? {}) as { url?: unknown; title?: unknown; content?: unknown };
  return { url: filledText(url), title: filledText(title), citedText: filledText(content), raw };
};

const logprobOf = ({ token, bytes, logprob, top_logprobs }: ChatTokenLogprob): TokenLogprob => ({
  token,
  bytes: bytes ?? null,
  logprob,
  topLogprobs: (top_logprobs ?? []).map((other) => ({
    token: other.token,
    bytes: other.bytes ?? null,
    logprob: other.logprob,
  })),
});

/** What is remembered of one choice from chunk to chunk. */
class ChoiceMapper {
  readonly #index: number;
  readonly #parts: PartWriter;
  readonly #calls = new ToolCallTracker();
  #functionCall: OpenCall | undefined;
  #citations = 0;

  constructor(index: number) {
    this.#index = index;
    this.#parts = new PartWriter(index);
  }

  /** `citations` are those of the whole answer: they belong to its text, and a stop reason would end that. */
  map(choice: ChatChoice, isFailing: boolean, citations: readonly unknown[], out: Delta[]): void {
    const { delta, logprobs, finish_reason: reason } = choice;
    others(choice, choiceFields, this.#index, out);
    if (delta) this.#mapDelta(delta, out);
    this.cite(citations, out);
    if (logprobs) {
      const content = (logprobs.content ?? []).map(logprobOf);
      const refusal = (logprobs.refusal ?? []).map(logprobOf);
      if (content.length + refusal.length > 0) out.push({ type: 'logprobs', choice: this.#index, content, refusal });
    }
    // A chunk that reports an error has no stop reason, whatever it says: the error comes after it.
    if (filledText(reason) !== undefined && !isFailing) this.#finish(reason as string, out);
    // The last chunk of an audio answer has no stop reason, but tells until when the audio is kept.
    else if (typeof delta?.audio?.expires_at === 'number' && !isFailing) this.#finish('stop', out);
  }

  /** Sources of the whole answer; servers repeat the list, longer each time. */
  cite(citations: readonly unknown[], out: Delta[]): void {
    for (const raw of citations.slice(this.#citations)) this.#citation(raw, out);
    this.#citations = Math.max(this.#citations, citations.length);
  }

  #mapDelta(delta: ChatChoiceDelta, out: Delta[]): void {
    others(delta, deltaFields, this.#index, out);
    const { content, refusal, audio, tool_calls: calls, function_call: call, annotations } = delta;
    this.#reasoning(delta, out);
    if (Array.isArray(content)) for (const item of content) this.#item(item, out);
    else this.#text('text', content, out);
    this.#text('refusal', refusal, out);
    if (audio) this.#audio(audio, out);
    if (call) this.#deprecatedCall(call, out);
    for (const fragment of calls ?? []) this.#toolCall(fragment, out);
    for (const annotation of annotations ?? []) this.#citation(annotation, out);
  }

  #text(type: 'text' | 'reasoning' | 'refusal', piece: string | null | undefined, out: Delta[]): void {
    if (piece === undefined || piece === null || piece === '') return;
    out.push({ type, ...this.#parts.stretch(type, out), text: piece });
  }

  /** One and the same text goes by up to three names in one delta; it is taken once. */
  #reasoning({ reasoning_content, reasoning, reasoning_details: details }: ChatChoiceDelta, out: Delta[]): void {
    const plain = filledText(reasoning_content) ?? filledText(reasoning);
    this.#text('reasoning', plain, out);
    for (const detail of details ?? []) this.#reasoningDetail(detail, plain === undefined, out);
  }

  #reasoningDetail(detail: ChatReasoningDetail, withText: boolean, out: Delta[]): void {
    const { type, text: piece, summary, data, signature } = detail;
    if (withText) this.#text('reasoning', filledText(piece) ?? summary, out);
    if (filledText(data) !== undefined) {
      this.#parts.end(this.#parts.begin('reasoning', out, { redacted: data as string }), out);
    }
    if (filledText(signature) !== undefined) {
      out.push({ type: 'signature', ...this.#parts.stretch('reasoning', out), signature: signature as string });
    }
    if (!/^reasoning\.(text|summary|encrypted)$/.test(type ?? '')) {
      out.push({ type: 'other', name: 'reasoning_details', choice: this.#index, raw: detail });
    }
  }

  #item(item: ChatContentItem, out: Delta[]): void {
    if (item.thinking) for (const { text: piece } of item.thinking) this.#text('reasoning', piece, out);
    else if (item.type === 'text') this.#text('text', item.text, out);
    else out.push({ type: 'other', name: 'content', choice: this.#index, raw: item });
  }

  #audio({ id, data, transcript, expires_at }: ChatAudio, out: Delta[]): void {
    out.push({
      type: 'audio',
      ...this.#parts.stretch('audio', out),
      id: id ?? undefined,
      data: data ?? undefined,
      transcript: transcript ?? undefined,
      expiresAtS: expires_at ?? undefined,
    });
  }

  #citation(raw: unknown, out: Delta[]): void {
    out.push({ type: 'citation', ...this.#parts.stretch('text', out), citation: citationOf(raw) });
  }

  #deprecatedCall(fragment: { name?: string | null; arguments?: string | null }, out: Delta[]): void {
    this.#functionCall ??= { part: this.#parts.begin('tool-call', out), input: 'json', id: '', name: '' };
    this.#fragment(this.#functionCall, { function: fragment }, out);
  }

  #toolCall(fragment: ChatToolCallFragment, out: Delta[]): void {
    const id = fragment.id ?? '';
    const name = fragment.function?.name ?? fragment.custom?.name ?? '';
    let call = this.#calls.find(fragment);
    if (call) this.#calls.learn(call, id, name);
    else {
      const input = fragment.custom || fragment.type === 'custom' ? 'text' : 'json';
      call = { part: this.#parts.begin('tool-call', out), input, id, name };
      this.#calls.add(call, fragment.index);
    }
    this.#fragment(call, fragment, out);
  }

  #fragment(
    { part, input }: OpenCall,
    { id, function: fn, custom, extra_content: extra }: ChatToolCallFragment,
    out: Delta[],
  ): void {
    const name = filledText(fn?.name) ?? filledText(custom?.name);
    const argumentsText = filledText(fn?.arguments) ?? filledText(custom?.input);
    out.push({
      type: 'tool-call',
      choice: this.#index,
      part,
      ...(filledText(id) !== undefined && { id: id as string }),
      ...(name !== undefined && { name }),
      ...(argumentsText !== undefined && { argumentsText }),
      input,
      executedBy: 'client',
    });
    const signature = (extra as { google?: { thought_signature?: unknown } } | null | undefined)?.google
      ?.thought_signature;
    if (typeof signature === 'string') out.push({ type: 'signature', choice: this.#index, part, signature });
    else if (extra !== undefined && extra !== null) {
      out.push({ type: 'other', name: 'extra_content', choice: this.#index, part, raw: extra });
    }
  }

  #finish(raw: string, out: Delta[]): void {
    this.#parts.endAll(out);
    out.push({ type: 'finish', choice: this.#index, reason: finishReasonOf(raw), raw });
  }
}

/** Whether an `error` field holds one: an object or words. */
const isError = (error: unknown): boolean =>
  (typeof error === 'object' && error !== null) || filledText(error) !== undefined;

/** Whether a choice of a chunk reports an error rather than an answer. */
export const isFailing = (choice: ChatChoice): boolean => choice.finish_reason === 'error' || isError(choice.error);

/** What is remembered of one stream from chunk to chunk. */
class ChatMapper {
  readonly #choices = new Map<number, ChoiceMapper>();
  /** What comes before the answer has a name (Azure's prompt filter results do) waits for `start`. */
  readonly #early: Delta[] = [];
  #hasStarted = false;
  #serviceTier: string | undefined;

  map(chunk: ChatCompletionChunk): readonly Delta[] {
    const { citations, x_groq } = chunk;
    const choices = chunk.choices ?? [];
    const out: Delta[] = [];
    if (!this.#hasStarted) this.#start(chunk, out);
    const target = this.#hasStarted ? out : this.#early;
    const failed = isError(chunk.error) || chunk.object === 'error';
    if (!failed) others(chunk, chunkFields, undefined, target);
    this.#tier(chunk, target);
    const cited = citations ?? [];
    choices.forEach((choice, position) => {
      const index = choice.index ?? position;
      this.#choice(index).map(choice, failed || isFailing(choice), index === 0 ? cited : [], out);
    });
    // Some send them in a chunk of their own.
    if (cited.length > 0) this.#choice(0).cite(cited, target);
    const usage = chunk.usage ?? x_groq?.usage;
    if (usage) target.push({ type: 'usage', usage: usageFromChat(usage) });
    return out;
  }

  #start({ id, model, choices }: ChatCompletionChunk, out: Delta[]): void {
    if ((choices ?? []).length === 0 && filledText(id) === undefined && filledText(model) === undefined) return;
    this.#hasStarted = true;
    out.push({ type: 'start', id: id ?? '', model: model ?? '', attempt: 1, step: 0 }, ...this.#early.splice(0));
  }

  #choice(index: number): ChoiceMapper {
    const known = this.#choices.get(index) ?? new ChoiceMapper(index);
    this.#choices.set(index, known);
    return known;
  }

  /** Every chunk repeats it; it is told when it changes. */
  #tier({ service_tier: tier }: ChatCompletionChunk, out: Delta[]): void {
    if (filledText(tier) === undefined || tier === this.#serviceTier) return;
    this.#serviceTier = tier as string;
    out.push({ type: 'other', name: 'service_tier', raw: tier });
  }
}

/** Maps the chunks of one stream to deltas, in order. */
export const chatDeltas = (): ((chunk: ChatCompletionChunk) => readonly Delta[]) => {
  const mapper = new ChatMapper();
  return (chunk) => mapper.map(chunk);
};
