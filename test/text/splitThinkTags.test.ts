import fc from 'fast-check';
import { from, of, Subject, take, throwError, concat } from 'rxjs';
import {
  type Completion,
  type Delta,
  InvalidOptionError,
  type Part,
  splitThinkTags,
  type SplitThinkTagsOptions,
  TruncatedError,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import { answers } from '../support/arbitraries.ts';
import {
  call,
  end,
  finish,
  logprobs,
  other,
  partEnd,
  partStart,
  reasoning,
  reduceAll,
  signature,
  start,
  text,
  textPart,
  usage,
} from '../support/deltas.ts';
import { fixtures } from '../support/fixtures.ts';
import { cut } from '../support/frames.ts';
import { deltasOf } from '../support/outcome.ts';
import { endless, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const split = (deltas: Iterable<Delta>, options?: SplitThinkTagsOptions): readonly Delta[] =>
  record(from(deltas).pipe(splitThinkTags(options))).values;

/** What the parts of choice 0 say, in short. */
const partsOf = (completion: Completion): readonly unknown[] =>
  completion.choices[0].parts.map((part: Part) => ('text' in part ? [part.kind, part.text] : [part.kind]));

const parts = (pieces: readonly string[], options?: SplitThinkTagsOptions): readonly unknown[] =>
  partsOf(reduceAll(split([start(), ...textPart(0, pieces), finish('stop'), end], options)));

describe('splitThinkTags', () => {
  it('makes reasoning of what stands between the tags, in a part of its own', () => {
    const deltas = split([start(), ...textPart(0, ['<think>Hm.</think>Yes.']), finish('stop'), end]);

    expect(deltas).toEqual([
      start(),
      partStart(0, 'reasoning'),
      reasoning(0, 'Hm.'),
      partEnd(0),
      partStart(1, 'text'),
      text(1, 'Yes.'),
      partEnd(1),
      finish('stop'),
      end,
    ]);
  });

  it('holds back no more than may still be a tag', () => {
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    source.pipe(splitThinkTags()).subscribe((delta) => seen.push(delta));
    const after = (piece: string): readonly Delta[] => {
      seen.length = 0;
      source.next(text(0, piece));
      return [...seen];
    };

    expect(after(' \n<th')).toEqual([]);
    expect(after('ink>\nA <')).toEqual([partStart(0, 'reasoning'), reasoning(0, 'A ')]);
    expect(after('/thin')).toEqual([]);
    expect(after('gs> </thi')).toEqual([reasoning(0, '</things> ')]);
    expect(after('nk>')).toEqual([]);
    expect(after('\r\n')).toEqual([]);
    expect(after('\nB <think>')).toEqual([partEnd(0), partStart(1, 'text'), text(1, 'B <think>')]);
  });

  it.each<[string, string, SplitThinkTagsOptions, readonly unknown[]]>([
    ['no tag', 'Yes <b>', {}, [['text', 'Yes <b>']]],
    ['an empty part', '', {}, [['text', '']]],
    ['white space alone', ' \n', {}, [['text', ' \n']]],
    ['a tag that was begun', '<thin', {}, [['text', '<thin']]],
    ['a tag that is none', '<thinking>Yes', {}, [['text', '<thinking>Yes']]],
    ['a tag after a word', 'A <think>B</think>', {}, [['text', 'A <think>B</think>']]],
    ['thinking that never closes', '<think>Hm', {}, [['reasoning', 'Hm']]],
    ['thinking cut in its closing tag', '<think>Hm</thi', {}, [['reasoning', 'Hm</thi']]],
    [
      'a second opening tag',
      '<think>a<think>b</think>c',
      {},
      [
        ['reasoning', 'a<think>b'],
        ['text', 'c'],
      ],
    ],
    [
      'a second closing tag',
      '<think>a</think>b</think>c',
      {},
      [
        ['reasoning', 'a'],
        ['text', 'b</think>c'],
      ],
    ],
    ['no thinking at all', '<think>\n\n</think>\n\nYes.', {}, [['text', 'Yes.']]],
    ['nothing but tags', '<think></think>', {}, []],
    [
      'code behind the tag',
      '<think>a</think>\n\n    x',
      {},
      [
        ['reasoning', 'a'],
        ['text', '    x'],
      ],
    ],
    ['a closing tag alone', 'a</think>b', {}, [['text', 'a</think>b']]],
    [
      'a closing tag alone, inside',
      '\na</think>\n\nb',
      { startsInside: true },
      [
        ['reasoning', 'a'],
        ['text', 'b'],
      ],
    ],
    [
      'both tags, inside',
      '<think>\na</think>b',
      { startsInside: true },
      [
        ['reasoning', 'a'],
        ['text', 'b'],
      ],
    ],
    ['half a tag, inside', '<thi', { startsInside: true }, [['reasoning', '<thi']]],
    [
      'tags of its own',
      '[T]a[/T]b',
      { open: '[T]', close: '[/T]' },
      [
        ['reasoning', 'a'],
        ['text', 'b'],
      ],
    ],
    [
      'the same tag twice',
      '|||a|||b',
      { open: '|||', close: '|||' },
      [
        ['reasoning', 'a'],
        ['text', 'b'],
      ],
    ],
    [
      'tags anywhere',
      ' <think>a</think>\nb\n<think>c</think>\nd',
      { anywhere: true },
      [
        ['reasoning', 'a'],
        ['text', 'b\n'],
        ['reasoning', 'c'],
        ['text', '\nd'],
      ],
    ],
    ['tags anywhere, cut', 'a<th', { anywhere: true }, [['text', 'a<th']]],
    ['much white space first', `${' '.repeat(1_025)}<think>`, {}, [['text', `${' '.repeat(1_025)}<think>`]]],
    ['as much as may be', `${' '.repeat(1_024)}<think>a`, {}, [['reasoning', 'a']]],
  ])('reads %s, whole and by the character', (_what, whole, options, expected) => {
    expect(parts([whole], options)).toEqual(expected);
    expect(parts([...whole], options)).toEqual(expected);
  });

  it('numbers the parts behind it on, and keeps their order', () => {
    const deltas = [
      start(),
      partStart(0, 'reasoning'),
      reasoning(0, 'native'),
      signature(0, 'seal'),
      partEnd(0),
      ...textPart(1, ['<think>a</think>', 'b<']),
      partStart(2, 'tool-call'),
      call(2, { id: 'c1', name: 'f', argumentsText: '{}' }),
      partEnd(2),
      ...textPart(3, ['<think>late']),
      other('x', 1, { choice: 0, part: 2 }),
      { type: 'tool-result', choice: 0, part: 2, id: 'c1', name: 'f', result: 1 } as const,
      finish('tool-calls'),
      end,
    ];
    const seen = split(deltas);

    expect(partsOf(reduceAll(seen))).toEqual([
      ['reasoning', 'native'],
      ['reasoning', 'a'],
      ['text', 'b<'],
      ['tool-call'],
      ['text', '<think>late'],
    ]);
    expect(seen.filter(({ type }) => type === 'other' || type === 'tool-result')).toMatchObject([
      { part: 3 },
      { part: 3 },
    ]);
    expect(reduceAll(seen).toolCalls).toMatchObject([{ id: 'c1', status: 'complete', run: { status: 'done' } }]);
  });

  it('lets nothing else of the choice overtake what is held, and other choices pass', () => {
    const deltas = [
      start(),
      text(0, '<thi'),
      text(0, '<think>b', 1),
      logprobs([]),
      usage({ inputTokens: 1 }),
      text(0, 'nk>a'),
      finish('stop', 'stop', 1),
      finish('stop'),
    ];

    expect(split(deltas).map((delta) => ('text' in delta ? delta.text : delta.type))).toEqual([
      'start',
      'part-start',
      'b',
      'logprobs',
      'usage',
      'part-start',
      'a',
      'finish',
      'finish',
    ]);
    expect(split([text(0, '<thi'), partStart(1, 'tool-call')])).toEqual([
      partStart(0, 'text'),
      text(0, '<thi'),
      partStart(1, 'tool-call'),
    ]);
  });

  it('begins anew with every start, and drops what was held', () => {
    const deltas = split([start(), text(0, '<think>a</th'), start(), text(0, '<think>b</think>c'), end]);

    expect(partsOf(reduceAll(deltas))).toEqual([
      ['reasoning', 'b'],
      ['text', 'c'],
    ]);
  });

  it('lets go of what is held before an error, and before the end', () => {
    const error = new TruncatedError();
    const failing = concat(
      of(text(0, '<think>a</th')),
      throwError(() => error),
    ).pipe(splitThinkTags());

    expect(record(failing)).toEqual({
      values: [partStart(0, 'reasoning'), reasoning(0, 'a'), reasoning(0, '</th')],
      ending: 'error',
      error,
    });
    expect(record(of(text(0, '<thi')).pipe(splitThinkTags()))).toEqual({
      values: [partStart(0, 'text'), text(0, '<thi')],
      ending: 'complete',
    });
  });

  it('takes back what a redaction takes back, in whichever part it stands now', () => {
    const redacted = (fromChar: number, piece: string, ...then: readonly Delta[]): readonly unknown[] =>
      partsOf(
        reduceAll(
          split([
            start(),
            partStart(0, 'text'),
            text(0, '<think>abc</think>\ndef'),
            { type: 'redact', choice: 0, part: 0, fromChar, text: piece },
            ...then,
          ]),
        ),
      );

    expect(redacted(20, '!')).toEqual([
      ['reasoning', 'abc'],
      ['text', 'd!'],
    ]);
    expect(redacted(20, '!', text(0, 'xy'), { type: 'redact', choice: 0, part: 0, fromChar: 22, text: '' })).toEqual([
      ['reasoning', 'abc'],
      ['text', 'd!x'],
    ]);
    expect(redacted(8, '!')).toEqual([
      ['reasoning', 'a!'],
      ['text', ''],
    ]);
    expect(redacted(8, '!', text(0, '?</think>y'))).toEqual([
      ['reasoning', 'a!'],
      ['text', ''],
      ['reasoning', '?'],
      ['text', 'y'],
    ]);
    expect(redacted(14, '!')).toEqual([
      ['reasoning', 'abc!'],
      ['text', ''],
    ]);
    expect(redacted(-5, '')).toEqual([
      ['reasoning', ''],
      ['text', ''],
    ]);
  });

  it.each<[string, readonly unknown[]]>([
    [
      '<think>a</think>',
      [
        ['reasoning', 'a'],
        ['text', '!b'],
      ],
    ],
    [
      'a<think>',
      [
        ['text', 'a'],
        ['reasoning', '!b'],
      ],
    ],
    ['<think>', [['reasoning', '!b']]],
    ['', [['text', '!b']]],
  ])('reads what a redaction puts behind all of %j as text that came', (whole, parts) => {
    const deltas = [
      text(0, whole),
      { type: 'redact', choice: 0, part: 0, fromChar: 99, text: '!' } as const,
      text(0, 'b'),
    ];

    expect(partsOf(reduceAll(split([start(), partStart(0, 'text'), ...deltas], { anywhere: true })))).toEqual(parts);
  });

  it('reads what a server sent', () => {
    const recorded = fixtures.find(({ name }) => name.includes('think-tags-inline'));
    if (recorded === undefined) throw new Error('the fixture is gone');
    const completion = reduceAll(split(deltasOf(openAiChat, [recorded.bytes])));

    expect(completion).toMatchObject({ reasoning: 'si x=2…\n', text: 'x² = 4', ended: true });
  });

  it('refuses tags that are empty or begin with white space', () => {
    for (const options of [{ open: '' }, { close: '' }, { open: ' <think>' }, { close: '\n</think>' }]) {
      expect(thrownBy(() => splitThinkTags(options))).toBeInstanceOf(InvalidOptionError);
    }
    expect(thrownBy(() => splitThinkTags({ open: 1 as unknown as string }))).toBeInstanceOf(InvalidOptionError);
  });

  it('leaves an endless synchronous source when its consumer leaves, and keeps two subscriptions apart', () => {
    const { source, pulled } = endless(text(0, 'a'));
    const operator = splitThinkTags();

    expect(record(from(source).pipe(operator, take(3))).values).toHaveLength(3);
    expect(pulled()).toBeLessThan(5);
    record(of(text(0, '<thi')).pipe(operator));
    expect(record(of(text(0, 'nk>')).pipe(operator)).values).toEqual([partStart(0, 'text'), text(0, 'nk>')]);
  });
});

const fragments = fc.constantFrom(
  '<think>',
  '</think>',
  '<',
  '</',
  'think>',
  '\n',
  ' ',
  'a',
  '\ud83d',
  '\ude00',
  '<thi',
);
const tagged = fc.array(fragments, { maxLength: 12 }).map((list) => list.join(''));
const options = fc.record({ startsInside: fc.boolean(), anywhere: fc.boolean() });

describe('splitThinkTags, over any text', () => {
  it('gives the same whatever way the text is cut', () => {
    fc.assert(
      fc.property(tagged, options, fc.array(fc.nat(), { maxLength: 8 }), (whole, option, offsets) => {
        expect(parts(cut(whole, offsets), option)).toEqual(parts([whole], option));
        expect(parts(whole.split(''), option)).toEqual(parts([whole], option));
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses nothing but tags and the line breaks beside them', () => {
    fc.assert(
      fc.property(tagged, options, (whole, option) => {
        const bare = (value: string): string => value.replaceAll(/<\/?think>|\s/g, '');
        const { choices } = reduceAll(split([start(), ...textPart(0, whole.split('')), end], option));
        const all = choices[0].parts.map((part) => ('text' in part ? bare(part.text) : '')).join('');

        expect(all).toBe(bare(whole));
      }),
    );
  });

  it('leaves an answer without tags as it is', () => {
    fc.assert(
      fc.property(answers(), (deltas) => {
        const whole = reduceAll(deltas);

        expect(JSON.stringify(reduceAll(split(deltas)))).toBe(JSON.stringify(whole));
      }),
      { numRuns: 500 },
    );
  });

  it('takes no longer for the last piece of a long answer than for the first', () => {
    const pieces = Array.from({ length: 200_000 }, () => '<');
    const startedAt = workedMs();
    split([text(0, '<think>'), ...pieces.map((piece) => text(0, piece))]);

    expect(workedMs() - startedAt).toBeLessThan(5_000);
  });
});
