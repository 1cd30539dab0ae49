import type { Delta, PartPlace, TextDelta } from '../deltas/Delta.ts';
import { HeldText, type HoldOptions } from './HeldText.ts';

type Kind = TextDelta['type'];

const kinds: readonly Kind[] = ['text', 'reasoning', 'refusal'];
const isKind = (kind: string): kind is Kind => (kinds as readonly string[]).includes(kind);

/** What a delta makes of a part that was not there: `accumulateDelta` begins one for each of these. */
const kindBegunBy = (delta: Delta): string => {
  if (delta.type === 'part-start') return delta.kind;
  if (delta.type === 'citation') return 'text';
  return delta.type === 'signature' ? 'reasoning' : delta.type;
};

const placeOf = ({ choice, part }: PartPlace): string => `${choice} ${part}`;

/** The texts of one step, by choice, part and kind. */
export class HeldTexts {
  readonly #options: HoldOptions;
  readonly #texts = new Map<string, HeldText>();
  readonly #kinds = new Map<string, Kind>();

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /** Remembers what kind of text a part has, empty as it may be; the first that is said of it counts. */
  note(delta: Extract<Delta, PartPlace>): void {
    const kind = kindBegunBy(delta);
    const place = placeOf(delta);
    if (isKind(kind) && !this.#kinds.has(place)) this.#kinds.set(place, kind);
  }

  kindOf(place: PartPlace): Kind | undefined {
    return this.#kinds.get(placeOf(place));
  }

  at({ choice, part }: PartPlace, type: Kind): HeldText {
    const key = `${placeOf({ choice, part })} ${type}`;
    const text = this.#texts.get(key) ?? new HeldText({ type, choice, part }, this.#options);
    this.#texts.set(key, text);
    return text;
  }

  closePart(place: PartPlace): void {
    for (const kind of kinds) this.#texts.get(`${placeOf(place)} ${kind}`)?.close();
  }

  /** Closes the texts of a choice, or of all. */
  close(choice?: number): void {
    for (const text of this.#texts.values()) if (choice === undefined || text.place.choice === choice) text.close();
  }
}
