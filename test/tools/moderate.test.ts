import { from, Subject } from 'rxjs';
import {
  accumulateDelta,
  type Delta,
  moderate,
  type ModerateOptions,
  type ModerationCheck,
  ModerationError,
  type ModerationVerdict,
  type ModerationWindow,
  splitThinkTags,
} from 'rxllm';

import {
  call,
  citation,
  end,
  finish,
  logprobs,
  other,
  partEnd,
  partStart,
  reasoning,
  reduceAll,
  refusal,
  start,
  text,
  textPart,
  usage,
} from '../support/deltas.ts';
import { outcomeOf } from '../support/outcome.ts';
import { expectNoUncaughtError, record } from '../support/record.ts';

const pass = (): boolean => true;

const forbid =
  (word: string, more: object = {}): ModerationCheck =>
  ({ text: whole }) => {
    const fromChar = whole.indexOf(word);
    return fromChar < 0 ? true : { ok: false, fromChar, reason: 'bad word', ...more };
  };

const moderated = (deltas: Iterable<Delta>, check: ModerationCheck, options?: ModerateOptions): readonly Delta[] =>
  record(from(deltas).pipe(moderate(check, options))).values;

/** What a check was asked, call by call. */
const asked = (
  deltas: Iterable<Delta>,
  options?: ModerateOptions,
  verdict: (window: ModerationWindow) => ModerationVerdict = pass,
): readonly ModerationWindow[] => {
  const windows: ModerationWindow[] = [];
  const check: ModerationCheck = (window) => {
    windows.push(window);
    return verdict(window);
  };
  moderated(deltas, check, options);
  return windows;
};

const freshOf = (windows: readonly ModerationWindow[]): readonly string[] => windows.map(({ fresh }) => fresh);

const redact = (fromChar: number, piece: string, part = 0): Delta => ({
  type: 'redact',
  choice: 0,
  part,
  fromChar,
  text: piece,
});

expectNoUncaughtError();

