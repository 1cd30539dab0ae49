import { LimitError } from '../../errors/LimitError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { messageEvent } from './messageEvent.ts';

/** The most text that is held back, in UTF-16 code units. */
const maxHeldChars = 8_388_608;

/** A content block, from when it is known of until it has ended. */
export interface Block {
  /** What opens it; `undefined` while that is not known, as with a tool call that has no name yet. */
  content: object | undefined;
  /** Whether nothing more of it will come. */
  isOver: boolean;
  /** Whether it may be ended as soon as another block begins. */
  mayEnd: boolean;
  /** Whether its end has been sent. */
  isClosed: boolean;
}

interface Held extends Block {
  index: number;
  heldChars: number;
  readonly held: object[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of deltas that are pieces of something. */
const pieceFields = ['text', 'thinking', 'partial_json'] as const;

/** Two pieces that follow one another as one; `undefined` for anything else. */
const joined = (first: object | undefined, second: object): object | undefined => {
  const [a, b] = [first as Fields | undefined, second as Fields];
  if (a === undefined || a['type'] !== b['type']) return undefined;
  const field = pieceFields.find((name) => typeof a[name] === 'string' && typeof b[name] === 'string');
  return field === undefined ? undefined : { ...second, [field]: `${a[field] as string}${b[field] as string}` };
};

/**
 * Writes content blocks one after the other, as the protocol has them, in the order in which they began: what comes for a
 * block waits while one that may not end yet is open.
 */
export class BlockSequence {
  readonly #waiting: Held[] = [];
  #open: Held | undefined;
  #count = 0;
  #heldChars = 0;

  begin(content: object | undefined, mayEnd: boolean): Block {
    const block: Held = { content, mayEnd, isOver: false, isClosed: false, index: -1, heldChars: 0, held: [] };
    this.#waiting.push(block);
    return block;
  }

  /** Adds a delta to a block; `chars` is how much text is in it. */
  grow(block: Block, delta: object, chars: number): void {
    const grown = block as Held;
    // Of what waits, the frames are the same however it came.
    const longer = grown === this.#open ? undefined : joined(grown.held.at(-1), delta);
    if (longer) grown.held[grown.held.length - 1] = longer;
    else grown.held.push(delta);
    grown.heldChars += chars;
    this.#heldChars += chars;
  }

  /** Sends all that may be sent by now. */
  advance(out: Frame[]): void {
    do this.#sendOpen(out);
    while (this.#open === undefined && this.#openNext(out));
    if (this.#heldChars > maxHeldChars) throw new LimitError('maxHeldChars', maxHeldChars);
  }

  #sendOpen(out: Frame[]): void {
    const block = this.#open;
    if (block === undefined) return;
    const { index, held, heldChars } = block;
    for (const delta of held.splice(0)) out.push(messageEvent('content_block_delta', { index, delta }));
    this.#heldChars -= heldChars;
    block.heldChars = 0;
    if (!block.isOver && !(block.mayEnd && this.#waiting.length > 0)) return;
    out.push(messageEvent('content_block_stop', { index }));
    block.isClosed = true;
    this.#open = undefined;
  }

  /** Opens the block whose turn it is; says whether there is more to send. */
  #openNext(out: Frame[]): boolean {
    const next = this.#waiting[0];
    if (next === undefined || (next.content === undefined && !next.isOver)) return false;
    this.#waiting.shift();
    // A block that never came to be.
    if (next.content === undefined) return true;
    next.index = this.#count;
    this.#count += 1;
    this.#open = next;
    out.push(messageEvent('content_block_start', { index: next.index, content_block: next.content }));
    return true;
  }
}
