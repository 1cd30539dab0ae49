import { jest } from '@jest/globals';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import {
  decodeDeltas,
  type DecodeDeltasOptions,
  decodeFrames,
  type Delta,
  type Dialect,
  filterHeartbeat,
  parseChunk,
  type StreamError,
  takeUntilDone,
  toDeltas,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { fixtures } from '../support/fixtures.ts';
import { cut, utf8 } from '../support/frames.ts';
import { runs } from '../support/thorough.ts';

/** What was said after each slice: in which read something comes is part of what must be the same. */
type Told = readonly (Delta | string)[];

const errorText = (error: StreamError): string => {
  const { _tag, message, isRetryable, ...fields } = error;
  return JSON.stringify({ _tag, message, isRetryable, ...fields });
};

const told = (
  dialect: Dialect,
  slices: readonly (Uint8Array | string)[],
  way: 'fused' | 'composed',
  options: DecodeDeltasOptions,
  ending: 'complete' | 'error',
): readonly Told[] => {
  const source = new Subject<Uint8Array | string>();
  const turns: (Delta | string)[][] = [[]];
  const say = (what: Delta | string): unknown => turns.at(-1)?.push(what);
  const deltas$ =
    way === 'fused'
      ? source.pipe(decodeDeltas(dialect, options))
      : source.pipe(
          decodeFrames(options),
          filterHeartbeat(dialect),
          takeUntilDone(dialect),
          parseChunk(dialect, options),
          toDeltas(dialect, options),
        );
  deltas$.subscribe({
    next: say,
    error: (error: StreamError) => say(error instanceof Error ? errorText(error) : String(error)),
    complete: () => say('complete'),
  });
  for (const slice of slices) {
    source.next(slice);
    say(source.observed ? 'reading' : 'left');
    turns.push([]);
  }
  if (ending === 'complete') source.complete();
  else source.error('broke');
  return turns;
};

const data = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;

/** Text as models write it, and as nobody should. */
const pieceText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('Hello', ' world', 'a', '日本', ' 👋', 'a longer piece of text, longer than most'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '\n', '"', '\\', '\\u0041', '\u0000\u001f', '\ud800', '[DONE]', 'message_stop', '{'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

/** JSON of the same value, in other ways to write it; rarely, what only looks like JSON. */
const spelled = (json: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constant(json) },
    {
      weight: 15,
      arbitrary: fc.constantFrom(
        json.replace(/\}$/, '   }'),
        json.replaceAll(/\}/g, ' }'),
        json.replaceAll('":', '": '),
        json.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
        json.replace('"obfuscation":"', '"obfuscation":"\\n'),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        json.replace('"obfuscation":"', '"obfuscation":"\\q'),
        json.replace('"obfuscation":"', '"obfuscation":"\u0001'),
        json.replace('Hello', 'He\u0001llo'),
        json.replace('Hello', 'He\\qllo'),
        json.replace('"created":1', '"created":01'),
        json.replace(/\}$/, ']'),
      ),
    },
  );

/** A frame around JSON; a few have something unusual about them. */
const framed = (json: string, event: string | undefined): fc.Arbitrary<string> =>
  fc.tuple(spelled(json), fc.nat(60)).map(([text, kind]) => {
    const eol = kind === 0 ? '\r\n' : kind === 1 ? '\r' : '\n';
    const name = event === undefined ? '' : `event: ${event}${eol}`;
    const id = kind === 2 ? `id: 7${eol}` : '';
    const comment = kind === 3 ? `: hi${eol}` : '';
    const colon = kind === 4 ? 'data:' : 'data: ';
    return `${comment}${id}${name}${colon}${text}${eol}${eol}`;
  });

const chatChunk = (delta: object, more: object = {}, choice: object = {}): string =>
  JSON.stringify({ id: 'a', model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...more });

const obfuscation = fc.oneof(
  { weight: 9, arbitrary: fc.stringMatching(/^[a-z]{0,9}$/) },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\n', '\u2028') },
);

/** Frames of one kind in a row: the kind decides where their texts stand. */
type Row = (kind: number) => fc.Arbitrary<string>;

const chatRow: Row = (kind) =>
  fc.tuple(pieceText, obfuscation, fc.nat(3)).map(([text, padding, at]) => {
    const more = {
      created: at * at,
      obfuscation: padding,
      id: 'chatcmpl-'.repeat(at),
      system_fingerprint: `fp_${padding}`,
    };
    const call = { index: at % 2, function: { arguments: text } };
    switch (kind) {
      case 0:
        return chatChunk({ content: null, reasoning_content: text }, more);
      case 1:
        return chatChunk({ content: text }, more, { index: at % 2 });
      case 2:
        return chatChunk({ tool_calls: [call] }, more);
      case 3:
        return chatChunk({ tool_calls: [{ ...call, id: `c${at}`, function: { name: 'f', arguments: text } }] });
      case 4:
        return chatChunk({ tool_calls: [{ function: { arguments: text } }] }, more);
      case 5:
        return chatChunk({ content: text, reasoning: text }, more);
      case 6:
        return chatChunk({ reasoning: text, reasoning_details: [{ text: at === 0 ? 'Hello' : text }] }, more);
      default:
        return chatChunk({ content: text }, more);
    }
  });

