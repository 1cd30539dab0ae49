import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { charsIn } from '../deltas/joinDeltas.ts';
import { WaitingValues } from '../deltas/WaitingValues.ts';

/** With more than these waiting, no more of the response is read. */
const maxWaiting = 4_000;
const maxWaitingChars = 1_000_000;

/** What one stream has that was not posted yet: pieces of a text joined. */
export class Tray {
  readonly #waiting = new WaitingValues<Delta>({ maxQueued: Infinity, maxQueuedChars: Infinity });
  #chars = 0;
  #hasBegun = false;
  #hasToken = false;
  #onRoom: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Says whether the delta is not to wait: the first one tells that the server has answered, the first token what. */
  add(delta: Delta): boolean {
    const isFirst = !this.#hasBegun || (!this.#hasToken && isToken(delta));
    this.#hasBegun = true;
    this.#hasToken ||= isToken(delta);
    this.#waiting.add(delta);
    this.#chars += charsIn(delta);
    return isFirst;
  }

  /** The oldest ones, at most so many. */
  take(max: number): readonly Delta[] {
    const deltas = this.#waiting.length <= max ? this.#waiting.takeAll() : [];
    while (deltas.length < max && !this.isEmpty) deltas.push(this.#waiting.take());
    if (this.isEmpty) this.#chars = 0;
    if (!this.#isFull()) this.release();
    return deltas;
  }

  /** Until there is room for more. */
  room(): Promise<void> {
    return this.#isFull() ? new Promise((resolve) => this.#onRoom.push(resolve)) : Promise.resolve();
  }

  /** Nobody waits for room any longer. */
  release(): void {
    for (const resolve of this.#onRoom.splice(0)) resolve();
  }

  #isFull(): boolean {
    return this.#waiting.length > maxWaiting || this.#chars > maxWaitingChars;
  }
}
