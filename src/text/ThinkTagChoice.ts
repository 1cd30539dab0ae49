import type { Delta, PartPlace, PartStartDelta, RedactDelta } from '../deltas/Delta.ts';
import { type TaggedPiece, type ThinkMode, type ThinkTags, ThinkTagScanner } from './ThinkTagScanner.ts';

type PlacedDelta = Extract<Delta, PartPlace>;

/** A part that is written, and the stretch of a part that was read which it stands for. */
interface Stretch {
  readonly part: number;
  readonly mode: Exclude<ThinkMode, 'leading'>;
  /** Where it began in the part that was read, in UTF-16 code units. */
  fromChar: number;
  chars: number;
}

/** A text part as it is read. */
interface ReadPart {
  readonly start: PartStartDelta | undefined;
  readonly stretches: Stretch[];
  chars: number;
  /** Whether its last stretch is still under way. */
  isOpen: boolean;
}

const kindOf = (mode: ThinkMode): 'text' | 'reasoning' => (mode === 'thinking' ? 'reasoning' : 'text');

/** Rewrites the deltas of one choice during one attempt: text between tags becomes parts of its own. */
export class ThinkTagChoice {
  readonly #choice: number;
  readonly #scanner: ThinkTagScanner;
  readonly #out: (delta: Delta) => void;
  readonly #texts = new Map<number, ReadPart>();
  /** Where parts that are not rewritten stand now. */
  readonly #places = new Map<number, number>();
  #partCount = 0;
  /** The text part that what is held belongs to. */
  #heldIn = 0;
  /** A text part that has begun, of which nothing is known yet. */
  #unknown: number | undefined;

  constructor(choice: number, tags: ThinkTags, out: (delta: Delta) => void) {
    this.#choice = choice;
    this.#scanner = new ThinkTagScanner(tags);
    this.#out = out;
  }

  write(delta: PlacedDelta): void {
    // Nothing overtakes text that came before it.
    if (delta.type !== 'text' || delta.part !== this.#heldIn) this.release();
    if (delta.part !== this.#unknown) this.#beginUnknown();
    const isText = delta.type === 'text' || (delta.type === 'part-start' && delta.kind === 'text');
    if (isText && !this.#places.has(delta.part)) this.#writeText(delta);
    else this.#writeOther(delta);
  }

  /** Lets go of what is held. */
  release(): void {
    if (this.#scanner.heldChars === 0) return;
    const part = this.#textAt(this.#heldIn);
    this.#show(part, part.chars - this.#scanner.heldChars, () => this.#scanner.release());
  }

  /** Parts stand in the order in which they began. */
  #beginUnknown(): void {
    const part = this.#unknown === undefined ? undefined : this.#texts.get(this.#unknown);
    this.#unknown = undefined;
    if (part?.chars === 0 && part.stretches.length === 0) this.#begin(part, this.#modeNow(), 0);
  }

  /** Where a part stands now; one that is not known stays where it was. */
  placeNow(part: number): number {
    return this.#texts.get(part)?.stretches.at(-1)?.part ?? this.#places.get(part) ?? part;
  }

  #writeText(delta: PlacedDelta): void {
    const part = this.#textAt(delta.part, delta.type === 'part-start' ? delta : undefined);
    if (delta.type !== 'text') {
      // Where no tag counts any longer, a part begins when it begins.
      if (this.#scanner.mode === 'text' && part.stretches.length === 0) this.#begin(part, 'text', 0);
      else this.#unknown = delta.part;
      return;
    }
    this.#heldIn = delta.part;
    const from = part.chars - this.#scanner.heldChars;
    part.chars += delta.text.length;
    this.#show(part, from, () => this.#scanner.push(delta.text));
  }

  #writeOther(delta: PlacedDelta): void {
    const text = this.#texts.get(delta.part);
    if (text === undefined) this.#out({ ...delta, part: this.#placeOf(delta.part) });
    else if (delta.type === 'part-end') this.#end(text, delta);
    else if (delta.type === 'redact') this.#redact(text, delta);
    else {
      // What is said of a part is said of the stretch that it came behind.
      const stretch = text.stretches.at(-1) ?? this.#begin(text, this.#modeNow(), text.chars);
      this.#out({ ...delta, part: stretch.part });
    }
  }

  #textAt(place: number, start?: PartStartDelta): ReadPart {
    const known = this.#texts.get(place);
    if (known !== undefined) return known;
    const part = { start, stretches: [], chars: 0, isOpen: false };
    this.#texts.set(place, part);
    return part;
  }

  #placeOf(part: number): number {
    const place = this.#places.get(part) ?? this.#partCount;
    if (place === this.#partCount) this.#partCount += 1;
    this.#places.set(part, place);
    return place;
  }

  #modeNow(): Stretch['mode'] {
    return this.#scanner.mode === 'leading' ? 'text' : this.#scanner.mode;
  }

