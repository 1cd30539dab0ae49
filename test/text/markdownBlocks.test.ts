import fc from 'fast-check';
import { marked } from 'marked';
import { concat, from, of, Subject, take, throwError } from 'rxjs';
import {
  type Delta,
  InvalidOptionError,
  markdownBlocks,
  type MarkdownBlock,
  type MarkdownBlocks,
  type MarkdownLexer,
  TruncatedError,
} from 'rxllm';

import { call, end, finish, partStart, start, text, textPart } from '../support/deltas.ts';
import { cut } from '../support/frames.ts';
import { endless, record, thrownBy } from '../support/record.ts';
import { runs } from '../support/thorough.ts';

const lexer: MarkdownLexer = (value) => marked.lexer(value);

/** Every character that a lexer is given counts. */
const counting = (): { readonly lexer: MarkdownLexer; readonly chars: () => number } => {
  let chars = 0;
  return {
    lexer(value) {
      chars += value.length;
      return marked.lexer(value);
    },
    chars: () => chars,
  };
};

const blocksOf = (values: Iterable<Delta | string>, by = lexer): readonly MarkdownBlocks[] =>
  record(from(values).pipe(markdownBlocks(by))).values;

const last = (values: Iterable<Delta | string>): readonly MarkdownBlock[] => {
  const { settled, tail } = blocksOf(values).at(-1) ?? { settled: [], tail: undefined };
  if (tail !== undefined) throw new Error('it is still open');
  return [...settled];
};

const rawsOf = (blocks: Iterable<MarkdownBlock>): readonly string[] => [...blocks].map(({ raw }) => raw);

/** What marked makes of the whole, with blank lines put to the block before them. */
const expected = (whole: string): readonly (readonly [type: string, raw: string])[] => {
  const blocks: [string, string][] = [];
  let lead = '';
  for (const { type, raw } of marked.lexer(whole)) {
    const before = blocks.at(-1);
    if (type !== 'space') blocks.push([type, lead + raw]);
    else if (before) before[1] += raw;
    if (type !== 'space') lead = '';
    else if (!before) lead += raw;
  }
  return blocks.length === 0 && lead !== '' ? [['space', lead]] : blocks;
};

const corpus: Readonly<Record<string, string>> = {
  answer: `Here is **how**.

# Title

First paragraph, which
goes on.
Setext
======

- one
- two

  still two
- three
Lazy.

1. a
2. b

   \`\`\`js
   x();
   \`\`\`

3. c

| a | b |
|---|:-:|
| 1 | 2 |
| 3 | 4 |

> quoted
lazy
>
> - list

\`\`\`python
def f():

    return "# no heading"
\`\`\`
Right behind it.

---

    indented

    code

<div>
html

</div>

<!-- a

comment -->

[a]: https://example.com "title"
[b]: /b
'title'

Done [a].
`,
  fence: '~~~~\n```\n~~~\nstill\n~~~~\n\n```js\nopen for ever\n\n# no\n',
  lists: '* a\n\n  b\n\n\n* c\n    code?\n+ other\n1) x\n\n2) y\n10. z\n- [ ] task\n- - nested\n\n\nend',
  breaks: 'a\n***\nb\n---\nc\n\n___\n# h\n## h2\ntext\n',
  table: 'x | y\n--|--\n1 | 2\nnot\n\n|a|\n|-|\n\nfoo\n| a | b |\n|---|---|\n| c |\n',
  definitions: 'p\n\n[x]: /u\n"title\n\ngoes on"\n\n[foo\n# bar]: /u\n\n[y]:\n/url\nq\n',
  crlf: 'a\r\n\r\n# b\r\n- c\r\n\r\n  d\r\n```\r\nx\r\n```\r\ny',
  blank: '\n\n  \n',
  lead: '\n\n  text\n',
  script: '<script>\n\n# x\n\n</script> tail\n\n<?php\n\n?>\ny\n\n<b>\ninline\n\n<pre>\n\n- x</pre>\nz\n',
};

const normal = (value: string): string => value.replace(/\r\n|\r/g, '\n');

