import { asyncScheduler, Subject, type Subscriber, takeUntil } from 'rxjs';

import type { Delta, PartPlace, RedactDelta, StartDelta, TextDelta } from '../deltas/Delta.ts';
import { LimitError } from '../errors/LimitError.ts';
import { ModerationError } from '../errors/ModerationError.ts';
import { askCheck } from './askCheck.ts';
import { Bell } from './Bell.ts';
import type { HeldText, HoldOptions } from './HeldText.ts';
import { HeldTexts } from './HeldTexts.ts';
import type { ModerationCheck, ModerationWindow } from './ModerationCheck.ts';
import { ModerationQueue } from './ModerationQueue.ts';
import type { Violation } from './readVerdict.ts';

export interface ModerationRules extends HoldOptions {
  readonly kinds: ReadonlySet<string>;
  readonly onViolation: 'error' | 'redact';
  readonly replacement: string;
  readonly maxHeldChars: number;
}

/** One subscription's deltas, held back as long as the checks of their text take. */
export class Moderation {
  readonly #check: ModerationCheck;
  readonly #rules: ModerationRules;
  readonly #out: Subscriber<Delta>;
  readonly #queue = new ModerationQueue();
  /** The texts of the step that is under way. */
  #texts: HeldTexts;
  #step = 0;
  /** The text that the check is asked about; it is the first in the queue. */
  #asked: HeldText | undefined;
  readonly #stops = new Subject<void>();
  /** What goes out before anything that waits: text that is taken back. */
  #urgent: Delta[] = [];
  /** How the stream ends once everything that may has gone out. */
  #ending: { readonly error?: unknown; readonly isAtOnce: boolean } | undefined;
  #isMoving = false;
  readonly #bell: Bell;