describe('moderate', () => {
  it('asks about whole sentences, with what stands before them, and about the rest at the end', () => {
    const windows = asked(textPart(0, ['One. Tw', 'o. Thr', 'ee']));

    expect(windows).toEqual([
      { text: 'One. ', fresh: 'One. ', fromChar: 0, choice: 0, part: 0, kind: 'text', isLast: false },
      { text: 'One. Two. ', fresh: 'Two. ', fromChar: 0, choice: 0, part: 0, kind: 'text', isLast: false },
      { text: 'One. Two. Three', fresh: 'Three', fromChar: 0, choice: 0, part: 0, kind: 'text', isLast: true },
    ]);
  });

  it('holds no more than it may of a sentence that does not end', () => {
    expect(freshOf(asked(textPart(0, ['abc', 'def', 'ghi']), { holdBackChars: 5 }))).toEqual(['abcdef', 'ghi']);
    expect(freshOf(asked(textPart(0, ['abc', 'def', 'ghi']), { holdBackChars: 5, unit: 'chars' }))).toEqual([
      'abcdef',
      'ghi',
    ]);
    expect(freshOf(asked(textPart(0, ['A. B. ', 'C', 'd']), { holdBackChars: 2, unit: 'chars' }))).toEqual([
      'A. B. ',
      'Cd',
    ]);
    expect(freshOf(asked(textPart(0, ['ab\ud83d', '\ude00c']), { holdBackChars: 2, unit: 'chars' }))).toEqual([
      'ab',
      '😀c',
    ]);
    expect(freshOf(asked([text(0, '\ud83d')], { holdBackChars: 1 }))).toEqual(['\ud83d']);
  });

  it('shows the check no more than the end of a long part', () => {
    const windows = asked(textPart(0, ['One one. Two. ', 'Three. ', 'Four😀. Five']), { maxWindowChars: 18 });

    expect(windows.map(({ text: whole, fromChar }) => [fromChar, whole])).toEqual([
      [0, 'One one. '],
      [0, 'One one. Two. '],
      [3, ' one. Two. Three. '],
      [11, 'o. Three. Four😀. '],
      [15, 'hree. Four😀. Five'],
    ]);
    expect(asked(textPart(0, ['a😀b😀']), { maxWindowChars: 4 }).map(({ text: whole }) => whole)).toEqual([
      'a',
      'a😀',
      'a😀b',
      'b😀',
    ]);
    expect(freshOf(asked(textPart(0, ['😀b']), { maxWindowChars: 1 }))).toEqual(['😀', 'b']);
  });

  it('asks about no more than half a window at once, whole sentences if it can be', () => {
    const pieces = ['One. Two. Three. Four. Five. Six. Seven and more'];

    expect(freshOf(asked(textPart(0, pieces), { maxWindowChars: 20 }))).toEqual([
      'One. Two. ',
      'Three. ',
      'Four. ',
      'Five. ',
      'Six. ',
      'Seven and ',
      'more',
    ]);
    expect(freshOf(asked(textPart(0, pieces), { maxWindowChars: 60 }))).toEqual([
      'One. Two. Three. Four. Five. ',
      'Six. ',
      'Seven and more',
    ]);
    expect(freshOf(asked(textPart(0, pieces), { maxWindowChars: Infinity }))).toEqual([
      'One. Two. Three. Four. Five. Six. ',
      'Seven and more',
    ]);
    expect(freshOf(asked(textPart(0, pieces), { maxWindowChars: 40, unit: 'chars' }))).toEqual([
      'One. Two. Three. Fou',
      'r. Five. Six. Seven ',
      'and more',
    ]);
  });

  it('emits what has passed, in one piece, and nothing before the text in front of it', () => {
    const deltas = [
      start(),
      partStart(0, 'text'),
      text(0, 'It'),
      usage({ inputTokens: 1 }),
      text(0, ' is. No'),
      citation(0, { url: 'u' }),
      text(0, 't'),
      partEnd(0),
      partStart(1, 'tool-call'),
      call(1, {}),
      text(0, 'Be. C', 1),
      logprobs([]),
      partEnd(1),
      finish('tool-calls'),
      text(0, 'D', 1),
      finish('stop', 'stop', 1),
      end,
    ];

    expect(moderated(deltas, pass)).toEqual([
      start(),
      partStart(0, 'text'),
      text(0, 'It'),
      usage({ inputTokens: 1 }),
      text(0, ' is. '),
      text(0, 'No'),
      citation(0, { url: 'u' }),
      text(0, 't'),
      partEnd(0),
      partStart(1, 'tool-call'),
      call(1, {}),
      text(0, 'Be. ', 1),
      text(0, 'C', 1),
      logprobs([]),
      partEnd(1),
      finish('tool-calls'),
      text(0, 'D', 1),
      finish('stop', 'stop', 1),
      end,
    ]);
  });

  it('checks the kinds that it is told to', () => {
    const deltas = [reasoning(0, 'R'), text(1, 'T'), refusal(2, 'F'), partEnd(0), partEnd(1), partEnd(2)];

    expect(asked(deltas).map(({ kind }) => kind)).toEqual(['text']);
    expect(asked(deltas, { kinds: ['reasoning', 'refusal'] }).map(({ kind }) => kind)).toEqual([
      'reasoning',
      'refusal',
    ]);
    expect(moderated(deltas, pass, { kinds: ['reasoning'] })).toEqual(deltas);
  });

  it('works behind splitThinkTags', () => {
    const windows: ModerationWindow[] = [];
    const check: ModerationCheck = (window) => windows.push(window) > 0;
    from([start(), ...textPart(0, ['<think>a. b</think>', 'Co. De']), end])
      .pipe(splitThinkTags(), moderate(check))
      .subscribe();

    expect(freshOf(windows)).toEqual(['Co. ', 'De']);
  });

  it('passes on what it does not check unchanged, an empty answer and an empty piece too', () => {
    const deltas = [start(), other('x', 1), ...textPart(0, ['']), finish('stop'), end];

    expect(record(from(deltas).pipe(moderate(() => false)))).toEqual({ values: deltas, ending: 'complete' });
    expect(record(from([]).pipe(moderate(pass)))).toEqual({ values: [], ending: 'complete' });
  });
});

