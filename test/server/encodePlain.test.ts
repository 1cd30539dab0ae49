import fc from 'fast-check';
import { type Delta, type Dialect, encodeFrame, type MessageFrame, NetworkError, ToolError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import {
  encodeAnthropic,
  encodeOpenAiChat,
  encodeOpenAiResponses,
  type Encoder,
  type EncoderOptions,
} from 'rxllm/server';

import {
  call,
  end,
  finish,
  other,
  partEnd,
  partStart,
  redact,
  reduceAll,
  start,
  stepEnd,
  text,
  textPart,
  toolRun,
  usage,
} from '../support/deltas.ts';
import { utf8 } from '../support/frames.ts';
import { decode, type Outcome } from '../support/outcome.ts';
import { framesOf, logOf, type SourceEnd } from './encodeReading.ts';
import { runs } from './encodeRuns.ts';

interface Protocol {
  readonly name: string;
  readonly dialect: Dialect;
  readonly make: (options?: EncoderOptions) => Encoder;
}

const protocols: readonly Protocol[] = [
  { name: 'encodeOpenAiChat', dialect: openAiChat, make: encodeOpenAiChat },
  { name: 'encodeAnthropic', dialect: anthropicMessages, make: encodeAnthropic },
  { name: 'encodeOpenAiResponses', dialect: openAiResponses, make: encodeOpenAiResponses },
];

const bytesOf = (frames: readonly MessageFrame[]): string => frames.map(encodeFrame).join('');
const retry: Delta = {
  type: 'retry',
  attempt: 2,
  delayMs: 1,
  error: new NetworkError({ url: 'http://10.0.0.1/v1', code: 'ECONNRESET', phase: 'body' }),
};
const resume: Delta = {
  type: 'resume',
  resumption: 1,
  delayMs: 1,
  error: new NetworkError({ url: 'http://10.0.0.1/v1', code: 'ECONNRESET', phase: 'body' }),
};
const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });

describe.each(protocols)('$name', ({ name, dialect, make }) => {
  const framesFor = async (
    deltas: readonly Delta[],
    options: EncoderOptions = {},
    ending: SourceEnd = 'complete',
  ): Promise<readonly MessageFrame[]> => framesOf(await logOf(deltas, ending), make(options));

  const read = async (...args: Parameters<typeof framesFor>): Promise<Outcome> =>
    decode(dialect, [utf8(bytesOf(await framesFor(...args)))]);

  const callsOf = ({ completion }: Outcome): readonly unknown[] =>
    (completion?.toolCalls ?? []).map(({ id, name: called, argumentsText, status }) => [
      id,
      called,
      argumentsText,
      status,
    ]);

  it('makes one answer of the steps of runTools, without the calls that are run here', async () => {
    await fc.assert(
      fc.asyncProperty(runs('before-first-token'), sizes, async (deltas, taken) => {
        const frames = await framesOf(await logOf(deltas), make(), { sizes: taken });
        const outcome = decode(dialect, [utf8(bytesOf(frames))]);
        const { text: whole, reasoning, usage: cost } = reduceAll(deltas);

        expect(outcome.tag).toBe('complete');
        expect(outcome.completion?.text).toBe(whole);
        expect(outcome.completion?.reasoning).toBe(reasoning);
        expect(outcome.completion?.toolCalls.filter(({ executedBy }) => executedBy === 'client')).toEqual([]);
        expect(outcome.completion?.finishReason).not.toBe('tool-calls');
        expect(outcome.completion?.usage?.outputTokens).toBe(cost?.outputTokens);
      }),
      { numRuns: 150 },
    );
  });

  const calling = [
    start(),
    ...textPart(0, ['Let me see. ']),
    partStart(1, 'tool-call'),
    call(1, { id: 'c1', name: 'f' }),
    call(1, { argumentsText: '{"a"' }),
    call(1, { argumentsText: ':1}' }),
    partEnd(1),
    ...textPart(2, ['Behind it.']),
  ];

  it('shows calls to the client that is to run them, in their place, and not a moment early', async () => {
    const waiting = await framesFor([...calling, finish('tool-calls')], {}, 'stopped');
    const outcome = await read([...calling, finish('tool-calls'), end]);
    const live = await framesFor([...calling.slice(0, 8)], { toolCalls: 'live' }, 'error');

    expect(bytesOf(waiting)).not.toContain('c1');
    expect(callsOf(outcome)).toEqual([['c1', 'f', '{"a":1}', 'complete']]);
    expect(outcome.completion?.finishReason).toBe('tool-calls');
    expect(outcome.completion?.text).toBe('Let me see. Behind it.');
    expect(bytesOf(live)).toContain('c1');
  });

  it('shows calls that the client runs piece by piece, where it is told to', async () => {
    expect(callsOf(await read([...calling, finish('tool-calls'), end], { toolCalls: 'live' }))).toEqual([
      ['c1', 'f', '{"a":1}', 'complete'],
    ]);
  });

  it('fails where a call that the client was shown is run here', async () => {
    const deltas = [
      ...calling,
      finish('tool-calls'),
      toolRun(1, {}),
      stepEnd(0),
      start('a2', 'm', 1),
      text(0, 'x'),
      end,
    ];
    const outcome = await read(deltas, { toolCalls: 'live' });

    expect(outcome).toMatchObject({
      tag: 'ApiError',
      error: { providerMessage: expect.stringContaining('run by') as unknown },
    });
  });

  it('says nothing of calls that were refused or failed here', async () => {
    const error = new ToolError({ reason: 'failed', toolName: 'f', callId: 'c1', problem: 'secret' });
    const frames = await framesFor([...calling, finish('tool-calls'), toolRun(1, { error }), stepEnd(0), end]);
    const outcome = decode(dialect, [utf8(bytesOf(frames))]);

    expect(bytesOf(frames)).not.toContain('secret');
    expect(outcome).toMatchObject({ tag: 'complete', completion: { finishReason: 'stop', toolCalls: [] } });
  });

  it('makes nothing of an attempt of which nothing was shown', async () => {
    const deltas = [
      retry,
      start(),
      other('x', 1),
      partStart(0, 'text'),
      retry,
      start('a2', 'm', 0, 2),
      ...textPart(0, ['Hi']),
      finish('stop'),
      end,
    ];
    const plain = [start(), ...textPart(0, ['Hi']), finish('stop'), end];
    const timeless = (frames: readonly MessageFrame[]): string =>
      bytesOf(frames).replace(/"created(_at)?":\d+|^id: .*$/gm, '');

    expect(timeless(await framesFor(deltas))).toBe(timeless(await framesFor(plain)));
  });

  it('ends with an error where text that was shown is void: nobody is to have it twice', async () => {
    const deltas = [start(), text(0, 'Wrong'), retry, start('a2', 'm', 0, 2), text(0, 'Right'), finish('stop'), end];
    const outcome = await read(deltas);

    expect(outcome).toMatchObject({
      tag: 'ApiError',
      error: { providerMessage: 'the answer began afresh, and what was shown of it is void' },
    });
    expect(bytesOf(await framesFor(deltas))).not.toContain('Right');
  });

  it('goes on after a resumption, without a call that was cut off', async () => {
    const deltas = [
      ...calling.slice(0, 7),
      resume,
      partStart(2, 'tool-call'),
      call(2, { id: 'c2', name: 'f', argumentsText: '{}' }),
      finish('tool-calls'),
      end,
    ];
    const outcome = await read(deltas);

    expect(outcome.tag).toBe('complete');
    expect(callsOf(outcome)).toEqual([['c2', 'f', '{}', 'complete']]);
    expect((await read(deltas, { toolCalls: 'live' })).tag).toBe('ApiError');
  });

  it('puts what is redacted in the place of what nobody has seen, and fails where somebody has', async () => {
    const hidden = [...calling, redact(2, 0, '[removed]'), text(2, ' more'), finish('tool-calls'), end];
    const added = [start(), text(0, 'A'), redact(0, 1, 'B'), finish('stop'), end];
    const seen = [start(), text(0, 'A secret'), redact(0, 2, '[removed]'), finish('stop'), end];

    expect((await read(hidden)).completion?.text).toBe('Let me see. [removed] more');
    expect((await read(added)).completion?.text).toBe('AB');
    expect(await read(seen)).toMatchObject({ tag: 'ApiError', error: { code: expect.any(String) as unknown } });
  });

  it('is known by the id that the client has', async () => {
    const outcome = await read([
      start('upstream-1'),
      ...textPart(0, ['Hi']),
      start('upstream-2', 'm', 1),
      finish('stop'),
      end,
    ]);

    expect(outcome.completion?.id).toBe('resp_1');
  });

  it('says of the provider what the client can know, and more only where it is told whose words they are', async () => {
    const deltas = [start(), other('x_secret', { a: 1 }), ...textPart(0, ['Hi']), finish('stop'), end];
    const from = { name: 'somebody' };

    expect(bytesOf(await framesFor(deltas))).not.toContain('secret');
    expect(bytesOf(await framesFor(deltas, { from })).includes('x_secret')).toBe(name !== 'encodeOpenAiResponses');
  });

  it('ends well where it was stopped, with what there is of it', async () => {
    const frames = await framesFor(
      [start(), ...textPart(0, ['Hi']), partStart(1, 'text'), text(1, ' there')],
      {},
      'stopped',
    );
    const outcome = decode(dialect, [utf8(bytesOf(frames))]);

    expect(outcome.completion?.text).toBe('Hi there');
    // The Responses API has a word for it, which is no stop reason.
    expect(outcome.tag).toBe(name === 'encodeOpenAiResponses' ? 'ApiError' : 'complete');
  });

  it('ends well where it was stopped before it began', async () => {
    const outcome = await read([], {}, 'stopped');

    expect(outcome.tag).toBe(name === 'encodeOpenAiResponses' ? 'ApiError' : 'complete');
    expect(outcome.completion?.text).toBe('');
  });

  it('says of a call that was being shown when it was stopped that it is cut short', async () => {
    const outcome = await read(calling.slice(0, 6), { toolCalls: 'live' }, 'stopped');

    expect(outcome.completion?.toolCalls.every(({ status }) => status === 'cut-short')).toBe(true);
  });

  it('is whole where the log ends otherwise behind the end of the answer', async () => {
    const whole = [start(), ...textPart(0, ['Hi']), finish('stop'), end];

    expect((await read(whole, {}, 'error')).tag).toBe('complete');
    expect((await read(whole, {}, 'stopped')).tag).toBe('complete');
  });

  it('is not whole without the end of the answer', async () => {
    expect(await read([start(), ...textPart(0, ['Hi']), finish('stop')])).toMatchObject({
      tag: 'ApiError',
      error: { providerMessage: 'the answer of the provider was cut short' },
    });
  });

  it('fails in its own words, which tell nothing of the inside', async () => {
    const outcome = await read([start(), text(0, 'Hi')], {}, 'error');

    expect(outcome).toMatchObject({ tag: 'ApiError', error: { providerMessage: 'the answer could not be made' } });
  });

  it('ends with an error where a call is too long to be held', async () => {
    const piece = call(0, { argumentsText: 'x'.repeat(4_000_000) });
    const outcome = await read([
      start(),
      call(0, { id: 'c1', name: 'f' }),
      piece,
      piece,
      piece,
      finish('tool-calls'),
      end,
    ]);

    expect(outcome).toMatchObject({ tag: 'ApiError', error: { providerMessage: 'the answer is too large' } });
  });

  it('refuses what is no way to show calls', () => {
    expect(() => make({ toolCalls: 'some' as 'live' })).toThrow('toolCalls');
  });
});