  constructor(check: ModerationCheck, rules: ModerationRules, out: Subscriber<Delta>) {
    this.#check = check;
    this.#rules = rules;
    this.#out = out;
    this.#texts = new HeldTexts(rules);
    this.#bell = new Bell(rules.maxDelayMs, (atMs) => {
      this.#move(atMs);
    });
    out.add(() => {
      this.#stopCheck();
      this.#bell.stop();
    });
  }

  write(delta: Delta): void {
    if ('part' in delta && delta.type !== 'other') this.#texts.note(delta);
    if (delta.type === 'start') this.#begin(delta);
    else if (delta.type === 'redact') this.#redact(delta);
    else if (this.#isChecked(delta)) this.#hold(this.#texts.at(delta, delta.type), delta.text);
    else this.#pass(delta);
    this.#move();
    if (this.#queue.chars > this.#rules.maxHeldChars) throw new LimitError('maxHeldChars', this.#rules.maxHeldChars);
  }

  /** The source is over; what is held is all there is. */
  end(ending: { readonly error?: unknown }): void {
    this.#texts.close();
    this.#ending ??= { ...ending, isAtOnce: false };
    this.#move();
  }

  #isChecked(delta: Delta): delta is TextDelta {
    return this.#rules.kinds.has(delta.type) && 'text' in delta && delta.text !== '';
  }

  #begin(delta: StartDelta): void {
    if (delta.step > this.#step) this.#texts.close();
    else {
      this.#queue.dropStep(delta.step);
      if (this.#queue.first !== this.#asked) this.#stopCheck();
    }
    this.#step = delta.step;
    this.#texts = new HeldTexts(this.#rules);
    this.#queue.add(delta);
  }

  #hold(text: HeldText, piece: string): void {
    text.push(piece, asyncScheduler.now());
    this.#queue.addText(text, piece.length);
  }

  #pass(delta: Delta): void {
    if (delta.type === 'part-end') this.#texts.closePart(delta);
    else if (delta.type === 'finish') this.#texts.close(delta.choice);
    else if (delta.type === 'step-end' || delta.type === 'end') this.#texts.close();
    this.#queue.add(delta);
  }

  /** Another operator takes text back: what is held goes at once, what was shown in its turn; its own text is checked. */
  #redact(delta: RedactDelta): void {
    const kind = this.#texts.kindOf(delta);
    if (kind === undefined || !this.#rules.kinds.has(kind)) {
      // What part that is nobody knows, nor whether its text would have to be checked.
      this.#queue.add(kind === undefined ? { ...delta, text: '' } : delta);
      return;
    }
    const text = this.#texts.at(delta, kind);
    if (this.#asked === text) this.#stopCheck();
    const { heldChars, shownFrom } = text.retract(delta.fromChar);
    this.#queue.dropLast(text, heldChars);
    if (shownFrom !== undefined) this.#queue.add({ ...delta, fromChar: shownFrom, text: '' });
    if (delta.text !== '') this.#hold(text, delta.text);
  }

  /** Emits what may go and checks what is due, until there is no more to do now. */
  #move(atLeastMs = -Infinity): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      while (!this.#out.closed && (this.#emit() || this.#startCheck(Math.max(atLeastMs, asyncScheduler.now()))));
    } finally {
      this.#isMoving = false;
    }
    this.#wind();
  }

  /** Emits one delta, or the ending; returns whether there was any. */
  #emit(): boolean {
    const delta = this.#urgent.shift() ?? this.#queue.next();
    if (delta !== undefined) this.#out.next(delta);
    else if (this.#ending !== undefined && (this.#ending.isAtOnce || this.#queue.isEmpty)) this.#finish(this.#ending);
    else return false;
    return true;
  }

  #finish(ending: { readonly error?: unknown }): void {
    if ('error' in ending) this.#out.error(ending.error);
    else this.#out.complete();
  }

  /** Asks the check about what is due; returns whether it has answered, or was stopped, by now. */
  #startCheck(nowMs: number): boolean {
    const text = this.#isAsking ? undefined : this.#queue.first;
    const chars = text?.dueChars(nowMs) ?? 0;
    if (text === undefined || chars === 0) return false;
    const window = text.window(chars);
    const settle = (act: () => void): void => {
      this.#asked = undefined;
      act();
      this.#move();
    };
    // From here on, so that a check which changes what it is asked about is not heard.
    this.#asked = text;
    askCheck(this.#check, window)
      .pipe(takeUntil(this.#stops))
      .subscribe({
        next: (violation) => {
          settle(() => {
            this.#judge(text, window, violation);
          });
        },
        error: (error: unknown) => {
          settle(() => {
            this.#fail(error);
          });
        },
      });
    return !this.#isAsking;
  }

  get #isAsking(): boolean {
    return this.#asked !== undefined;
  }

  #stopCheck(): void {
    this.#asked = undefined;
    this.#stops.next();
  }

  #judge(text: HeldText, { fresh, choice, part }: ModerationWindow, violation: Violation | undefined): void {
    if (violation === undefined) {
      text.pass(fresh.length);
      this.#queue.clear(text, fresh.length, fresh);
      return;
    }
    const { reason, fromChar, replacement = this.#rules.replacement } = violation;
    const kept = Math.max(0, fromChar - text.shownChars);
    const isShown = fromChar < text.shownChars;
    if (this.#rules.onViolation === 'error') {
      this.#queue.clear(text, kept, fresh.slice(0, kept));
      if (isShown) this.#takeBack({ choice, part }, fromChar, '');
      this.#fail(new ModerationError({ reason, choice, part, fromChar }));
      return;
    }
    if (isShown) this.#takeBack({ choice, part }, fromChar, replacement);
    text.replace(fresh.length, fromChar, replacement);
    this.#queue.clear(text, fresh.length, fresh.slice(0, kept) + (isShown ? '' : replacement), kept);
  }

  #takeBack(place: PartPlace, fromChar: number, text: string): void {
    this.#urgent.push({ type: 'redact', ...place, fromChar, text });
  }

  /** What may go still goes; what is held does not. */
  #fail(error: unknown): void {
    this.#ending = { error, isAtOnce: true };
  }

  /** Rings when what is held first has waited long enough. */
  #wind(): void {
    const isIdle = this.#out.closed || this.#isAsking;
    this.#bell.set(isIdle ? Infinity : (this.#queue.first?.dueAtMs ?? Infinity));
  }
}