describe('moderate, when text does not pass', () => {
  it.each<[string, readonly string[], ModerationCheck, number, string]>([
    ['in what nobody has seen', ['Fine. ', 'So bad. End'], forbid('bad'), 9, 'Fine. So '],
    ['at the beginning of it', ['Fine. ', 'So bad. End'], forbid('So'), 6, 'Fine. '],
    ['in what was shown', ['Fine b', 'a. d word. End'], forbid('a. d'), 6, 'Fine b'],
    [
      'in what was shown, at the very start',
      ['Fine. So. ', 'Bad. End'],
      ({ text: whole }) => !whole.includes('Bad') || { ok: false, fromChar: 0 },
      0,
      '',
    ],
    ['without a place', ['Fine. S', 'o bad. End'], ({ fresh }) => !fresh.includes('bad'), 6, 'Fine. '],
  ])('ends with an error that says from where on, %s', (_where, pieces, check, fromChar, left) => {
    const outcome = outcomeOf(
      from([start(), ...textPart(0, pieces), finish('stop'), end]).pipe(moderate(check), accumulateDelta()),
    );

    expect(outcome).toMatchObject({
      tag: 'ModerationError',
      error: { choice: 0, part: 0, fromChar },
      completion: { text: left },
    });
  });

  it('takes back what was shown before it ends', () => {
    const seen = record(
      from([text(0, 'I k'), text(0, 'ill. Y'), text(0, 'ou. Xy'), text(0, ' me')]).pipe(moderate(forbid('kill. You'))),
    );

    expect(seen).toEqual({
      values: [text(0, 'I kill. '), redact(2, '')],
      ending: 'error',
      error: new ModerationError({ reason: 'bad word', choice: 0, part: 0, fromChar: 2 }),
    });
  });

  it('puts something in its place and goes on', () => {
    const redacted = (pieces: readonly string[], check: ModerationCheck): readonly Delta[] =>
      moderated(
        pieces.map((piece) => text(0, piece)),
        check,
        { onViolation: 'redact' },
      );

    expect(redacted(['One. Two b', 'ad three. Four. ', 'Five'], forbid('bad'))).toEqual([
      text(0, 'One. '),
      text(0, 'Two [removed]'),
      text(0, 'Four. '),
      text(0, 'Five'),
    ]);
    expect(redacted(['Ba. D', 'o. E'], forbid('a. D'))).toEqual([
      text(0, 'Ba. '),
      redact(1, '[removed]'),
      text(0, 'E'),
    ]);
    expect(
      redacted(['A mail a@b here. ', 'E'], ({ fresh }) => ({
        ok: !fresh.includes('@'),
        replacement: fresh.replace('a@b', '*'),
      })),
    ).toEqual([text(0, 'A mail * here. '), text(0, 'E')]);
    expect(redacted(['Bad. ', 'E'], forbid('Bad', { replacement: '' }))).toEqual([text(0, 'E')]);
  });

  it('asks about the text as it is shown after a redaction, and counts places in it', () => {
    const windows: ModerationWindow[] = [];
    const check: ModerationCheck = (window) => {
      windows.push(window);
      return forbid('bad', { replacement: '-' })(window);
    };
    const deltas = [text(0, 'A bad one. B'), text(0, 'oo. C'), text(0, 'obad. Do')];
    const seen = moderated([start(), ...deltas, end], check, { onViolation: 'redact' });

    expect(windows.map(({ text: whole }) => whole)).toEqual([
      'A bad one. ',
      'A -Boo. ',
      'A -Boo. Cobad. ',
      'A -Boo. Co-Do',
    ]);
    expect(reduceAll(seen).text).toBe('A -Boo. Co-Do');
  });

  it('keeps the order of what stands between pieces that are replaced', () => {
    const deltas = [
      text(0, 'a b'),
      usage({ inputTokens: 1 }),
      text(0, 'ad'),
      usage({ inputTokens: 2 }),
      text(0, ' co. '),
      usage({ inputTokens: 3 }),
      text(0, 'D'),
    ];

    expect(moderated(deltas, forbid('bad'), { onViolation: 'redact', replacement: '*' })).toEqual([
      text(0, 'a *'),
      usage({ inputTokens: 1 }),
      usage({ inputTokens: 2 }),
      usage({ inputTokens: 3 }),
      text(0, 'D'),
    ]);
  });

  it('redacts two choices, each by its own places', () => {
    const deltas = [
      text(0, 'A bad'),
      text(0, 'ok ', 1),
      text(0, ' xx. '),
      text(0, 'bad. ', 1),
      text(0, 'B'),
      text(0, 'C', 1),
    ];
    const seen = moderated([start(), ...deltas, end], forbid('bad'), { onViolation: 'redact', replacement: '*' });

    expect(reduceAll(seen).choices.map(({ text: whole }) => whole)).toEqual(['A *B', 'ok *C']);
  });
});