  #begin(part: ReadPart, mode: Stretch['mode'], fromChar: number): Stretch {
    this.#close(part);
    const stretch = { part: this.#partCount, mode, fromChar, chars: 0 };
    const kind = kindOf(mode);
    const place = { choice: this.#choice, part: stretch.part };
    this.#partCount += 1;
    this.#out(
      kind === 'text' && part.start !== undefined
        ? { ...part.start, ...place }
        : { type: 'part-start', ...place, kind },
    );
    part.stretches.push(stretch);
    part.isOpen = true;
    return stretch;
  }

  #close(part: ReadPart): void {
    const last = part.stretches.at(-1);
    if (part.isOpen && last !== undefined) this.#out({ type: 'part-end', choice: this.#choice, part: last.part });
    part.isOpen = false;
  }

  #show(part: ReadPart, from: number, scan: () => readonly TaggedPiece[]): void {
    for (const { mode, text, at } of scan()) {
      const last = part.stretches.at(-1);
      const goesOn = part.isOpen && last !== undefined && kindOf(last.mode) === kindOf(mode);
      const stretch = goesOn ? last : this.#begin(part, mode, from + at);
      stretch.chars = from + at + text.length - stretch.fromChar;
      this.#out({ type: kindOf(mode), choice: this.#choice, part: stretch.part, text });
    }
  }

  #end(part: ReadPart, delta: PlacedDelta): void {
    // An empty part stays what it is; one that held nothing but tags is none.
    if (part.stretches.length === 0 && part.chars === 0) this.#begin(part, this.#modeNow(), 0);
    const last = part.stretches.at(-1);
    if (part.isOpen && last !== undefined) this.#out({ ...delta, part: last.part });
    part.isOpen = false;
  }

  /** Takes back what stands behind a place in the part that was read, and reads on as it was there. */
  #redact(part: ReadPart, { part: readPart, fromChar, text }: RedactDelta): void {
    const from = Math.min(Math.max(0, fromChar), part.chars);
    if (from === part.chars) {
      this.#writeText({ type: 'text', choice: this.#choice, part: readPart, text });
      return;
    }
    const place = (part: number) => ({ type: 'redact', choice: this.#choice, part }) as const;
    const kept = part.stretches.findLastIndex((stretch) => stretch.fromChar <= from);
    const last = part.stretches[Math.max(0, kept)] ?? this.#begin(part, this.#modeNow(), 0);
    for (const gone of part.stretches.splice(Math.max(0, kept) + 1)) {
      this.#out({ ...place(gone.part), fromChar: 0, text: '' });
      // What comes next is no part of it: it begins one of its own.
      if (part.isOpen) this.#out({ type: 'part-end', choice: this.#choice, part: gone.part });
      part.isOpen = false;
    }
    const shown = Math.min(Math.max(0, from - last.fromChar), last.chars);
    this.#out({ ...place(last.part), fromChar: shown, text });
    part.chars = from + text.length;
    // Where the place was inside of a tag, this one goes on right behind what it showed.
    last.fromChar = from - shown;
    last.chars = shown + text.length;
    this.#scanner.rewind(last.mode);
  }
}
