import fc from 'fast-check';
import { from } from 'rxjs';
import { partialJson } from 'rxllm';

import { jsonTexts, piecesOf, sizes } from '../support/json.ts';

/** Nothing can be seen of a value yet. */
const unseen = Symbol('unseen');

/** What can be seen of the beginning of a valid document, by recursion over all of it: slow, and plain to see through. */
class Reference {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    const char = this.#next();
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char === '"') return this.#string().text;
    return this.#leaf();
  }

  /** The next character that is no white space. */
  #next(): string {
    while (' \n\r\t'.includes(this.#text.charAt(this.#at) || '-')) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #leaf(): unknown {
    const [text = ''] = /^[-+.\w]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += text.length;
    if (['true', 'false', 'null'].includes(text)) return JSON.parse(text);
    // A number may go on as long as nothing else comes.
    return /^[-\d]/.test(text) && this.#at < this.#text.length ? Number(text) : unseen;
  }

  #string(): { readonly text: string; readonly isWhole: boolean } {
    const [json = ''] = /^"(?:[^"\\]|\\u[\da-fA-F]{4}|\\[^u])*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += json.length;
    const text = JSON.parse(`${json}"`) as string;
    const isWhole = this.#text.charAt(this.#at) === '"';
    if (isWhole) this.#at += 1;
    // Half of a character waits for the other.
    return { text: isWhole ? text : text.replace(/[\ud800-\udbff]$/, ''), isWhole };
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#entries(']', () => {
      const item = this.value();
      if (item !== unseen) items.push(item);
    });
    return items;
  }

  #object(): object {
    const entries = new Map<string, unknown>();
    this.#entries('}', () => {
      const key = this.#string();
      if (!key.isWhole || this.#next() !== ':') return;
      this.#at += 1;
      const value = this.value();
      if (value !== unseen) entries.set(key.text, value);
    });
    return Object.fromEntries(entries);
  }

  #entries(end: string, read: () => void): void {
    do {
      this.#at += 1;
      if (this.#next() === '') return;
      if (this.#next() !== end) read();
    } while (this.#next() === ',');
    if (this.#next() === end) this.#at += 1;
  }
}

const referenceOf = (text: string): unknown => {
  const value = new Reference(text).value();
  return value === unseen ? undefined : value;
};

/** With the order of keys, and -0. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (Object.is(part, -0) ? '-0' : part)) ?? 'nothing';

const expectAsReference = (text: string, cuts: readonly number[]): void => {
  let seen = '';
  let latest: unknown;
  const checked = (function* () {
    for (const piece of piecesOf(text, cuts)) {
      yield piece;
      seen += piece;
      if (written(latest) !== written(referenceOf(seen))) {
        throw new Error(`${written(latest)} is shown after ${JSON.stringify(seen)}, not ${written(referenceOf(seen))}`);
      }
    }
  })();
  let error: unknown;
  from(checked)
    .pipe(partialJson())
    .subscribe({ next: ({ value }) => (latest = value), error: (reason: unknown) => (error = reason) });

  expect(error).toBeUndefined();
  expect(written(latest)).toBe(written(JSON.parse(text)));
};

describe('partialJson, next to a reference that reads everything again', () => {
  it.each([
    '{"__proto__":{"a":[1]},"b":"x","__proto__":"y"}',
    '{"constructor":{"prototype":{}},"toString":[],"hasOwnProperty":1,"isWhole":true}',
    '{"b":1,"2":{"a":1},"1":[2],"b":{"c":"d"},"01":"e","":"f"}',
    '{"a":{"a":{"a":1},"a":[]},"a":{"a":"twice"}}',
    '["\\ud83d\\ude00\\ud83d","\\ud83d","\\ude00","a\\ud83d\\n","\u{1f600}","\\u00e9\\\\\\"\\/"]',
    '{"a":-0,"b":-1.5E+07,"c":0.0e-1,"d":[1e400,-12],"e":[true,false,null]}',
    ' \n[ [ ] , { } ,\t{ "a" : [ ] } ]\r\n',
    '"text"',
    '-12.5e3',
  ])('%s, wherever it is cut', (text) => {
    for (let pieceChars = 1; pieceChars <= text.length; pieceChars += 1) expectAsReference(text, [pieceChars]);
  });

  it('deep levels of both kinds', () => {
    const levels = 60;
    const text = `${'[{"a":'.repeat(levels)}"x"${'}]'.repeat(levels)}`;
    expectAsReference(text, [1]);
    expectAsReference(text, [4]);
  });

  it('any text', () => {
    fc.assert(
      fc.property(jsonTexts, sizes, (text, cuts) => {
        expectAsReference(text, cuts);
      }),
      { numRuns: 1000 },
    );
  });
});
