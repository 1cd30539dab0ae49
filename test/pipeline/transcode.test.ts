import { concat, from, map, type Observable, of, Subject, take, throwError } from 'rxjs';
import {
  AbortedError,
  ApiError,
  ChunkParseError,
  ContentTypeError,
  type Dialect,
  type Frame,
  HttpError,
  InvalidOptionError,
  LimitError,
  ModerationError,
  NetworkError,
  type StreamError,
  StreamTimeoutError,
  transcode,
  type TranscodeOptions,
  TruncatedError,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { heartbeat, message } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, record, thrownBy } from '../support/record.ts';

const chatChunk = (choice: object, fields: object = {}): Frame =>
  message(
    JSON.stringify({
      id: 'a1',
      model: 'm',
      choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }],
      ...fields,
    }),
  );
const chatText = (content: string): Frame => chatChunk({ delta: { content } });
const stop = chatChunk({ finish_reason: 'stop' });
const done = message('[DONE]');

const event = (type: string, fields: object = {}): Frame =>
  message(JSON.stringify({ type, ...fields }), { event: type });
const ping = event('ping');
const start = event('message_start', {
  message: { id: 'a1', model: 'm', usage: { input_tokens: 7, output_tokens: 1 } },
});
const messageText = (text: string): readonly Frame[] => [
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  event('content_block_stop', { index: 0 }),
];
const messageEnd = [
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }),
  event('message_stop'),
];

/** A frame in short: its comment, its text, or what it is about. */
const short = (frame: Frame): string => {
  if (frame.kind !== 'message') return frame.kind === 'heartbeat' ? `:${frame.comment}` : frame.line;
  if (frame.data === '[DONE]') return 'DONE';
  const json = JSON.parse(frame.data) as {
    type?: string;
    delta?: { text?: string; stop_reason?: string };
    choices?: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
    usage?: object;
    error?: { message: string; code?: string; type?: string };
  };
  if (json.error) return `error ${json.error.message}`;
  if (json.type !== undefined)
    return json.delta?.text ?? json.delta?.stop_reason ?? json.type.replace('content_block_', '');
  const [choice] = json.choices ?? [];
  if (choice === undefined) return json.usage ? 'usage' : 'other';
  return choice.finish_reason ?? choice.delta.role ?? choice.delta.content ?? JSON.stringify(choice.delta);
};

const shortly = (
  frames: readonly Frame[] | Observable<Frame>,
  [source, target]: readonly [Dialect, Dialect],
  options?: TranscodeOptions,
) => {
  const { values, ending, error } = record(
    (Array.isArray(frames) ? of(...frames) : (frames as Observable<Frame>)).pipe(transcode(source, target, options)),
  );
  return { frames: values.map(short), values, ending, error };
};

const toMessages = [openAiChat, anthropicMessages] as const;
const toChat = [anthropicMessages, openAiChat] as const;
const toSame = [openAiChat, openAiChat] as const;

