import type { Delta, PartPlace } from '../../deltas/Delta.ts';
import { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { othersBut } from '../othersBut.ts';
import { citationFromChat } from './citationFromChat.ts';
import type { ChatAudio, ChatChoice, ChatChoiceDelta, ChatContentItem, ChatToolCallFragment } from './codec.ts';
import { ChatLogprobs } from './codec.ts';
import { finishReasonOf } from './finishReasons.ts';
import { logprobFromChat } from './logprobFromChat.ts';
import { ReasoningMapper } from './ReasoningMapper.ts';
import { type OpenCall, ToolCallTracker } from './ToolCallTracker.ts';

// Fields that have deltas of their own, or that say nothing about the answer.
const othersInChoice = /* @__PURE__ */ othersBut('index delta finish_reason logprobs error');
const othersInDelta = /* @__PURE__ */ othersBut(
  'role content reasoning_content reasoning reasoning_details refusal tool_calls function_call audio annotations',
);

/** What is remembered of one choice from chunk to chunk. */
export class ChoiceMapper {
  readonly #index: number;
  readonly #place: { readonly choice: number };
  readonly #parts: PartWriter;
  readonly #reasoning: ReasoningMapper;
  readonly #calls = new ToolCallTracker();
  readonly #callsAre: 'in-pieces' | 'whole';
  #functionCall: OpenCall | undefined;
  /** Where the last text stands: sources may come behind its end. */
  #text: PartPlace | undefined;
  #citations = 0;

  constructor(index: number, callsAre: 'in-pieces' | 'whole') {
    this.#index = index;
    this.#place = { choice: index };
    this.#callsAre = callsAre;
    this.#parts = new PartWriter(index);
    this.#reasoning = new ReasoningMapper(index, this.#parts);
  }

  /** `citations` are those of the whole answer. */
  map(choice: ChatChoice, isFailing: boolean, citations: readonly unknown[], out: Delta[]): void {
    const { delta, logprobs, finish_reason: reason } = choice;
    othersInChoice(choice, this.#place, out);
    if (delta) this.#mapDelta(delta, out);
    if (citations.length > 0) this.cite(citations, out);
    if (logprobs !== null && logprobs !== undefined) this.#logprobs(logprobs, out);
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

  #logprobs(logprobs: unknown, out: Delta[]): void {
    const choice = this.#index;
    if (!ChatLogprobs.is(logprobs)) {
      out.push({ type: 'other', name: 'logprobs', choice, raw: logprobs });
      return;
    }
    const content = (logprobs.content ?? []).map(logprobFromChat);
    const refusal = (logprobs.refusal ?? []).map(logprobFromChat);
    if (content.length + refusal.length > 0) out.push({ type: 'logprobs', choice, content, refusal });
  }

  #mapDelta(delta: ChatChoiceDelta, out: Delta[]): void {
    othersInDelta(delta, this.#place, out);
    const { content, refusal, audio, tool_calls: calls, function_call: call, annotations } = delta;
    this.#reasoning.map(delta, out);
    if (Array.isArray(content)) for (const item of content) this.#item(item, out);
    else this.#say('text', content, out);
    this.#say('refusal', refusal, out);
    if (audio) this.#audio(audio, out);
    if (call) this.#deprecatedCall(call, out);
    if (calls) for (const fragment of calls) this.#toolCall(fragment, out);
    if (annotations) for (const annotation of annotations) this.#citation(annotation, out);
  }

  #say(type: 'text' | 'refusal', piece: string | null | undefined, out: Delta[]): void {
    if (piece === undefined || piece === null || piece === '') return;
    const place = this.#parts.stretch(type, out);
    if (type === 'text') this.#text = place;
    out.push({ type, choice: place.choice, part: place.part, text: piece });
  }

  #item(item: ChatContentItem, out: Delta[]): void {
    if (item.thinking)
      for (const { text: piece } of item.thinking) this.#reasoning.map({ reasoning: piece ?? null }, out);
    else if (item.type === 'text') this.#say('text', item.text, out);
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
    this.#text ??= this.#parts.stretch('text', out);
    out.push({ type: 'citation', ...this.#text, citation: citationFromChat(raw) });
  }

  #deprecatedCall(fragment: { name?: string | null; arguments?: string | null }, out: Delta[]): void {
    this.#functionCall ??= { part: this.#parts.begin('tool-call', out), input: 'json', id: '', name: '' };
    this.#fragment(this.#functionCall, { function: fragment }, out);
  }

  #toolCall(fragment: ChatToolCallFragment, out: Delta[]): void {
    const id = fragment.id ?? '';
    const name = fragment.function?.name ?? fragment.custom?.name ?? '';
    let call = this.#callsAre === 'whole' ? undefined : this.#calls.find(fragment);
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