const rareChat = fc.constantFrom(
  ': keep-alive\n\n',
  '\n',
  data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
  data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  data({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] }),
  data({ choices: [{ index: 0, delta: { content: 'x' }, logprobs: { content: [{ token: 'x', logprob: -1 }] } }] }),
  data({ choices: [{ index: 0, delta: { content: 5 } }] }),
  data({ service_tier: 'flex', choices: [{ index: 0, delta: { content: 'tier' } }] }),
  'data: {"choices":[{"index":0,"delta":{"content":"a","content":"b"},"finish_reason":null}]}\n\n',
  'data: {"id":"a",\ndata: "choices":[]}\n\n',
  '{"error":{"message":"bare"}}\n',
  data({ error: { message: 'overloaded', code: 503 } }),
  'data: nonsense\n\n',
  'data: [DONE]\n\n',
  `data: ${'x'.repeat(9_000)}`,
  '\uFEFF',
);

const messagesRow: Row = (kind) =>
  fc.tuple(pieceText, fc.nat(9)).map(([text, at]) => {
    const index = at === 0 ? 1 : kind % 2;
    const delta = [
      { type: 'thinking_delta', thinking: text },
      { type: 'input_json_delta', partial_json: text },
      { type: 'brand_new_delta', text },
    ][kind] ?? { type: 'text_delta', text };
    return JSON.stringify({ type: 'content_block_delta', index, delta });
  });

