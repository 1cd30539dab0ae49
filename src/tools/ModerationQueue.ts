import type { Delta } from '../deltas/Delta.ts';
import type { HeldText } from './HeldText.ts';

/** A piece of text on its way: what of it may go, and how much of it is still held. */
interface HeldEntry {
  readonly text: HeldText;
  cleared: string;
  heldChars: number;
}

type Entry = HeldEntry | { readonly delta: Delta };

const isHeld = (entry: Entry | undefined): entry is HeldEntry => entry !== undefined && 'text' in entry;

/** Whether a step begins with it, or one behind that. */
const beginsStep = (entry: Entry, step: number): boolean =>
  !isHeld(entry) && entry.delta.type === 'start' && entry.delta.step >= step;

/** What anything but text weighs while it waits, in characters. */
const entryChars = 64;

/** Deltas in the order in which they came; none goes before the text in front of it may. */
export class ModerationQueue {
  #entries: Entry[] = [];
  #head = 0;
  #chars = 0;
  /** The step whose `start` has gone. */
  #step = -1;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  /** How much waits, in characters. */
  get chars(): number {
    return this.#chars;
  }

  /** The text that everything waits for. */
  get first(): HeldText | undefined {
    const entry = this.#entries[this.#head];
    return isHeld(entry) && entry.heldChars > 0 ? entry.text : undefined;
  }

  add(delta: Delta): void {
    this.#entries.push({ delta });
    this.#chars += entryChars;
  }

  addText(text: HeldText, chars: number): void {
    this.#chars += chars;
    const last = this.#entries.at(-1);
    if (isHeld(last) && last.text === text && this.#head < this.#entries.length) last.heldChars += chars;
    else this.#entries.push({ text, cleared: '', heldChars: chars });
  }

  /** The next delta that may go. */
  next(): Delta | undefined {
    for (let entry = this.#entries[this.#head]; entry !== undefined; entry = this.#entries[this.#head]) {
      if (!isHeld(entry)) {
        this.#drop(entryChars);
        if (entry.delta.type === 'start') this.#step = entry.delta.step;
        return entry.delta;
      }
      const { cleared, text } = entry;
      entry.cleared = '';
      this.#chars -= cleared.length;
      if (entry.heldChars === 0) this.#drop(0);
      if (cleared !== '') return { ...text.place, text: cleared };
      if (entry.heldChars > 0) return undefined;
    }
    return undefined;
  }

  /**
   * Clears the next so many characters of a text, of which `shown` is left: its first `kept` characters stand where they
   * stood, the rest comes behind them.
   */
  clear(text: HeldText, chars: number, shown: string, kept = chars): void {
    let at = 0;
    for (let index = this.#head; at < chars; index += 1) {
      const entry = this.#entries[index];
      if (entry === undefined) return;
      if (!isHeld(entry) || entry.text !== text || entry.heldChars === 0) continue;
      const taken = Math.min(entry.heldChars, chars - at);
      const isLast = at <= kept && (at + taken > kept || at + taken === chars);
      const cleared = shown.slice(Math.min(at, kept), isLast ? undefined : Math.min(at + taken, kept));
      entry.heldChars -= taken;
      entry.cleared += at > kept ? '' : cleared;
      this.#chars += (at > kept ? 0 : cleared.length) - taken;
      at += taken;
      if (isLast) kept = -1;
    }
  }

  /** Drops the last so many characters of a text that are held. */
  dropLast(text: HeldText, chars: number): void {
    let left = chars;
    for (let index = this.#entries.length - 1; left > 0 && index >= this.#head; index -= 1) {
      const entry = this.#entries[index];
      if (!isHeld(entry) || entry.text !== text) continue;
      const dropped = Math.min(entry.heldChars, left);
      entry.heldChars -= dropped;
      this.#chars -= dropped;
      left -= dropped;
    }
  }

  /** Drops what belongs to a step and to those behind it, but for what is said of no part of an answer. */
  dropStep(step: number): void {
    const waiting = this.#entries.slice(this.#head);
    const isUnderWay = this.#step >= step;
    const from = isUnderWay
      ? 0
      : Math.max(
          0,
          waiting.findIndex((entry) => beginsStep(entry, step)),
        );
    const kept = waiting.slice(from).filter((entry) => !isHeld(entry) && outlives(entry.delta));
    this.#entries = [...waiting.slice(0, from), ...kept];
    this.#head = 0;
    this.#chars = this.#entries.reduce(
      (sum, entry) => sum + (isHeld(entry) ? entry.heldChars + entry.cleared.length : entryChars),
      0,
    );
  }

  #drop(chars: number): void {
    this.#chars -= chars;
    this.#head += 1;
    // What has gone is let go of now and then, so that a queue which never empties does not grow.
    if (this.#head < 1_024 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

/** Whether a delta still says something once its step is tried again. */
const outlives = (delta: Delta): boolean =>
  delta.type === 'retry' || delta.type === 'resume' || (delta.type === 'other' && delta.choice === undefined);