/** What holds of the blocks of a text, whatever way it came. */
const expectSound = (whole: string, pieces: readonly string[]): void => {
  const seen = blocksOf(pieces);
  const final = seen.at(-1);
  const settled: MarkdownBlock[] = [];
  let length = 0;
  for (const blocks of seen) {
    const list = [...blocks.settled];
    settled.forEach((block, index) => {
      if (list[index] !== block) throw new Error(`block ${index} did not stay`);
    });
    settled.push(...list.slice(settled.length));
    const raw = rawsOf(list).join('') + (blocks.tail?.raw ?? '');
    if (!whole.startsWith(raw) || raw.length < length) throw new Error('text was lost');
    ({ length } = raw);
  }
  expect(final?.tail).toBeUndefined();
  expect(settled.map(({ type, raw }) => [type, normal(raw)])).toEqual(expected(whole));
  expect(settled.every(({ key, isSettled }, index) => key === index && isSettled)).toBe(true);
  expect(rawsOf(settled).join('')).toBe(whole);
};

describe('markdownBlocks', () => {
  it('settles a block when the next one has begun, and shows the open one as it grows', () => {
    const seen = blocksOf(['# Ti', 'tle\n', '\nHel', 'lo.\n', '\n', '- a', '\n- b']);

    expect(seen.map(({ settled, tail }) => [...rawsOf(settled), tail && [tail.type, tail.raw]])).toEqual([
      [['heading', '# Ti']],
      [['heading', '# Title\n']],
      ['# Title\n\n', ['paragraph', 'Hel']],
      ['# Title\n\n', ['paragraph', 'Hello.\n']],
      ['# Title\n\n', ['paragraph', 'Hello.\n\n']],
      ['# Title\n\n', 'Hello.\n\n', ['list', '- a']],
      ['# Title\n\n', 'Hello.\n\n', ['list', '- a\n- b']],
      ['# Title\n\n', 'Hello.\n\n', '- a\n- b', undefined],
    ]);
  });

  it.each(Object.entries(corpus))(
    'cuts %s as marked does, by the line, by the character and at once',
    (_name, whole) => {
      expectSound(whole, [whole]);
      expectSound(whole, whole.split(/(?<=\n)/));
      expectSound(whole, whole.split(''));
      for (let at = 1; at < whole.length; at += 1) expectSound(whole, [whole.slice(0, at), whole.slice(at)]);
    },
  );

  // Each of these once settled a block too early.
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['- a\t', [['list', '- a\t']]],
    ['- a\n- b\t', [['list', '- a\n- b\t']]],
    [
      'Para\n\n- a\t',
      [
        ['paragraph', 'Para\n\n'],
        ['list', '- a\t'],
      ],
    ],
    [
      '# Title\n1. a\r\n2. b\t',
      [
        ['heading', '# Title\n'],
        ['list', '1. a\r\n2. b\t'],
      ],
    ],
  ])('finds the block that marked writes down otherwise: %j', (whole, blocks) => {
    for (const pieces of [[whole], whole.split('')]) {
      expect(last(pieces).map(({ type, raw }) => [type, raw])).toEqual(blocks);
    }
  });

  it.each(['\u00a0', '\u3000', '\ufeff', '\v', '\f', '\u2028', ' \u00a0 '])(
    'keeps a list whole whose items end in %j',
    (space) => {
      const whole = `1. one${space}\n2. two${space}\n   more${space}\n\nEnd${space}`;
      for (const pieces of [[whole], whole.split('')]) {
        expect(last(pieces).map(({ type, raw }) => [type, raw])).toEqual([
          ['list', `1. one${space}\n2. two${space}\n   more${space}\n\n`],
          ['paragraph', `End${space}`],
        ]);
      }
    },
  );

  it.each([
    '> - a\nb c\n',
    '> 2) a\n   b',
    '> * a\n`b`\n\nc',
    '- a\n- b\n\n\n# c\n    d\n',
    '> -\nb',
    '1\n> 2) *\n`',
    '# a\n\n```\nb\n\n```\nc',
  ])('gives the same blocks of %j where lines end in CR LF', (whole) => {
    const typesOf = (pieces: readonly string[]) =>
      last(pieces).map(({ type, raw }) => [type, raw.replaceAll('\r', '')]);
    const crlf = whole.replaceAll('\n', '\r\n');

    expect(typesOf(crlf.split(''))).toEqual(expected(whole));
    expect(typesOf([crlf])).toEqual(expected(whole));
    expect(rawsOf(last([crlf])).join('')).toBe(crlf);
  });

  it('takes a line of white space that Markdown does not know for text', () => {
    expect(rawsOf(last('a\n\v\n---b**'.split('')))).toEqual(['a\n\v\n---b**']);
  });

  it.each(['--|--\n</script>\n-\n', '[x\n1. one\n\n2. two'])(
    'gives the blocks of the whole, cut anywhere: %j',
    (whole) => {
      expectSound(whole, [...whole]);
    },
  );

  it('keeps the key of a block from its first character on', () => {
    const keys = new Map<string, number>();
    for (const { tail, settled } of blocksOf('Alpha.\n\nBeta.\n\nGamma.'.split(''))) {
      for (const { raw, key } of [...settled, ...(tail ? [tail] : [])]) {
        const word = raw.slice(0, 1);
        expect(keys.get(word) ?? key).toBe(key);
        keys.set(word, key);
      }
    }
    expect([...keys]).toEqual([
      ['A', 0],
      ['B', 1],
      ['G', 2],
    ]);
  });

  it('reads the text of choice 0, and settles it where something else comes in between', () => {
    const deltas = [
      start(),
      ...textPart(0, ['One ']),
      ...textPart(1, ['sentence']),
      text(0, 'other', 1),
      partStart(2, 'tool-call'),
      call(2, {}),
      ...textPart(3, ['Two']),
      finish('stop'),
      end,
    ];

    expect(rawsOf(last(deltas))).toEqual(['One sentence', 'Two']);
    expect(blocksOf(deltas)).toHaveLength(5);
  });

  it('begins anew with a retry, also when only a later step is tried again', () => {
    const step = (index: number, attempt: number): Delta => ({ ...start(), step: index, attempt }) as Delta;

    expect(rawsOf(last([start(), text(0, '# A\n\nB'), start(), text(0, 'C'), end]))).toEqual(['C']);
    expect(
      rawsOf(
        last([
          start(),
          text(0, 'A'),
          end,
          step(1, 1),
          text(0, 'B\n\nC'),
          step(1, 2),
          text(0, 'D'),
          end,
          step(2, 1),
          text(0, 'E'),
          end,
        ]),
      ),
    ).toEqual(['A', 'D', 'E']);
    expect(blocksOf([start(), text(0, 'A'), start()]).at(-1)?.tail).toBeUndefined();
  });

  it('lexes again from the block before a redaction, and keeps what comes out the same', () => {
    const redact = (fromChar: number, piece: string, part = 0): Delta => ({
      type: 'redact',
      choice: 0,
      part,
      fromChar,
      text: piece,
    });
    const whole = 'One.\n\nTwo.\n\n# Three\nFour';
    const seen = blocksOf([text(0, whole), redact(whole.length - 4, 'more'), text(0, '!\n\nEnd'), end]);

    expect(rawsOf(seen.at(-1)?.settled ?? [])).toEqual(['One.\n\n', 'Two.\n\n', '# Three\n', 'more!\n\n', 'End']);
    expect(seen.at(-1)?.settled.at(0)).toBe(seen[0]?.settled.at(0));
    expect(seen.at(-1)?.settled.at(1)).toBe(seen[0]?.settled.at(1));
    expect(rawsOf(last([text(0, whole), redact(12, ''), text(0, 'x'), end]))).toEqual(['One.\n\n', 'Two.\n\n', 'x']);
    expect(rawsOf(last([text(0, 'a\n# h'), redact(2, ''), text(0, 'b'), end]))).toEqual(['a\nb']);
    expect(rawsOf(last([text(0, whole), redact(0, ''), end]))).toEqual([]);
    expect(rawsOf(last([text(0, whole), redact(-3, 'X'), end]))).toEqual(['X']);
    expect(rawsOf(last([text(0, 'A\n\nB '), text(1, 'C\n\nD'), redact(3, 'X ', 0), end]))).toEqual([
      'A\n\n',
      'X C\n\n',
      'D',
    ]);
    expect(rawsOf(last([text(0, 'A'), redact(0, 'X', 7), end]))).toEqual(['A']);
  });

  it('settles what is open before an error, and passes on what the lexer throws', () => {
    const error = new TruncatedError();
    const failing = record(
      concat(
        of('A'),
        throwError(() => error),
      ).pipe(markdownBlocks(lexer)),
    );

    expect(failing).toMatchObject({ ending: 'error', error });
    expect(rawsOf(failing.values.at(-1)?.settled ?? [])).toEqual(['A']);
    const broken = new Error('mine');
    const throwing = markdownBlocks(() => {
      throw broken;
    });
    expect(record(of('A').pipe(throwing))).toMatchObject({ ending: 'error', error: broken });
  });

  it('loses nothing to a lexer that leaves text out, or makes it up', () => {
    const by = (raws: readonly string[]): readonly string[] =>
      rawsOf(blocksOf(['a b\n', 'c'], () => raws.map((raw) => ({ type: 'x', raw }))).at(-1)?.settled ?? []);

    expect(by(['b\n'])).toEqual(['a b\nc']);
    expect(by(['a', 'c']).join('')).toBe('a b\nc');
    expect(by(['zzz'])).toEqual(['a b\nc']);
    expect(by([])).toEqual(['a b\nc']);
    expect(by(['', ''])).toEqual(['a b\nc']);
  });

  it.each([undefined, null, {}, 'marked'])('refuses %j in the place of a lexer', (wrong) => {
    expect(thrownBy(() => markdownBlocks(wrong as never))).toEqual(
      new InvalidOptionError('lexer', 'must be a function, such as (text) => marked.lexer(text)'),
    );
  });

  it.each<[string, unknown]>([
    ['HTML', '<p>Hi</p>'],
    ['a promise', Promise.resolve([])],
    ['nothing', undefined],
    ['tokens without raw', [{ type: 'paragraph_open' }]],
    ['tokens without type', [{ raw: 'Hi' }]],
    ['no tokens', [undefined]],
  ])('says what is wrong with a lexer that gives %s', (_, wrong) => {
    expect(record(of('Hi').pipe(markdownBlocks(() => wrong as never)))).toEqual({
      values: [],
      ending: 'error',
      error: new TypeError(
        'markdownBlocks: the lexer must give a list of tokens with a type and a raw, as marked.lexer does',
      ),
    });
  });

  it('leaves an endless source when its consumer leaves, and keeps two subscriptions apart', () => {
    const operator = markdownBlocks(lexer);
    const { source, pulled } = endless('# A\n');

    expect(record(from(source).pipe(operator, take(2))).values).toHaveLength(2);
    expect(pulled()).toBeLessThan(5);
    expect(record(of('B').pipe(operator)).values[0]?.tail).toEqual({
      key: 0,
      raw: 'B',
      type: 'paragraph',
      isSettled: false,
    });
  });

  it('takes what comes while blocks are given in its turn', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(markdownBlocks(lexer)).subscribe(({ tail }) => {
      seen.push(tail?.raw ?? '-');
      if (seen.length === 1) source.next('b');
    });
    source.next('a');
    source.complete();

    expect(seen).toEqual(['a', 'ab', '-']);
  });
});