describe('transcode', () => {
  it('says a chat answer as events', () => {
    expect(shortly([chatText('Hi'), stop, done], toMessages)).toMatchObject({
      frames: ['message_start', 'start', 'Hi', 'stop', 'end_turn', 'message_stop'],
      ending: 'complete',
    });
  });

  it('says a message as chunks', () => {
    expect(shortly([start, ...messageText('Hi'), ...messageEnd], toChat)).toMatchObject({
      frames: ['assistant', 'Hi', 'stop', 'usage', 'DONE'],
      ending: 'complete',
    });
  });

  it(
    'sends each delta at once, and completes with the marker',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const frames = cold('s-a-p-b-f-D-a|', {
        s: chatChunk({ delta: { role: 'assistant', content: '' } }),
        a: chatText('a'),
        b: chatText('b'),
        p: heartbeat('ping'),
        f: stop,
        D: done,
      });
      const result = frames.pipe(transcode(openAiChat, openAiChat), map(short));

      expectObservable(result).toBe('s-a-p-b-f-(D|)', {
        s: 'assistant',
        a: 'a',
        p: ':ping',
        b: 'b',
        f: 'stop',
        D: 'DONE',
      });
      expectSubscriptions(frames.subscriptions).toBe('^---------!');
    }),
  );

  it('tells the size of the request with the beginning of a message, where it comes along', () => {
    const { values } = shortly([start, ...messageText('a'), ...messageEnd], [anthropicMessages, anthropicMessages]);

    expect(values[0]).toMatchObject({ data: expect.stringContaining('"input_tokens":7') });
  });

  describe('of heartbeats', () => {
    it('keeps comments where they are, also before and after everything else', () => {
      const frames = [heartbeat('a'), chatText('x'), heartbeat(''), stop, heartbeat('b'), done, heartbeat('c')];

      expect(shortly(frames, toMessages).frames).toEqual([
        ':a',
        'message_start',
        'start',
        'x',
        ':',
        'stop',
        ':b',
        'end_turn',
        'message_stop',
      ]);
    });

    it('keeps pings, which are comments to OpenAI’s clients', () => {
      const frames = [ping, start, ping, ...messageText('x'), ...messageEnd];

      expect(
        shortly(frames, [anthropicMessages, anthropicMessages]).frames.filter((name) => name === 'ping'),
      ).toHaveLength(2);
      expect(shortly(frames, toChat).frames).toEqual([':ping', 'assistant', ':ping', 'x', 'stop', 'usage', 'DONE']);
    });

    it('makes a comment of empty data, at which official clients fail', () => {
      expect(shortly([message(''), chatText('x'), stop, done], toSame).frames).toEqual([
        ':',
        'assistant',
        'x',
        'stop',
        'DONE',
      ]);
    });

    it('has none for lines of JSON', () => {
      const lines = { ...openAiChat, framing: 'ndjson' } as const;

      expect(shortly([heartbeat('a'), chatText('x'), stop, done], [openAiChat, lines]).frames).not.toContain(':a');
    });
  });

  describe('of what nobody knows', () => {
    const odd = [
      chatChunk({ delta: { content: 'x', mood: 'good' } }, { service_tier: 'flex' }),
      chatChunk({ content_filter_results: { hate: {} } }),
      stop,
      done,
    ];
    const jsonOf = ({ values }: { readonly values: readonly Frame[] }) =>
      values.map((frame) =>
        frame.kind === 'message' && frame.data !== '[DONE]' ? (JSON.parse(frame.data) as object) : {},
      );

    it('keeps it in its place for the same dialect', () => {
      const chunks = jsonOf(shortly(odd, toSame));

      expect(chunks).toContainEqual(expect.objectContaining({ choices: [], service_tier: 'flex' }));
      expect(chunks).toContainEqual(
        expect.objectContaining({ choices: [expect.objectContaining({ delta: { mood: 'good' } })] }),
      );
      expect(chunks).toContainEqual(
        expect.objectContaining({ choices: [expect.objectContaining({ content_filter_results: { hate: {} } })] }),
      );
    });

    it('carries it under the name of where it comes from', () => {
      expect(
        jsonOf(shortly(odd, toMessages)).filter((json) => (json as { type?: string }).type === 'x_openai_chat'),
      ).toEqual([
        { type: 'x_openai_chat', service_tier: 'flex' },
        { type: 'x_openai_chat', mood: 'good' },
        { type: 'x_openai_chat', content_filter_results: { hate: {} } },
      ]);
      const raw = { type: 'web_search_tool_result', tool_use_id: 's1', content: [] };
      const frames = [
        start,
        event('content_block_start', { index: 0, content_block: raw }),
        event('content_block_stop', { index: 0 }),
        event('news', { a: 1 }),
        event('message_delta', { delta: { stop_reason: 'refusal', stop_details: { type: 'refusal' } } }),
        event('message_stop'),
      ];
      const chunks = JSON.stringify(jsonOf(shortly(frames, toChat)));
      expect(chunks).toContain(JSON.stringify({ x_anthropic_messages: { web_search_tool_result: raw } }));
      expect(chunks).toContain('"x_anthropic_messages":{"news":{"type":"news","a":1}}');
      expect(chunks).toContain('"finish_details":{"stop_details":{"type":"refusal"}}');
    });

    it('carries a citation without an address so, too, and one with an address in the words of the target', () => {
      const cited = (citation: object): Frame =>
        event('content_block_delta', { index: 0, delta: { type: 'citations_delta', citation } });
      const place = { type: 'char_location', cited_text: 'x', document_index: 0 };
      const page = { type: 'web_search_result_location', cited_text: 'x', url: 'http://a.test/', title: 'A' };
      const [begin, piece, stopped] = messageText('x') as [Frame, Frame, Frame];
      const frames = [start, begin, piece, cited(place), cited(page), stopped, ...messageEnd];
      const said = shortly(frames, toChat).values.map((frame) => (frame.kind === 'message' ? frame.data : ''));

      expect(said.filter((data) => data.includes('char_location'))).toEqual([
        expect.stringContaining(`"x_anthropic_messages":{"citation":${JSON.stringify(place)}}`),
      ]);
      expect(said.filter((data) => data.includes('http://a.test/'))).toEqual([
        expect.stringContaining('"annotations"'),
      ]);
    });

    it('leaves it out when told to', () => {
      expect(JSON.stringify(shortly(odd, toSame, { onUnknown: 'drop' }))).not.toMatch(/mood|flex|hate/);
      expect(JSON.stringify(shortly(odd, toMessages, { onUnknown: 'drop' }))).not.toMatch(/mood|flex|hate/);
    });

    it('lets no field pass for the end of the answer', () => {
      const frames = [chatText('x'), chatChunk({}, { type: 'message_stop', event: 'message_stop' })];

      expect(shortly(frames, toMessages).frames.filter((name) => name === 'message_stop')).toEqual([]);
    });

    it('leaves out what nests too deep to be written, and nothing else', () => {
      const depth = 50_000;
      const deep = '['.repeat(depth) + ']'.repeat(depth);
      const frames = [
        chatText('x'),
        message(
          `{"id":"a1","deep":${deep},"choices":[{"delta":{"deeper":${deep},"annotations":[${deep}],"content":"y"}}]}`,
        ),
        stop,
        done,
      ];

      for (const pair of [toSame, toMessages]) {
        const { frames: out, ending } = shortly(frames, pair);
        expect(out).toContain('y');
        expect(ending).toBe('complete');
      }
    });

    it('takes hostile names as names', () => {
      const frames = [
        chatText('x'),
        message('{"id":"a1","__proto__":{"a":1},"constructor":2,"choices":[{"delta":{"__proto__":{"b":1}}}]}'),
        stop,
        done,
      ];
      const out = JSON.stringify(shortly(frames, toMessages).values);

      expect(out).toContain('__proto__');
      expect(({} as { a?: unknown }).a).toBeUndefined();
    });
  });

  describe('of usage', () => {
    const frames = [
      chatText('x'),
      stop,
      message(JSON.stringify({ id: 'a1', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, cost: 0.5 } })),
      done,
    ];

    it('sends it with all that the same provider says of it', () => {
      const { frames: out, values } = shortly(frames, toSame);

      expect(out).toEqual(['assistant', 'x', 'stop', 'usage', 'DONE']);
      expect(JSON.stringify(values[3])).toContain('cost');
    });

    it('leaves it out for a client that did not ask for it', () => {
      expect(shortly(frames, toSame, { includeUsage: false }).frames).toEqual(['assistant', 'x', 'stop', 'DONE']);
    });
  });

  describe('of a call that the provider runs itself', () => {
    it('makes none that an OpenAI client would run', () => {
      const frames = [
        start,
        event('content_block_start', {
          index: 0,
          content_block: { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} },
        }),
        event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: '{"query":"a"}' } }),
        event('content_block_stop', { index: 0 }),
        ...messageEnd,
      ];
      const out = JSON.stringify(shortly(frames, toChat).values);

      expect(out).not.toMatch(/[^_]tool_calls/);
      expect(out).toContain('x_server_tool_calls');
    });
  });

  describe('of errors', () => {
    const secret = 'sk-live-0123456789abcdef';
    const url = 'http://10.1.2.3:8000/internal';
    const told = new ApiError({ message: `Overloaded near ${secret}`, code: 'overloaded_error', requestId: 'req_1' });
    const errors: readonly (readonly [StreamError, string])[] = [
      [told, 'Overloaded near [redacted]'],
      [
        new ApiError({ message: 'Limit of org-0aB3dE9xYz and proj_0aB3dE9xYz at 10.1.2.3:8000, version 1.2.3' }),
        'Limit of [redacted] and [redacted] at [redacted], version 1.2.3',
      ],
      [new ApiError({ message: `Incorrect key ${secret}`, code: 'invalid_api_key' }), 'the provider reported an error'],
      [new HttpError({ status: 500, url }), 'the provider refused the request'],
      [
        new HttpError({ status: 401, url, apiError: new ApiError({ message: secret }) }),
        'the provider refused the request',
      ],
      [new HttpError({ status: 400, url, apiError: new ApiError({ message: 'too long' }) }), 'too long'],
      [
        new ContentTypeError({ contentType: 'text/html', expected: 'x', url, bodyStart: secret }),
        'the provider sent no stream',
      ],
      [new NetworkError({ url, code: 'ECONNRESET', phase: 'body' }), 'the connection to the provider was lost'],
      [
        new ChunkParseError({ dialect: 'x', frame: message(secret), path: '', problem: secret }),
        'the provider sent something that cannot be read',
      ],
      [new TruncatedError(), 'the answer of the provider was cut short'],
      [new StreamTimeoutError('idle', 5), 'the provider took too long'],
      [new AbortedError({ cause: secret }), 'the answer was stopped'],
      [new LimitError('maxFrameChars', 5), 'the answer is too large'],
      [
        new ModerationError({ reason: secret, choice: 0, part: 0, fromChar: 0 }),
        'the answer was stopped by moderation',
      ],
    ];

    it.each(errors)('tells the client of %s, and nothing of what is not its business', (error, words) => {
      const source = concat(
        of(chatText('x')),
        throwError(() => error),
      );
      const reported: unknown[] = [];
      for (const pair of [toSame, toMessages]) {
        const { frames, values, ending } = shortly(source, pair, { report: (seen) => reported.push(seen) });

        expect(frames.at(-1)).toBe(`error ${words}`);
        expect(ending).toBe('complete');
        expect(values.some((frame) => pair[1].ending(frame) !== 'none')).toBe(false);
        expect(JSON.stringify(values)).not.toMatch(/sk-live|10\.1\.2\.3|internal/);
      }
      expect(reported).toEqual([error, error]);
    });

    it('of its own stages as well', () => {
      expect(shortly([chatText('x')], toMessages)).toMatchObject({ ending: 'complete' });
      expect(shortly([chatText('x')], toMessages).frames.at(-1)).toBe('error the answer of the provider was cut short');
      expect(shortly([chatText('x'), message('{')], toMessages).frames.at(-1)).toBe(
        'error the provider sent something that cannot be read',
      );
      expect(shortly([message('{"error":{"message":"No","code":"x"}}')], toMessages).frames).toEqual(['error No']);
      const calls = ['{}', '', 'x'].map((text, at) =>
        chatChunk({
          delta: { tool_calls: [{ index: at % 2, id: `c${at % 2}`, function: { name: 'f', arguments: text } }] },
        }),
      );
      expect(shortly([...calls, stop, done], toMessages).frames.at(-1)).toBe(
        'error a tool call went on behind its end',
      );
    });

    it('behind the beginning of the answer, where both come in one frame', () => {
      const both = chatChunk({}, { choices: [], error: { message: 'No', code: 'x' } });

      expect(shortly([both], toMessages).frames).toEqual(['message_start', 'error No']);
      expect(shortly([both], toSame).frames.at(-1)).toBe('error No');
    });

    it('throws them when told to', () => {
      const source = concat(
        of(chatText('x')),
        throwError(() => told),
      );

      expect(shortly(source, toSame, { onError: 'throw' })).toMatchObject({
        frames: ['assistant', 'x'],
        ending: 'error',
        error: told,
      });
    });

    it('throws what comes before the first frame, so that a server can answer with its status', () => {
      const refused = new HttpError({ status: 429, url });
      const late = concat(
        of(heartbeat('a')),
        throwError(() => refused),
      );

      expect(
        shortly(
          throwError(() => refused),
          toSame,
          { onError: 'throw-first' },
        ),
      ).toMatchObject({ frames: [], error: refused });
      expect(shortly(late, toSame, { onError: 'throw-first' })).toMatchObject({
        frames: [':a', 'error the provider refused the request'],
        ending: 'complete',
      });
    });

    it('throws what is no error of the stream', () => {
      const mine = new TypeError('mine');

      expect(
        shortly(
          throwError(() => mine),
          toSame,
        ),
      ).toMatchObject({ frames: [], ending: 'error', error: mine });
      const failing: TranscodeOptions = {
        report: () => {
          throw mine;
        },
      };
      expect(
        shortly(
          throwError(() => told),
          toSame,
          failing,
        ),
      ).toMatchObject({ ending: 'error', error: mine });
    });

    it('says nothing of one that comes once the answer is whole', () => {
      const source = concat(
        of(chatText('x'), stop),
        throwError(() => new NetworkError({ url, code: undefined, phase: 'body' })),
      );

      expect(shortly(source, toSame)).toMatchObject({ frames: ['assistant', 'x', 'stop', 'DONE'], ending: 'complete' });
    });

    it.each([
      [{ onError: 'x' }, 'onError'],
      [{ onUnknown: 'x' }, 'onUnknown'],
      [{ onInvalid: 'x' }, 'onInvalid'],
      [{ expectedChoices: 0 }, 'expectedChoices'],
    ])('refuses %j at the call', (options, option) => {
      const error = thrownBy(() => transcode(openAiChat, openAiChat, options as TranscodeOptions));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ message: expect.stringContaining(option) });
    });

    it('names what a dialect lacks', () => {
      const lacking = { ...openAiChat, errorIn: undefined, encodeError: undefined } as never;

      expect(thrownBy(() => transcode(lacking, openAiChat))).toMatchObject({
        message: 'from openai-chat has no errorIn',
      });
      expect(thrownBy(() => transcode(openAiChat, lacking))).toMatchObject({
        message: 'to openai-chat has no encodeError',
      });
    });

    it.each([undefined, null, 'openai-chat', {}, { name: 'x' }])('refuses %j in the place of a dialect', (dialect) => {
      for (const [option, transcoded] of [
        ['from', () => transcode(dialect as never, openAiChat)],
        ['to', () => transcode(openAiChat, dialect as never)],
      ] as const) {
        expect(thrownBy(transcoded)).toBeInstanceOf(InvalidOptionError);
        expect(thrownBy(transcoded)).toMatchObject({ option });
      }
    });
  });

  it('asks for as many stop reasons as there are choices', () => {
    const other = chatChunk({ index: 1, delta: { content: 'y' } });
    const stopOther = chatChunk({ index: 1, finish_reason: 'stop' });

    expect(shortly([chatText('x'), stop, done], toSame, { expectedChoices: 2 }).frames.at(-1)).toMatch('cut short');
    expect(shortly([chatText('x'), other, stop, stopOther, done], toSame, { expectedChoices: 2 }).frames.at(-1)).toBe(
      'DONE',
    );
    expect(
      shortly([other, chatText('x'), stopOther, stop, done], toMessages, { expectedChoices: 2 }).frames,
    ).not.toContain('y');
  });

  it('leaves an endless synchronous source as soon as nobody listens', () => {
    for (const frame of [chatText('x'), heartbeat('a')]) {
      const { source, pulled } = endless(frame);
      const { values } = record(from(source).pipe(transcode(openAiChat, anthropicMessages), take(3)));

      expect(values).toHaveLength(3);
      expect(pulled()).toBeLessThan(5);
    }
  });

  it('keeps the order when frames arrive while one is being read', () => {
    const frames = new Subject<Frame>();
    const seen: string[] = [];
    frames.pipe(transcode(openAiChat, openAiChat)).subscribe((frame) => {
      seen.push(short(frame));
      if (seen.length === 1) {
        frames.next(heartbeat('b'));
        frames.next(chatText('y'));
      }
    });
    frames.next(chatText('x'));

    expect(seen).toEqual(['assistant', 'x', ':b', 'y']);
  });

  it('serves two subscriptions that never meet', () => {
    const frames = new Subject<Frame>();
    const operator = transcode(openAiChat, anthropicMessages);
    const seen: string[][] = [[], []];
    frames.pipe(operator).subscribe((frame) => seen[0]?.push(short(frame)));
    frames.next(chatText('x'));
    const second = frames.pipe(operator).subscribe((frame) => seen[1]?.push(short(frame)));
    frames.next(chatText('y'));
    second.unsubscribe();
    frames.next(stop);
    frames.next(done);

    expect(seen[0]).toEqual(['message_start', 'start', 'x', 'y', 'stop', 'end_turn', 'message_stop']);
    expect(seen[1]).toEqual(['message_start', 'start', 'y']);
    expect(frames.observed).toBe(false);
  });
});