describe('moderate, where a verdict makes no sense', () => {
  const secret = [...textPart(0, ['All is well. ', 'Then the SECRET follows. ', 'End.']), finish('stop'), end];

  it.each<[string, object]>([
    ['a place behind the window', { fromChar: 1e6 }],
    ['the end of the window', { fromChar: 38 }],
    ['a place before it', { fromChar: -1 }],
    ['half a place', { fromChar: 1.5 }],
    ['no number', { fromChar: '3' }],
    ['a replacement that is no text', { replacement: 5 }],
  ])('shows nothing unchecked: %s', (_, wrong) => {
    const check = ({ text: whole }: ModerationWindow) =>
      whole.includes('SECRET') ? ({ ok: false, ...wrong } as ModerationVerdict) : true;
    for (const onViolation of ['error', 'redact'] as const) {
      const { values, error } = record(from(secret).pipe(moderate(check, { onViolation })));

      expect(JSON.stringify(values)).not.toContain('SECRET');
      expect(error).toBeInstanceOf(TypeError);
    }
  });
});

describe('moderate, where deltas are not as they should be', () => {
  it('keeps a refusal apart from the text of the part that it is sent for', () => {
    const deltas = [text(0, 'One. '), refusal(0, 'No. '), text(0, 'Two. '), finish('stop')];

    expect(reduceAll(moderated(deltas, pass, { kinds: ['text', 'refusal'] }))).toEqual(reduceAll(deltas));
  });

  it('checks text that a redaction puts into a part which has none yet', () => {
    const deltas = [partStart(0, 'text'), redact(0, 'bad'), partEnd(0), finish('stop')];

    expect(reduceAll(moderated(deltas, pass)).text).toBe('bad');
    expect(reduceAll(moderated(deltas, forbid('bad'), { onViolation: 'redact' })).text).toBe('[removed]');
  });
});

describe('moderate, with another operator that redacts before it', () => {
  const shown = (deltas: readonly Delta[], check: ModerationCheck = pass, options: ModerateOptions = {}): string =>
    reduceAll([start(), ...moderated(deltas, check, { onViolation: 'redact', replacement: '*', ...options })]).text;

  it('takes back what was shown and what is held, and checks what stands there instead', () => {
    expect(shown([text(0, 'One. Two'), redact(6, '!'), text(0, '?')])).toBe('One. T!?');
    expect(shown([text(0, 'One. Two'), redact(2, '!'), text(0, '?')])).toBe('On!?');
    expect(shown([text(0, 'One. Two'), redact(0, ''), text(0, 'x')])).toBe('x');
    expect(shown([text(0, 'One. Two'), redact(-1, 'bad')], forbid('bad'))).toBe('*');
    expect(shown([text(0, 'One. bad'), redact(5, ''), text(0, 'x')], forbid('bad'))).toBe('One. x');
    expect(shown([text(0, 'One. Two'), redact(99, '!')])).toBe('One. Two!');
  });

  it('lets no text through that is put into a part of which nothing is known', () => {
    expect(moderated([redact(2, 'x', 3)], pass)).toEqual([redact(2, '', 3)]);
    expect(moderated([reasoning(3, 'a'), redact(0, 'x', 3)], pass)).toEqual([reasoning(3, 'a'), redact(0, 'x', 3)]);
  });

  it('finds the place of a redaction behind and inside of what it has replaced itself', () => {
    const deltas = (fromChar: number): readonly Delta[] => [
      text(0, 'A bad one. B'),
      text(0, 'cd. Ef'),
      redact(fromChar, '!'),
    ];

    expect(shown(deltas(13), forbid('bad'))).toBe('A *Bc!');
    expect(shown(deltas(6), forbid('bad'))).toBe('A !');
    expect(shown(deltas(1), forbid('bad'))).toBe('A!');
    expect(shown([...deltas(13), text(0, '. bad. Gh'), redact(16, '?')], forbid('bad'))).toBe('A *Bc!. ?');
  });

  it('leaves a check whose text it takes back', () => {
    const verdicts = new Subject<boolean>();
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    source.pipe(moderate(() => verdicts)).subscribe((delta) => seen.push(delta));
    source.next(text(0, 'bad. G'));
    source.next(redact(0, 'Good. B'));
    verdicts.next(true);

    expect(seen).toEqual([text(0, 'Good. ')]);
    expect(verdicts.observed).toBe(false);
  });
});
