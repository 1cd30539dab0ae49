import type { TextDelta } from '../deltas/Delta.ts';
import { HeldSentences } from './HeldSentences.ts';
import type { ModerationWindow } from './ModerationCheck.ts';

export interface HoldOptions {
  readonly unit: 'sentence' | 'chars';
  readonly holdBackChars: number;
  readonly maxDelayMs: number;
  readonly maxWindowChars: number;
}

/** Where text was put in another's place, for places that come from before that. */
interface Edit {
  /** The end of what was replaced, in the part as it came. */
  readonly cameChars: number;
  /** The end of what stands there, in the part as it is shown, and its beginning. */
  readonly shownChars: number;
  readonly fromChar: number;
}

const endsInPair = (text: string): boolean => /[\ud800-\udbff]/.test(text.slice(-1));

/** The text of one part: what may be shown of it, and what is held until it was checked. */
export class HeldText {
  readonly #options: HoldOptions;
  readonly place: Pick<TextDelta, 'choice' | 'part' | 'type'>;
  #held = '';
  /** Whether the other half of its last character is on its way. */
  #endsInPair = false;
  /** When the first of it came, and when the first behind its last whole sentence did. */
  #sinceMs = 0;
  #restSinceMs = 0;
  #sentences = new HeldSentences();
  /** The end of what is shown, all of what is shown, and how much of what came it stands for. */
  #recent = '';
  #shownChars = 0;
  #cameChars = 0;
  #edits: Edit[] = [];
  #isClosed = false;

  constructor(place: Pick<TextDelta, 'choice' | 'part' | 'type'>, options: HoldOptions) {
    this.place = place;
    this.#options = options;
  }

  get shownChars(): number {
    return this.#shownChars;
  }

  /** No more text follows: what is held is all there is. */
  close(): void {
    this.#isClosed = true;
  }

  push(text: string, nowMs: number): void {
    this.#isClosed = false;
    if (this.#held === '') this.#sinceMs = nowMs;
    this.#held += text;
    // To look at the end of all that is held would copy it for each piece.
    this.#endsInPair = endsInPair(text);
    if (this.#options.unit === 'sentence' && this.#sentences.push(text)) this.#restSinceMs = nowMs;
  }

  /** How much is to be checked now: nothing, whole sentences, or all there is. */
  dueChars(nowMs: number): number {
    const isOver = this.#isClosed || nowMs >= this.dueAtMs;
    const { wholeChars } = this.#sentences;
    if (wholeChars > 0 && !isOver) return this.#askable(wholeChars);
    return isOver || this.#held.length >= this.#options.holdBackChars ? this.#askable(this.#allChars()) : 0;
  }

  /** When what is held is to be checked at the latest. */
  get dueAtMs(): number {
    return this.#allChars() === 0 ? Infinity : this.#sinceMs + this.#options.maxDelayMs;
  }

  /** The next so many characters, after those that are shown. */
  window(chars: number): ModerationWindow {
    const fresh = this.#held.slice(0, chars);
    const { choice, part, type: kind } = this.place;
    const beforeChars = Math.max(0, this.#options.maxWindowChars - fresh.length);
    const before = beforeChars === 0 ? '' : this.#recent.slice(-beforeChars).replace(/^[\udc00-\udfff]/, '');
    const fromChar = this.#shownChars - before.length;
    const isLast = this.#isClosed && chars === this.#held.length;
    return { text: before + fresh, fresh, fromChar, choice, part, kind, isLast };
  }

  /** Shows the next so many characters as they are. */
  pass(chars: number): void {
    this.#show(this.#take(chars));
  }

  /** Shows `text` from a place on, instead of what is shown there and of the next so many characters. */
  replace(chars: number, fromChar: number, text: string): void {
    const kept = Math.max(0, fromChar - this.#shownChars);
    const fresh = this.#take(chars);
    this.#cutShown(fromChar);
    this.#show(fresh.slice(0, kept) + text);
    this.#edits.push({ cameChars: this.#cameChars, shownChars: this.#shownChars, fromChar });
  }

  /**
   * Takes back what came from a place on. Gives how many of the characters that are held went, and from where on shown ones
   * did.
   */
  retract(fromChar: number): { readonly heldChars: number; readonly shownFrom: number | undefined } {
    const from = Math.max(0, fromChar);
    const kept = this.#held.slice(0, Math.max(0, from - this.#cameChars));
    const heldChars = this.#held.length - kept.length;
    this.#restart(kept);
    if (from >= this.#cameChars) return { heldChars, shownFrom: undefined };
    const shownFrom = this.#shownPlace(from);
    this.#cutShown(shownFrom);
    this.#edits.push({ cameChars: from, shownChars: shownFrom, fromChar: shownFrom });
    this.#cameChars = from;
    return { heldChars, shownFrom };
  }

  /**
   * How much of so many characters a check is asked about at once: whole sentences if it can be, and no more than leave half
   * of the window to what stands before them, so that a phrase that begins there is seen.
   */
  #askable(chars: number): number {
    const mostChars = Math.max(1, Math.floor(this.#options.maxWindowChars / 2));
    if (chars <= mostChars) return chars;
    const wholeChars = this.#sentences.wholeCharsWithin(mostChars);
    if (wholeChars > 0) return wholeChars;
    if (!endsInPair(this.#held.slice(0, mostChars))) return mostChars;
    return mostChars === 1 ? 2 : mostChars - 1;
  }

  #allChars(): number {
    return this.#held.length - (!this.#isClosed && this.#endsInPair ? 1 : 0);
  }

  #take(chars: number): string {
    const taken = this.#held.slice(0, chars);
    this.#held = this.#held.slice(chars);
    this.#cameChars += chars;
    this.#sinceMs = this.#restSinceMs;
    this.#sentences.take(chars);
    return taken;
  }

  #show(text: string): void {
    this.#shownChars += text.length;
    const { maxWindowChars } = this.#options;
    this.#recent = maxWindowChars === Infinity ? this.#recent + text : (this.#recent + text).slice(-maxWindowChars);
  }

  #cutShown(fromChar: number): void {
    const gone = Math.max(0, this.#shownChars - fromChar);
    this.#recent = this.#recent.slice(0, Math.max(0, this.#recent.length - gone));
    this.#shownChars -= gone;
    while ((this.#edits.at(-1)?.shownChars ?? 0) > fromChar) this.#edits.pop();
  }

  #restart(held: string): void {
    this.#held = held;
    this.#endsInPair = endsInPair(held);
    this.#sentences = new HeldSentences();
    if (this.#options.unit === 'sentence') this.#sentences.push(held);
  }

  /** Where a place in the part as it came is in the part as it is shown. */
  #shownPlace(cameChar: number): number {
    const at = this.#edits.findLastIndex(({ cameChars }) => cameChars <= cameChar);
    const edit = this.#edits[at] ?? { cameChars: 0, shownChars: 0 };
    return Math.min(edit.shownChars + cameChar - edit.cameChars, this.#edits[at + 1]?.fromChar ?? this.#shownChars);
  }
}
