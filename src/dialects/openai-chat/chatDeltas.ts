import type { Delta } from '../../deltas/Delta.ts';
import { filledText } from '../../internal/filledText.ts';
import { isErrorField } from '../isErrorField.ts';
import { othersBut } from '../othersBut.ts';
import { ChoiceMapper } from './ChoiceMapper.ts';
import type { ChatChoice, ChatCompletionChunk } from './codec.ts';
import { ChatUsage } from './codec.ts';
import { groqIn, isFailing } from './errorInChat.ts';
import { usageFromChat } from './usage.ts';

// Fields that have deltas of their own, or that say nothing about the answer.
const othersInChunk = /* @__PURE__ */ othersBut(
  'id object created model choices usage citations x_groq error obfuscation system_fingerprint service_tier',
);

const none: readonly never[] = [];
const nowhere = {};

/** What is remembered of one stream from chunk to chunk. */
class ChatMapper {
  readonly #callsAre: 'in-pieces' | 'whole';
  readonly #choices = new Map<number, ChoiceMapper>();
  /** What comes before the answer has a name (Azure's prompt filter results do) waits for `start`. */
  readonly #early: Delta[] = [];
  #hasStarted = false;
  #serviceTier: string | undefined;

  constructor(callsAre: 'in-pieces' | 'whole') {
    this.#callsAre = callsAre;
  }

  map(chunk: ChatCompletionChunk): readonly Delta[] {
    const choices = chunk.choices ?? none;
    const cited = chunk.citations ?? none;
    const groq = groqIn(chunk);
    const out: Delta[] = [];
    if (!this.#hasStarted) this.#start(chunk, out);
    const target = this.#hasStarted ? out : this.#early;
    const failed = isErrorField(chunk.error) || chunk.object === 'error' || isErrorField(groq.error);
    if (!failed) othersInChunk(chunk, nowhere, target);
    this.#tier(chunk, target);
    for (let position = 0; position < choices.length; position += 1) {
      const choice = choices[position] as ChatChoice;
      const index = choice.index ?? position;
      this.#choice(index).map(choice, failed || isFailing(choice), index === 0 ? cited : none, out);
    }
    // Some send them in a chunk of their own.
    if (cited.length > 0) this.#choice(0).cite(cited, target);
    this.#usage(chunk.usage ?? groq.usage, target);
    return out;
  }

  #start({ id, model, choices }: ChatCompletionChunk, out: Delta[]): void {
    if ((choices ?? []).length === 0 && filledText(id) === undefined && filledText(model) === undefined) return;
    this.#hasStarted = true;
    out.push({ type: 'start', id: id ?? '', model: model ?? '', attempt: 1, step: 0 }, ...this.#early.splice(0));
  }

  #choice(index: number): ChoiceMapper {
    const known = this.#choices.get(index);
    if (known) return known;
    const begun = new ChoiceMapper(index, this.#callsAre);
    this.#choices.set(index, begun);
    return begun;
  }

  #usage(usage: unknown, out: Delta[]): void {
    if (usage === null || usage === undefined) return;
    if (ChatUsage.is(usage)) out.push({ type: 'usage', usage: usageFromChat(usage) });
    else out.push({ type: 'other', name: 'usage', raw: usage });
  }

  /** Every chunk repeats it; it is told when it changes. */
  #tier({ service_tier: tier }: ChatCompletionChunk, out: Delta[]): void {
    if (filledText(tier) === undefined || tier === this.#serviceTier) return;
    this.#serviceTier = tier as string;
    out.push({ type: 'other', name: 'service_tier', raw: tier });
  }
}

/** Maps the chunks of one answer to deltas, in order; calls that come whole are never taken for pieces of one another. */
export const chatDeltas = (
  callsAre: 'in-pieces' | 'whole' = 'in-pieces',
): ((chunk: ChatCompletionChunk) => readonly Delta[]) => {
  const mapper = new ChatMapper(callsAre);
  return (chunk) => mapper.map(chunk);
};