describe('encodeOpenAiChat', () => {
  it('tells what the answer cost unless it is told not to', async () => {
    const deltas = [start(), ...textPart(0, ['Hi']), usage({ inputTokens: 1 }), finish('stop'), end];
    const log = await logOf(deltas);

    expect(bytesOf(await framesOf(log, encodeOpenAiChat()))).toContain('"prompt_tokens":1');
    expect(bytesOf(await framesOf(log, encodeOpenAiChat({ includeUsage: false })))).not.toContain('usage');
  });

  it('ends with its marker, and with nothing of the kind after an error', async () => {
    const marker = { data: '[DONE]' };

    expect((await framesOf(await logOf([start(), finish('stop'), end]), encodeOpenAiChat())).at(-1)).toMatchObject(
      marker,
    );
    expect((await framesOf(await logOf([start()], 'stopped'), encodeOpenAiChat())).at(-1)).toMatchObject(marker);
    expect((await framesOf(await logOf([start()]), encodeOpenAiChat())).at(-1)).not.toMatchObject(marker);
  });

  it('says each choice', async () => {
    const deltas = [start(), text(0, 'A'), text(0, 'B', 1), finish('stop'), finish('length', 'length', 1), end];
    const frames = await framesOf(await logOf(deltas), encodeOpenAiChat());
    const { completion } = decode(openAiChat, [utf8(bytesOf(frames))], 2);

    expect(completion?.choices.map(({ text: said, finishReason }) => [said, finishReason])).toEqual([
      ['A', 'stop'],
      ['B', 'length'],
    ]);
  });
});