const rareMessages = fc.constantFrom(
  'event: ping\ndata: {"type":"ping"}\n\n',
  data({ type: 'message_start', message: { id: 'a', model: 'm', content: [] } }),
  data({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  data({
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
  }),
  data({ type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '' } }),
  data({ type: 'content_block_stop', index: 0 }),
  data({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }),
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
);

/** Streams in which frames that bring pieces come in rows, as they do, with anything between. */
const streamOf = (row: Row, rare: fc.Arbitrary<string>, begin: string, event?: string): fc.Arbitrary<string> => {
  const frames = fc.nat(11).chain((kind) =>
    fc.array(
      row(kind).chain((json) => framed(json, event)),
      { minLength: 1, maxLength: 12 },
    ),
  );
  return fc
    .array(fc.oneof({ weight: 4, arbitrary: frames.map((some) => some.join('')) }, { weight: 1, arbitrary: rare }), {
      maxLength: 8,
    })
    .map((parts) => begin + parts.join(''));
};

const cases: readonly (readonly [string, Dialect, fc.Arbitrary<string>])[] = [
  ['openai-chat', openAiChat, streamOf(chatRow, rareChat, '')],
  [
    'anthropic-messages',
    anthropicMessages,
    streamOf(
      messagesRow,
      rareMessages,
      data({ type: 'message_start', message: { id: 'a', model: 'm', content: [] } }) +
        data({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      'content_block_delta',
    ),
  ],
];

const optionsOf = fc.record({
  expectedChoices: fc.constantFrom(1, 2),
  onInvalid: fc.constantFrom('error' as const, 'skip' as const),
  maxFrameChars: fc.constantFrom(8_388_608, 65_536, 200),
});

describe('decodeDeltas and the operators that it stands for', () => {
  it.each(cases)(
    'say the same in the same reads, whatever comes of %s',
    (_, dialect, stream) => {
      fc.assert(
        fc.property(
          stream,
          fc.array(fc.nat(), { maxLength: 24 }),
          fc.constantFrom('bytes' as const, 'text' as const),
          optionsOf,
          fc.constantFrom('complete' as const, 'error' as const),
          (text, offsets, form, options, ending) => {
            const slices = form === 'bytes' ? cut(utf8(text), offsets) : cut(text, offsets);
            expect(told(dialect, slices, 'fused', options, ending)).toEqual(
              told(dialect, slices, 'composed', options, ending),
            );
          },
        ),
        { numRuns: Number(process.env['FUSED_RUNS'] ?? 600) },
      );
    },
    120_000,
  );

  it.each(
    fixtures.filter(({ dialect }) => dialect.framing === 'sse').map((fixture) => [fixture.name, fixture] as const),
  )('say the same of %s, twice over, in any cut', (_, { dialect, bytes, golden: { expectedChoices = 1 } }) => {
    // Twice: what was learned from the first half meets the beginning of another answer.
    const twice = new Uint8Array([...bytes, ...bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 16 }), (offsets) => {
        const slices = cut(twice, offsets);
        expect(told(dialect, slices, 'fused', { expectedChoices }, 'complete')).toEqual(
          told(dialect, slices, 'composed', { expectedChoices }, 'complete'),
        );
      }),
      { numRuns: runs(6) },
    );
  });

  it.each([
    ['openai-chat', openAiChat, (text: string) => data(JSON.parse(chatChunk({ content: text }, { obfuscation: 'x' })))],
    [
      'openai-chat with places made anew for each chunk',
      { ...openAiChat, pieceOf: (chunk: never) => structuredClone(openAiChat.pieceOf?.(chunk)) },
      (text: string) => data(JSON.parse(chatChunk({ content: text }, { obfuscation: 'x' }))),
    ],
    [
      'anthropic-messages',
      anthropicMessages,
      (text: string) =>
        `event: content_block_delta\n${data({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}`,
    ],
  ] as const)('parse only the first few frames of %s, and no text is lost', (name, dialect: Dialect, frameOf) => {
    const begin = name.startsWith('openai-chat')
      ? ''
      : data({ type: 'message_start', message: { id: 'a', model: 'm' } }) +
        data({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    const texts = Array.from({ length: 1_000 }, (_, index) => ` token ${index}`);
    const frames = texts.map(frameOf);
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const turns = told(dialect, [begin, ...frames], 'fused', {}, 'error');
      const text = turns.flat().map((what) => (typeof what === 'object' && what.type === 'text' ? what.text : ''));
      expect(text.join('')).toBe(texts.join(''));
      if (process.env['RXLLM_FUSED'] !== 'off') expect(parse.mock.calls.length).toBeLessThan(20);
    } finally {
      parse.mockRestore();
    }
  });

  it.each([
    ['text', (frame: string) => frame.replace('long', 'x'.repeat(70_000))],
    ['escapes', (frame: string) => frame.replace('long', String.raw`\n`.repeat(5_000_000))],
    ['padding', (frame: string) => frame.replace(/\}\n/, `${' '.repeat(70_000)}}\n`)],
  ])('are stopped by %s beyond the bound alike', (_, lengthened) => {
    const frameOf = (text: string): string => data(JSON.parse(chatChunk({ content: text }, { obfuscation: 'ab' })));
    const slices = [...['Hel', 'lo', ' world'].map(frameOf), lengthened(frameOf('long')), frameOf('late')];
    const way = (which: 'fused' | 'composed'): readonly Told[] =>
      told(openAiChat, slices, which, { maxFrameChars: 65_536 }, 'complete');

    expect(way('fused')).toEqual(way('composed'));
    expect(JSON.stringify(way('fused'))).toContain('LimitError');
  });

  it.each([
    ['the same number', () => ({ created: 0 })],
    ['ids of one length', (at: number) => ({ id: `chatcmpl-${String(at).padStart(29, '0')}` })],
    ['an id with an escape', () => ({ id: 'gen"1' })],
    ['fingerprints of any length', (at: number) => ({ system_fingerprint: 'fp'.repeat(at % 7) })],
    ['numbers of two lengths', (at: number) => ({ created: 990 + at })],
  ])('parse no more of a stream that brings %s', (_, more) => {
    const frames = Array.from(
      { length: 500 },
      (_value, at) => `data: ${chatChunk({ content: ` ${at}` }, more(at))}\n\n`,
    );
    const parse = jest.spyOn(JSON, 'parse');
    try {
      expect(told(openAiChat, frames, 'fused', {}, 'error').flat()).toContainEqual({
        type: 'text',
        choice: 0,
        part: 0,
        text: ' 499',
      });
      if (process.env['RXLLM_FUSED'] !== 'off') expect(parse.mock.calls.length).toBeLessThan(40);
    } finally {
      parse.mockRestore();
    }
  });

  it('ask the mapper where reasoning stands twice', () => {
    const pairs = [
      ['a', 'a'],
      ['b', 'b'],
      ['b', 'b'],
      ['c', 'b'],
      ['d', 'b'],
    ] as const;
    const frames = pairs.map(
      ([reasoning, words]) => `data: ${chatChunk({ reasoning, reasoning_details: [{ text: words }] })}\n\n`,
    );

    expect(told(openAiChat, frames, 'fused', {}, 'error')).toEqual(told(openAiChat, frames, 'composed', {}, 'error'));
  });

  it('give up a stream of which nothing repeats', () => {
    const frames = Array.from({ length: 300 }, (_, index) =>
      data(JSON.parse(chatChunk({ content: 'x' }, { model: `a${index}` }))),
    );
    const way = (which: 'fused' | 'composed'): readonly Told[] => told(openAiChat, frames, which, {}, 'complete');

    expect(way('fused')).toEqual(way('composed'));
  });
});
