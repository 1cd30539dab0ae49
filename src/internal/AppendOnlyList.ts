/**
 * A list that only grows, shared by all snapshots that show some first part of it: appending costs
 * the same however long it is, and an array is made only when somebody reads one.
 *
 * Appending to a view that is not the newest copies once, so that no other view ever changes.
 */
export class AppendOnlyList<T> implements Iterable<T> {
  static readonly #empty = /* @__PURE__ */ new AppendOnlyList<never>([], 0);

  static empty<T>(): AppendOnlyList<T> {
    return AppendOnlyList.#empty;
  }

  /** `list` itself where it is one of these; otherwise its items. */
  static from<T>(list: Iterable<T> | undefined): AppendOnlyList<T> {
    if (list instanceof AppendOnlyList) return list as AppendOnlyList<T>;
    return AppendOnlyList.empty<T>().append(list === undefined ? [] : [...list]);
  }

  readonly #buffer: T[];
  readonly #length: number;

  private constructor(buffer: T[], length: number) {
    this.#buffer = buffer;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** The item at `index`; counts from the end when negative. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#length + index : index;
    return place >= 0 && place < this.#length ? this.#buffer[place] : undefined;
  }

  /** A longer list. This one stays as it is. */
  append(items: readonly T[]): AppendOnlyList<T> {
    if (items.length === 0) return this;
    const isNewest = this.#length === this.#buffer.length && this.#length > 0;
    const buffer = isNewest ? this.#buffer : this.toArray();
    for (const item of items) buffer.push(item);
    return new AppendOnlyList(buffer, buffer.length);
  }

  toArray(): T[] {
    return this.#buffer.slice(0, this.#length);
  }

  toJSON(): T[] {
    return this.toArray();
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#length; index += 1) yield this.#buffer[index] as T;
  }
}