const lines = fc.constantFrom(
  ...[
    '',
    '',
    '',
    ' ',
    'word',
    'two words',
    '# H',
    '#no',
    'Setext',
    '===',
    '---',
    '***',
    '- item',
    '* item',
    '+ item',
    '-',
    '*',
  ],
  ...[
    '1. one',
    '2. two',
    '1) x',
    '  indented',
    '    code',
    '\ttab',
    '```',
    '```js',
    '~~~',
    '````',
    '> quote',
    '>',
    '> - q',
    '> ```',
    '| a | b |',
  ],
  ...[
    '|---|---|',
    'a | b',
    '--|--',
    '<div>',
    '</div>',
    '<b>',
    '<!--',
    '-->',
    '<script>',
    '</script>',
    '[a]: /u',
    '[a]',
    '"title"',
    "'t",
    '[x',
  ],
  ...[
    '**b**',
    '*em*',
    '_x_',
    '2',
    '- [ ] task',
    '  - nested',
    '   ```',
    '<?x',
    '?>',
    '[b]: /v "t"',
    '!',
    '\\# x',
    '&',
    '(p)',
    '"',
  ],
);
const markdown = fc
  .array(lines, { maxLength: 12 })
  .map((list) => list.join('\n'))
  // The same definition twice is one token less for the whole than for its blocks, and renders as nothing.
  .filter((whole) => whole.split('[a]: /u').length < 3 && whole.split('[b]: /v').length < 3 && addsUp(whole));

