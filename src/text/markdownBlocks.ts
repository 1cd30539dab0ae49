import type { OperatorFunction } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { AppendOnlyList } from '../internal/AppendOnlyList.ts';
import { operate } from '../internal/operate.ts';
import type { MarkdownLexer, MarkdownToken } from './lexBlocks.ts';
import type { MarkdownBlock, MarkdownBlocks } from './MarkdownBlock.ts';
import { OpenMarkdown } from './OpenMarkdown.ts';
import { readText, type TextListener } from './readText.ts';

/** The blocks of an answer as its text comes. */
class BlockWriter implements TextListener {
  readonly #open: OpenMarkdown;
  #settled = AppendOnlyList.empty<MarkdownBlock>();
  /** Where the settled blocks begin, in all the text of the step, and where the open text does. */
  #starts: number[] = [];
  #openAt = 0;
  /** What was settled before the step that is under way. */
  #step = 0;
  #beforeStep = this.#settled;
  /** Blocks that text was taken back behind; those that come out the same are the same. */
  #replaced = new Map<number, MarkdownBlock>();

  constructor(lexer: MarkdownLexer) {
    this.#open = new OpenMarkdown(lexer);
  }

  get blocks(): MarkdownBlocks {
    const { text: raw, type } = this.#open;
    const tail = raw === '' ? undefined : { key: this.#settled.length, raw, type, isSettled: false };
    return { settled: this.#settled, tail };
  }

  begin(step: number): void {
    this.#open.flush();
    if (step === 0) this.#beforeStep = AppendOnlyList.empty();
    else if (step !== this.#step) this.#beforeStep = this.#settled;
    this.#step = step;
    this.#settled = this.#beforeStep;
    this.#starts = [];
    this.#openAt = 0;
    this.#replaced = new Map();
  }

  append(text: string): void {
    this.#settle(this.#open.push(text));
  }

  replace(fromChar: number, toChar: number, text: string): void {
    // The block before the place ended where it did because of what is taken back.
    const at = Math.max(0, this.#starts.findLastIndex((start) => start <= fromChar) - 1);
    const start = this.#starts[at] ?? this.#openAt;
    const kept = this.#settled.length - this.#starts.length + at;
    const all = this.#settled.toArray();
    const gone = all.slice(kept);
    const raw = gone.map((block) => block.raw).join('') + this.#open.text;
    for (const block of gone) this.#replaced.set(block.key, block);
    this.#settled = AppendOnlyList.from(all.slice(0, kept));
    this.#starts.length = Math.min(this.#starts.length, at);
    this.#openAt = start;
    this.#open.flush();
    this.append(raw.slice(0, fromChar - start) + text + raw.slice(toChar - start));
  }

  end(): void {
    this.#settle(this.#open.flush());
  }

  #settle(tokens: readonly MarkdownToken[]): void {
    const blocks = tokens.map(({ type, raw }, index) => this.#blockOf(this.#settled.length + index, raw, type));
    for (const { raw } of blocks) {
      this.#starts.push(this.#openAt);
      this.#openAt += raw.length;
    }
    this.#settled = this.#settled.append(blocks);
  }

  #blockOf(key: number, raw: string, type: string): MarkdownBlock {
    const known = this.#replaced.get(key);
    return known?.raw === raw && known.type === type ? known : { key, raw, type, isSettled: true };
  }
}

/**
 * An answer in Markdown as blocks, so that a page renders only what changed: blocks that are settled stay as they are, and
 * nearly always a single one is open.
 *
 * The lexer is yours, so that this library brings none: `(text) => marked.lexer(text)`. The blocks say where to cut; render
 * the `raw` of each as you would have rendered the whole, and clean the HTML: what a model writes is not to be trusted.
 *
 * - **Shape:** `Observable<Delta>` (the text of choice 0) or `Observable<string>` to `Observable<MarkdownBlocks>`: one for each
 *   piece of text, and one when the text ends and all is settled. The `raw` of all blocks, joined, is the text
 * - **Time:** linear: no more than 9 characters are lexed for each that comes, and 16,384 once. An open code block is not lexed
 *   at all until its fence closes
 * - **Memory:** one answer
 * - **Errors:** those of the source, and of the lexer; `TypeError` where it gives something else than tokens
 * - **Completes:** with the source, after what was open is settled. Another part than text, and the stop reason, settle it, too
 * - **Limits:** a block is lexed with those that were open beside it: a link whose definition (`[a]: …`) stands in another block
 *   is not resolved. A `start` (a retry) drops the blocks of that step, and a `redact` lexes again from the block before its place
 *
 * ```
 * text     "# Hi\n"      "Wel"                "come"
 * settled                # Hi                 # Hi        (the same object)
 * tail     # Hi          Wel                  Welcome
 * ```
 *
 * @example A heading is settled, a paragraph grows
 * ```ts
 * import { from } from 'rxjs';
 * import { markdownBlocks, type MarkdownBlocks } from 'rxllm';
 *
 * // Stands for `(text) => marked.lexer(text)`: a block for each line.
 * const lexer = (text: string) =>
 *   (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((raw) => ({ raw, type: raw.startsWith('#') ? 'heading' : 'paragraph' }));
 * const seen: MarkdownBlocks[] = [];
 * from(['# Hi\n', 'Wel', 'come'])
 *   .pipe(markdownBlocks(lexer))
 *   .subscribe((blocks) => seen.push(blocks));
 *
 * seen.map(({ tail }) => tail?.raw); // => ['# Hi\n', 'Wel', 'Welcome', undefined]
 * seen[1]?.settled.at(0); // => { key: 0, raw: '# Hi\n', type: 'heading', isSettled: true }
 * seen[2]?.settled.at(0) === seen[1]?.settled.at(0); // => true
 * ```
 *
 * @category text
 * @since 0.1.0
 */
export function markdownBlocks(lexer: MarkdownLexer): OperatorFunction<Delta | string, MarkdownBlocks> {
  // Callers without types pass all sorts of things.
  if (typeof (lexer as unknown) !== 'function') {
    throw new InvalidOptionError('lexer', 'must be a function, such as (text) => marked.lexer(text)');
  }
  return operate((out) => {
    const writer = new BlockWriter(lexer);
    let last = writer.blocks;
    const tell = (): void => {
      const { settled, tail } = writer.blocks;
      if (settled === last.settled && tail?.raw === last.tail?.raw) return;
      last = { settled, tail };
      out.next(last);
    };
    const read = readText(writer);
    const end = (): void => {
      writer.end();
      tell();
    };
    return {
      next(value) {
        read(value);
        tell();
      },
      error(error) {
        end();
        out.error(error);
      },
      complete() {
        end();
        out.complete();
      },
    };
  });
}
