import type { Delta, PartPlace } from '../../deltas/Delta.ts';
import type { PartDetails, PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { jsonOf } from '../jsonOf.ts';
import type { ChatChoiceDelta, ChatReasoningDetail } from './codec.ts';

const plainType = 'reasoning.text';
/** Which detail a piece belongs to: its type, and its number where it has one. */
const keyOf = ({ type, index }: ChatReasoningDetail): string => `${type ?? plainType}/${jsonOf(index ?? null)}`;
const plainKey = /* @__PURE__ */ keyOf({});

const wordsOf = ({ text, summary }: ChatReasoningDetail): string | undefined => filledText(text) ?? filledText(summary);

/** What of a detail must go back with its words; nothing for one that has only those. */
const rawOf = (detail: ChatReasoningDetail, plain: string): PartDetails => {
  const { text: _, summary: __, data: ___, signature: ____, ...rest } = detail;
  return Object.keys(rest).length === 0 || (Object.keys(rest).length === 1 && rest.type === plain) ? {} : { raw: rest };
};

/**
 * Reads the reasoning of one choice, under all its names. Each of OpenRouter's details becomes a part of its own, so that
 * they can go back as they came and in their order.
 */
export class ReasoningMapper {
  readonly #choice: number;
  readonly #parts: PartWriter;
  /** The detail whose words came last. */
  #key = plainKey;
  /** The parts of numbered details: a seal may come when other parts have begun. */
  readonly #numbered = new Map<string, number>();

  constructor(choice: number, parts: PartWriter) {
    this.#choice = choice;
    this.#parts = parts;
  }

  /** One and the same text goes by up to three names in one delta; it is taken once. */
  map({ reasoning_content, reasoning, reasoning_details: details }: ChatChoiceDelta, out: Delta[]): void {
    const plain = filledText(reasoning_content) ?? filledText(reasoning);
    const isDetailed = details?.some((detail) => wordsOf(detail) !== undefined) ?? false;
    if (plain !== undefined && !isDetailed) this.#grow(plain, {}, out);
    if (details) for (const detail of details) this.#detail(detail, out);
  }

  #detail(detail: ChatReasoningDetail, out: Delta[]): void {
    const { type = plainType, data, signature } = detail;
    if (type.startsWith('reasoning.') && !/\.(text|summary|encrypted)$/.test(type)) {
      this.#parts.end(this.#parts.begin('other', out, { raw: detail }), out);
      return;
    }
    const words = wordsOf(detail);
    if (words !== undefined) this.#grow(words, detail, out);
    if (filledText(data) !== undefined) {
      const details = { redacted: data as string, ...rawOf(detail, 'reasoning.encrypted') };
      this.#parts.end(this.#parts.begin('reasoning', out, details), out);
    }
    if (filledText(signature) !== undefined) {
      const known = this.#numbered.get(keyOf(detail));
      const place = known === undefined ? this.#place(detail, out) : { choice: this.#choice, part: known };
      out.push({ type: 'signature', ...place, signature: signature as string });
    }
    if (!type.startsWith('reasoning.')) {
      out.push({ type: 'other', name: 'reasoning_details', choice: this.#choice, raw: detail });
    }
  }

  #grow(text: string, detail: ChatReasoningDetail, out: Delta[]): void {
    out.push({ type: 'reasoning', ...this.#place(detail, out), text });
  }

  /** Where the words of a detail stand. Words that come without one belong to the detail without a number. */
  #place(detail: ChatReasoningDetail, out: Delta[]): PartPlace {
    const key = keyOf(detail);
    if (key !== this.#key) this.#parts.endStretch(out);
    this.#key = key;
    const place = this.#parts.stretch('reasoning', out, rawOf(detail, plainType));
    if ((detail.index ?? undefined) !== undefined) this.#numbered.set(key, place.part);
    return place;
  }
}
