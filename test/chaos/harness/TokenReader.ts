/**
 * A token tells whose it is, which it is, and who wrote it: `<id>.<index>.<mark>;`. Two producers of one answer say the same in
 * different words, as models do, so that a reader who was given some of each shows.
 */
export const tokenAt = (id: string, index: number, mark: string): string => `${id}.${index}.${mark};`;

/** What is wrong with a token. */
export type TokenFault = 'gap' | 'double' | 'foreign' | 'garbled';

export interface TokenProblem {
  readonly fault: TokenFault;
  readonly text: string;
}

/** Reads the text of one answer, token by token. */
export class TokenReader {
  readonly #id: string;
  /** Who wrote each token. */
  readonly marks: string[] = [];

  constructor(id: string) {
    this.#id = id;
  }

  /** Takes one piece of text, of one token or several; gives what is wrong with it. */
  read(piece: string): readonly TokenProblem[] {
    if (!piece.endsWith(';')) return [{ fault: 'garbled', text: `text that ends within a token: ${piece.slice(-80)}` }];
    return piece
      .slice(0, -1)
      .split(';')
      .flatMap((token) => this.#take(token) ?? []);
  }

  #take(token: string): TokenProblem | undefined {
    const [, id, index, mark] = /^([^.]+)\.(\d+)\.(\w+)$/.exec(token) ?? [];
    if (id === undefined || mark === undefined) return { fault: 'garbled', text: `no token: ${token.slice(0, 80)}` };
    if (id !== this.#id) return { fault: 'foreign', text: `a token of ${id}` };
    const expected = this.marks.length;
    const at = Number(index);
    if (at === expected) {
      this.marks.push(mark);
      return undefined;
    }
    // Goes on from there, so that one slip is told once.
    if (at > expected) this.marks.push(...Array<string>(at - expected).fill('?'), mark);
    return { fault: at > expected ? 'gap' : 'double', text: `token ${at} by ${mark} where ${expected} belongs` };
  }
}
