import { lexBlocks, type MarkdownLexer, type MarkdownToken, settledCount } from './lexBlocks.ts';

/** How much is lexed at most for each character that came, and how much beyond that. */
const lexedPerChar = 8;
const lexedAtOnce = 16_384;

/** The most of an unfinished first line that is looked at for what it begins. */
const firstLineChars = 256;

const isBlank = (line: string): boolean => /^[ \t\r]*$/.test(line);
const bullet = /^ {0,3}(?:([-*+])|\d{1,9}([.)]))(?:[ \t]|\r?$)/;
const bulletOf = (line: string): string | undefined => {
  const found = bullet.exec(line);
  return found?.[1] ?? found?.[2];
};

/** A line that may begin something else within a paragraph: it begins with neither a letter nor a stray digit. */
const mayInterrupt = (line: string): boolean => !/^ {0,3}(?:\p{L}|\d(?!\d{0,8}[.)]))/u.test(line);

/** The first line of a block that has something on it. */
const firstLineOf = (raw: string): string => {
  const at = raw.search(/\S/);
  const end = raw.indexOf('\n', at);
  return at < 0 ? '' : raw.slice(raw.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end);
};

/** The fence that would close a code block; `undefined` where it is closed, or needs none. */
const openFence = (raw: string): string | undefined => {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(firstLineOf(raw))?.[1];
  const text = raw.trimEnd();
  const lastLine = text.slice(text.lastIndexOf('\n') + 1).trim();
  const isClosed = fence !== undefined && lastLine.startsWith(fence) && text.trimStart().includes('\n');
  return isClosed ? undefined : fence;
};

/**
 * Markdown that later text may still change. It is lexed again only when a line has come with which another block may
 * begin, and only as often as the text that came pays for, so that the work stays linear whatever is sent.
 */
export class OpenMarkdown {
  readonly #lexer: MarkdownLexer;
  #text = '';
  /** The line that is under way, whether it was looked at, and what stands before it. */
  #line = '';
  #isJudged = false;
  #isAfterBlank = false;
  /** Whether a line has come that may begin another block. */
  #isDue = false;
  /** What the first of the open blocks is. */
  #type = '';
  /** What the last of them is, what numbers or marks its items, and the fence that would close it. */
  #lastType = '';
  #bullet: string | undefined;
  #fence: string | undefined;
  /** How much of a first line was looked at. */
  #seenChars = 0;
  #receivedChars = 0;
  #lexedChars = 0;

  constructor(lexer: MarkdownLexer) {
    this.#lexer = lexer;
  }

  get text(): string {
    return this.#text;
  }

  get type(): string {
    return this.#type === '' ? 'space' : this.#type;
  }

  /** Appends text, and takes out the blocks that nothing can change any longer. */
  push(text: string): readonly MarkdownToken[] {
    this.#text += text;
    this.#receivedChars += text.length;
    this.#readLines(text);
    const isBegun = this.#beginsBlock();
    const chars = isBegun ? this.#text.length : this.#text.length - this.#line.length;
    if ((isBegun || this.#isDue) && this.#mayLex(chars)) return this.#settle(chars);
    if (this.#text.length === this.#line.length) this.#look();
    return [];
  }

  /** Takes out all of it. */
  flush(): readonly MarkdownToken[] {
    const blocks = this.#lex(this.#text);
    this.#text = '';
    this.#line = '';
    this.#isJudged = false;
    this.#isAfterBlank = false;
    this.#isDue = false;
    this.#begin(undefined, undefined);
    return blocks;
  }

  #readLines(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#readLine(this.#line + text.slice(from, end));
      this.#line = '';
      this.#isJudged = false;
      from = end + 1;
    }
    this.#line += text.slice(from);
  }

  #readLine(line: string): void {
    const isBlankLine = isBlank(line);
    if (!isBlankLine && this.#mayEndBlock(line)) this.#isDue = true;
    if (this.#fence !== undefined && line.trim().startsWith(this.#fence)) this.#fence = undefined;
    this.#isAfterBlank = isBlankLine;
  }

  /** Whether the block that is under way may be over with this line, or become another. */
  #mayEndBlock(line: string): boolean {
    if (this.#fence !== undefined) return line.trim().startsWith(this.#fence);
    const mayBegin = this.#isAfterBlank || mayInterrupt(line);
    switch (this.#lastType) {
      case 'list':
        return !/^(?: {2}|\t)/.test(line) && bulletOf(line) !== this.#bullet && mayBegin;
      case 'blockquote':
        return !/^ {0,3}>/.test(line) && mayBegin;
      case 'table':
        return this.#isAfterBlank || !line.includes('|');
      case 'paragraph':
        return mayBegin;
      case 'code':
        return !/^(?: {4}| {0,3}\t)/.test(line);
      default:
        return true;
    }
  }

  /** Whether the first characters of a line are enough to tell that it begins a block, however it goes on. */
  #beginsBlock(): boolean {
    if (this.#isJudged || this.#line === '' || this.#line.length === this.#text.length) return false;
    // One more character tells a bullet from bold text.
    if (this.#line === '*') return false;
    this.#isJudged = true;
    if (this.#fence !== undefined || /^\s/.test(this.#line)) return false;
    // What has not been lexed yet may be anything.
    const type = this.#isDue ? '' : this.#lastType;
    const isOver = this.#isAfterBlank || type === 'heading' || type === 'hr' || type === 'code';
    const mayGoOn = /^(?:[-+>\d]|\*(?!\*))/.test(this.#line) && ['', 'list', 'blockquote'].includes(type);
    return isOver && !mayGoOn;
  }

  #mayLex(chars: number): boolean {
    return this.#lexedChars + chars <= lexedPerChar * this.#receivedChars + lexedAtOnce;
  }

  #lex(text: string): readonly MarkdownToken[] {
    this.#lexedChars += text.length;
    return lexBlocks(text, this.#lexer);
  }

  #settle(chars: number): readonly MarkdownToken[] {
    const blocks = this.#lex(this.#text.slice(0, chars));
    const count = settledCount(blocks);
    const settled = blocks.slice(0, count);
    this.#text = this.#text.slice(settled.reduce((sum, { raw }) => sum + raw.length, 0));
    this.#isDue = false;
    this.#begin(blocks[count], blocks.at(-1));
    return settled;
  }

  #begin(first: MarkdownToken | undefined, last: MarkdownToken | undefined): void {
    this.#type = first?.type ?? '';
    this.#lastType = last?.type ?? '';
    this.#seenChars = 0;
    this.#bullet = bulletOf(firstLineOf(last?.raw ?? ''));
    this.#fence = this.#lastType === 'code' ? openFence(last?.raw ?? '') : undefined;
  }

  /** What the first line looks like before it is whole; looked at again each time that it has doubled. */
  #look(): void {
    const chars = this.#text.length;
    if (chars === 0 || chars > firstLineChars || chars < 2 * this.#seenChars || !this.#mayLex(chars)) return;
    this.#type = this.#lex(this.#text)[0]?.type ?? '';
    this.#seenChars = chars;
  }
}