/** Where marked's own tokens do not add up to the text, there is nothing to compare with. */
const addsUp = (whole: string): boolean =>
  marked
    .lexer(whole)
    .map(({ raw }) => raw)
    .join('') === whole;

describe('markdownBlocks, over any text', () => {
  it('ends with the blocks of the whole, and never changes one that it has settled', () => {
    fc.assert(
      fc.property(markdown, fc.array(fc.nat(), { maxLength: 6 }), (whole, offsets) => {
        expectSound(whole, cut(whole, offsets));
        expectSound(whole, whole.split(''));
      }),
      { numRuns: runs(800) },
    );
  });

  it('loses no character of anything', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (whole, offsets) => {
          expect(rawsOf(last(cut(whole, offsets))).join('')).toBe(whole);
        },
      ),
    );
  });

  const long: readonly (readonly [string, string])[] = [
    ['a code block', '```\n' + 'let x = 1;\n'.repeat(20_000) + '```\n\nEnd.'],
    ['a list', '- item\n'.repeat(10_000) + '\nEnd.'],
    ['a loose list', '- item\n\n'.repeat(5_000) + 'End.'],
    ['a table', '| a | b |\n|---|---|\n' + '| 1 | 2 |\n'.repeat(3_000) + '\nEnd.'],
    ['a paragraph in lines', 'word word\n'.repeat(10_000)],
    ['a paragraph in one line', 'word '.repeat(40_000)],
    ['many paragraphs', 'A paragraph of some length.\n\n'.repeat(3_000)],
    ['a quotation', '> word\n'.repeat(1_500)],
    ['markers in a paragraph', 'a\n' + '1 + 1\n*a\n'.repeat(4_000)],
    ['blank lines', '\n'.repeat(50_000)],
    ['fences that do not match', '````\n' + '```\n'.repeat(10_000)],
    ['definitions', '[a\n# x\n'.repeat(2_000)],
  ];

  it.each(long)('lexes no more than nine characters for each of %s', (_name, whole) => {
    const count = counting();
    const pieces = whole.match(/[^]{1,7}/g) ?? [];
    const blocks = blocksOf(pieces, count.lexer);

    expect(rawsOf(blocks.at(-1)?.settled ?? []).join('')).toBe(whole);
    expect(count.chars()).toBeLessThanOrEqual(9 * whole.length + 16_384);
  });

  it('settles an open code block at once when it is over, and does not lex it while it is open', () => {
    const count = counting();
    const code = '```\n' + 'let x = 1;\n'.repeat(10_000);
    const source = new Subject<string>();
    let now: MarkdownBlocks | undefined;
    source.pipe(markdownBlocks(count.lexer)).subscribe((blocks) => (now = blocks));
    for (const piece of code.match(/[^]{1,7}/g) ?? []) source.next(piece);

    expect(count.chars()).toBeLessThan(100);
    expect(now?.tail).toMatchObject({ type: 'code', raw: code });
    source.next('```\n');
    source.next('\nE');
    expect(now?.tail).toMatchObject({ key: 1, type: 'paragraph', raw: 'E' });
  });
});
