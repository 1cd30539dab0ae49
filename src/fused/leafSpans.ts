/** Where a value stands in an object or a list, from the outside in. */
export type LeafPath = readonly (string | number)[];

/** Where a string or a number stands in the text of some JSON; of a string, what lies between its quotes. */
export interface LeafSpan {
  readonly kind: 'string' | 'integer';
  readonly start: number;
  readonly end: number;
}

const integer = /^(?:0|[1-9]\d{0,14})$/;

/** Walks through text that is JSON, for sure, and notes where some of its leaves stand. */
class LeafWalk {
  readonly #json: string;
  readonly #paths: readonly LeafPath[];
  readonly #here: (string | number)[] = [];
  readonly spans: (LeafSpan | undefined)[];
  #at = 0;

  constructor(json: string, paths: readonly LeafPath[]) {
    this.#json = json;
    this.#paths = paths;
    this.spans = paths.map(() => undefined);
  }

  value(): void {
    this.#pass(/[ \t\n\r]*/y);
    const start = this.#at;
    switch (this.#json[start]) {
      case '{':
        this.#members('}', () => {
          const key = JSON.parse(this.#string()) as string;
          this.#pass(/[ \t\n\r]*:/y);
          return key;
        });
        break;
      case '[':
        this.#members(']', (count) => count);
        break;
      case '"':
        this.#string();
        this.#found({ kind: 'string', start: start + 1, end: this.#at - 1 });
        break;
      default:
        this.#pass(/[^,\]} \t\n\r]*/y);
        if (integer.test(this.#json.slice(start, this.#at))) this.#found({ kind: 'integer', start, end: this.#at });
    }
  }

  #members(close: string, keyOf: (count: number) => string | number): void {
    this.#pass(/.[ \t\n\r]*/y);
    for (let count = 0; this.#json[this.#at] !== close; count += 1) {
      this.#pass(/[ \t\n\r]*/y);
      this.#here.push(keyOf(count));
      this.value();
      this.#here.pop();
      this.#pass(/[ \t\n\r]*,?/y);
    }
    this.#at += 1;
  }

  #string(): string {
    return this.#pass(/"(?:[^"\\]|\\.)*"/y);
  }

  #pass(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [passed = ''] = pattern.exec(this.#json) ?? [];
    this.#at += passed.length;
    return passed;
  }

  #found(span: LeafSpan): void {
    const { length } = this.#here;
    const which = this.#paths.findIndex(
      (path) => path.length === length && path.every((key, at) => key === this.#here[at]),
    );
    if (which < 0) return;
    this.spans[which] = span;
  }
}

/**
 * Where the leaves at `paths` stand in `json`, text that `JSON.parse` takes; `undefined` for those that are not there, or are
 * neither strings nor whole numbers. Of those whose key comes twice, the last, as it is for `JSON.parse`.
 */
export const leafSpans = (json: string, paths: readonly LeafPath[]): readonly (LeafSpan | undefined)[] => {
  const walk = new LeafWalk(json, paths);
  walk.value();
  return walk.spans;
};
