import { lastValueFrom, tap } from 'rxjs';
import {
  accumulateDelta,
  type Completion,
  type Delta,
  InvalidOptionError,
  resumeCompletion,
  type ResumeOptions,
  streamDeltas,
  type StreamError,
  type StreamOptions,
} from 'rxllm';
import { anthropicMessages, type MessagesBody } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, type AnswerOptions, fakeProvider, type ReceivedRequest, type Reply } from 'rxllm/testing';

import { end, start } from '../support/deltas.ts';
import { ending, expectNothingUncaught } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

type Dialect = typeof openAiChat;
const messages = anthropicMessages as unknown as Dialect;
const dialects = [openAiChat, messages] as const;
const question = { role: 'user', content: 'Hamlet?' };
const body: MessagesBody = { model: 'm', max_tokens: 99, messages: [question] };
const noWait = { firstDelayMs: 0 };

/** An answer that is cut before its stop reason. */
const cut = (options: AnswerOptions): Reply => {
  const deltas = answer(options).filter(({ type }) => type !== 'finish' && type !== 'part-end');
  // Without an `end` nothing tells of one; the cut comes when all is said.
  return { deltas: deltas.filter(({ type }) => type !== 'end'), fault: { kind: 'cut', afterBytes: 1e6, with: 'rst' } };
};

const whole = (options: AnswerOptions): Reply => ({ deltas: answer(options) });

interface Run {
  readonly completion: Completion | undefined;
  readonly error: StreamError | undefined;
  readonly deltas: readonly Delta[];
  readonly requests: readonly ReceivedRequest[];
  readonly sent: readonly (readonly { role: string; content: string }[])[];
}

/** Runs an answer to its end. */
const run = async (
  dialect: Dialect,
  replies: readonly Reply[] | ((request: ReceivedRequest, count: number) => Reply),
  resume: ResumeOptions = {},
  options: Partial<StreamOptions<MessagesBody>> = {},
): Promise<Run> => {
  const { fetch, requests } = fakeProvider({ replies });
  const deltas: Delta[] = [];
  const answer$ = streamDeltas(dialect, {
    baseUrl: 'http://fake.test/v1',
    fetch,
    body,
    retry: noWait,
    resume: { ...noWait, ...resume },
    ...options,
  }).pipe(
    tap((delta) => deltas.push(delta)),
    accumulateDelta(),
  );
  const { values, error } = await ending(answer$);
  const sent = requests.map((request) => (request.body as { messages: Run['sent'][number] }).messages);
  return { completion: values.at(-1), error: error as StreamError | undefined, deltas, requests, sent };
};

const typesOf = (deltas: readonly Delta[]): readonly string[] =>
  deltas.map(({ type }) => type).filter((type) => ['start', 'retry', 'resume', 'end'].includes(type));

describe.each(dialects)('an answer of $name whose stream drops', (dialect) => {
  it('goes on where it stopped, as the same attempt', async () => {
    const replies = [cut({ text: 'To be, or ' }), whole({ text: 'not to be' })];
    const { completion, deltas, error } = await run(dialect, replies);

    expect(error).toBeUndefined();
    expect(completion).toMatchObject({
      text: 'To be, or not to be',
      ended: true,
      finishReason: 'stop',
      id: 'answer-1',
    });
    expect(completion?.choices[0].parts).toHaveLength(1);
    expect(typesOf(deltas)).toEqual(['start', 'resume', 'end']);
    expect(deltas.find(({ type }) => type === 'resume')).toMatchObject({
      resumption: 1,
      delayMs: 0,
      error: { _tag: 'NetworkError' },
    });
  });

  it('is asked to go on, with the answer so far as it was shown', async () => {
    const replies = [cut({ text: 'To be, or ' }), whole({ text: 'not to be' })];
    const { requests, sent } = await run(dialect, replies, { prefill: false });

    expect(sent[0]).toEqual([question]);
    expect(sent[1]).toEqual([
      question,
      { role: 'assistant', content: 'To be, or ' },
      { role: 'user', content: expect.stringContaining('Go on exactly where it stops') },
    ]);
    const [first, second] = requests.map((request) => ({ ...(request.body as object), messages: [] }));
    expect(second).toEqual(first);
  });

  it('goes on as often as it drops, up to maxResumes', async () => {
    const replies = ['one two ', 'three four ', 'five six ', 'seven eight'].map((text) => cut({ text }));
    const { completion, error, requests, deltas } = await run(dialect, replies, { maxResumes: 2 });

    expect(requests).toHaveLength(3);
    expect(error).toMatchObject({ _tag: 'NetworkError', partial: { text: 'one two three four five six ' } });
    expect(completion?.ended).toBe(false);
    expect(deltas.flatMap((delta) => (delta.type === 'resume' ? [delta.resumption] : []))).toEqual([1, 2]);
    expect((await run(dialect, replies)).requests).toHaveLength(4);
    expect((await run(dialect, replies, { maxResumes: 0 })).requests).toHaveLength(1);
  });

  it('asks anew for a tool call that was cut, and glues nothing', async () => {
    const told = { text: 'Let me look. ' };
    const call = { id: 'c1', name: 'look', arguments: ['{"at":', '"the sky"}'] };
    const replies = [cut({ ...told, toolCalls: [{ ...call, arguments: ['{"at":'] }] }), whole({ toolCalls: [call] })];
    const { completion, sent } = await run(dialect, replies, { prefill: false });

    expect(completion?.toolCalls).toMatchObject([
      { status: 'cut-short', argumentsText: '{"at":' },
      { status: 'complete', arguments: { at: 'the sky' } },
    ]);
    expect(completion?.finishReason).toBe('tool-calls');
    expect(sent[1]?.[1]).toEqual({ role: 'assistant', content: 'Let me look. ' });
    expect(completion?.text).toBe('Let me look. ');
  });

  it('never completes a call that was cut before its arguments', async () => {
    const replies = [
      cut({ text: 'Let me look. ', toolCalls: [{ id: 'c1', name: 'look', arguments: [] }] }),
      whole({ text: 'I cannot.' }),
    ];

    expect((await run(dialect, replies)).completion).toMatchObject({
      text: 'Let me look. I cannot.',
      finishReason: 'stop',
      toolCalls: [{ status: 'cut-short', argumentsText: '' }],
    });
  });

  it.each<readonly [string, AnswerOptions]>([
    ['reasoning', { reasoning: 'Hm, let me' }],
    ['a tool call', { toolCalls: [{ id: 'c1', name: 'f', arguments: ['{"a":'] }] }],
    ['white space', { text: ['\n\n'] }],
    ['reasoning and white space', { reasoning: 'Hm', text: [' '] }],
  ])('is begun afresh, as a new attempt, when there is only %s', async (_, partial) => {
    const replies = [cut(partial), whole({ reasoning: 'Well.', text: 'Yes.', id: 'answer-2' })];
    const { completion, deltas, sent } = await run(dialect, replies);

    expect(completion).toMatchObject({ text: 'Yes.', reasoning: 'Well.', id: 'answer-2', toolCalls: [], ended: true });
    expect(typesOf(deltas)).toEqual(['start', 'retry', 'start', 'end']);
    expect(deltas.filter(({ type }) => type === 'start' || type === 'retry')).toMatchObject([
      { attempt: 1 },
      { attempt: 2 },
      { attempt: 2 },
    ]);
    expect(sent).toEqual([[question], [question]]);
  });

  it('keeps the reasoning that came before the text', async () => {
    const replies = [cut({ reasoning: 'Hm.', text: 'To be, ' }), whole({ text: 'or not' })];
    const { completion } = await run(dialect, replies);

    expect(completion).toMatchObject({ reasoning: 'Hm.', text: 'To be, or not' });
    expect(completion?.choices[0].parts.map(({ kind }) => kind)).toEqual(['reasoning', 'text']);
  });

  it('costs what all its requests cost', async () => {
    const events = (...usages: readonly object[]): string =>
      usages
        .map((usage, at) =>
          dialect === openAiChat
            ? { id: 'a', model: 'm', choices: [{ delta: { content: at === 0 ? 'To be ' : 'or' } }], usage }
            : at === 0
              ? {
                  type: 'message_start',
                  message: {
                    id: 'a',
                    model: 'm',
                    role: 'assistant',
                    content: [{ type: 'text', text: 'To be ' }],
                    usage,
                  },
                }
              : { type: 'message_delta', delta: { stop_reason: null }, usage },
        )
        .map((data) => `event: ${(data as { type?: string }).type ?? 'message'}\ndata: ${JSON.stringify(data)}\n\n`)
        .join('');
    const first =
      dialect === openAiChat
        ? events({ prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 })
        : events({ input_tokens: 10, output_tokens: 1 }, { output_tokens: 3 });
    const second = whole({ text: 'or not', usage: { inputTokens: 14, outputTokens: 2, totalTokens: 16 } });
    const { completion } = await run(dialect, [{ bytes: first }, second]);

    expect(completion?.usage).toMatchObject({ inputTokens: 24, outputTokens: 5, totalTokens: 29 });
  });

  it('retries the request for the rest until its first token, and counts attempts on', async () => {
    const replies = [
      { status: 503 },
      cut({ text: 'To be, ' }),
      { status: 503 },
      { status: 529 },
      cut({ text: 'or not ' }),
      { status: 503 },
      whole({ text: 'to be' }),
    ];
    const { completion, deltas, sent } = await run(dialect, replies);

    expect(completion?.text).toBe('To be, or not to be');
    expect(deltas.flatMap((delta) => (delta.type === 'retry' ? [delta.attempt] : []))).toEqual([2, 3, 4, 5]);
    expect(typesOf(deltas)).toEqual(['retry', 'start', 'resume', 'retry', 'retry', 'resume', 'retry', 'end']);
    expect(sent[3]).toEqual(sent[2]);
  });

  it('doubles nothing when it is told to retry at any time', async () => {
    const line = 'To be, or not to be';
    const replies = ({ body: received }: ReceivedRequest, count: number): Reply => {
      const said = (received as { messages: Run['sent'][number] }).messages.find(({ role }) => role === 'assistant');
      const rest = line.slice(said?.content.length ?? 0);
      return count < 3 ? cut({ text: rest.slice(0, 7) }) : whole({ text: rest });
    };
    const retry = { ...noWait, retryWhen: 'always', maxRetries: 1 } as const;
    const { completion, requests } = await run(dialect, replies, {}, { retry });

    expect(completion?.text).toBe(line);
    expect(requests).toHaveLength(4);
  });

  it('is over at once with an error that no request can help', async () => {
    const quota: Reply = { deltas: answer({ text: 'To be, ' }), error: { message: 'm', code: 'insufficient_quota' } };
    const forbidden: Reply = { status: 403 };

    const inStream = await run(dialect, [quota]);
    expect(inStream.error).toMatchObject({ _tag: 'ApiError', partial: { text: 'To be, ' } });
    expect(inStream.requests).toHaveLength(1);

    const atResumption = await run(dialect, [cut({ text: 'To be, ' }), forbidden]);
    expect(atResumption.error).toMatchObject({ _tag: 'HttpError', status: 403, partial: { text: 'To be, ' } });
    expect(atResumption.requests).toHaveLength(2);
  });

  it('is over at once when the server asks for more patience than there is', async () => {
    const busy: Reply = {
      status: 429,
      error: { message: 'm', code: 'rate_limit_exceeded' },
      headers: { 'retry-after': '120' },
    };
    const { error, requests } = await run(dialect, [cut({ text: 'To be, ' }), busy]);

    expect(error?.message).toContain('(asks to wait 120 s)');
    expect(requests).toHaveLength(2);
  });

  it('is not resumed before its first part', async () => {
    const { error, requests } = await run(dialect, [{ status: 503 }]);

    expect(error).toMatchObject({ _tag: 'HttpError' });
    expect(requests).toHaveLength(3);
  });

  it('is not resumed once its stop reason has come', async () => {
    const deltas = answer({ text: 'To be' }).filter(({ type }) => type !== 'end');
    // A messages server tells of the stop reason with the end alone.
    const reply: Reply = {
      deltas: dialect === openAiChat ? deltas : [...deltas, end],
      fault: { kind: 'cut', afterBytes: 1e6, with: 'rst' },
    };
    const { completion, requests } = await run(dialect, [reply]);

    expect(completion).toMatchObject({ text: 'To be', ended: true });
    expect(requests).toHaveLength(1);
  });

  it('is told apart from a second subscription', async () => {
    const replies = ({ body: received }: ReceivedRequest): Reply =>
      (received as MessagesBody).messages.length === 1 ? cut({ text: 'To be, ' }) : whole({ text: 'or not' });
    const { fetch } = fakeProvider({ replies });
    const completion$ = resumeCompletion(dialect, { baseUrl: 'http://fake.test/v1', fetch, body }, noWait);
    const both = await Promise.all([lastValueFrom(completion$), lastValueFrom(completion$)]);

    expect(both.map(({ text }) => text)).toEqual(['To be, or not', 'To be, or not']);
  });

  it.each<readonly [string, ResumeOptions]>([
    ['maxResumes', { maxResumes: -1 }],
    ['maxResumes', { maxResumes: NaN }],
    ['firstDelayMs', { firstDelayMs: -1 }],
    ['maxDelayMs', { maxDelayMs: NaN }],
  ])('refuses a bad %s at the call', (option, resume) => {
    const error = thrownBy(() => resumeCompletion(dialect, { baseUrl: 'http://fake.test/v1', body }, resume));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option });
  });
});

describe('the beginning of an answer that is handed to the model', () => {
  const refusing = ({ body: received }: ReceivedRequest, count: number): Reply => {
    if (count === 0) return cut({ text: 'To be, or ' });
    const { role } = (received as Run).messages.at(-1) as { role: string };
    return role === 'assistant'
      ? { status: 400, error: { message: 'no', code: 'invalid_request_error' } }
      : whole({ text: 'not' });
  };
  interface Run {
    readonly messages: readonly unknown[];
  }

  it('has no white space at its end, and that white space is shown once', async () => {
    const replies = [cut({ text: 'To be,\n\n' }), whole({ text: '\n\nor not' })];
    const { completion, sent } = await run(messages, replies);

    expect(sent[1]).toEqual([question, { role: 'assistant', content: 'To be,' }]);
    expect(completion?.text).toBe('To be,\n\nor not');
  });

  it('is left out, and words ask instead, when the server refuses it, at no cost of resumptions', async () => {
    const { completion, deltas, sent, error } = await run(messages, refusing, { maxResumes: 1 });

    expect(error).toBeUndefined();
    expect(completion?.text).toBe('To be, or not');
    expect(sent.map((one) => one.map(({ role }) => role))).toEqual([
      ['user'],
      ['user', 'assistant'],
      ['user', 'assistant', 'user'],
    ]);
    expect(typesOf(deltas)).toEqual(['start', 'resume', 'end']);
  });

  it('is not tried again once it was refused', async () => {
    const replies = (request: ReceivedRequest, count: number): Reply =>
      count === 2 ? cut({ text: 'not to ' }) : count === 3 ? whole({ text: 'be' }) : refusing(request, count);
    const { completion, sent, deltas } = await run(messages, replies, { maxResumes: 2 });

    expect(completion?.text).toBe('To be, or not to be');
    expect(deltas.flatMap((delta) => (delta.type === 'resume' ? [delta.resumption] : []))).toEqual([1, 2]);
    expect(sent[3]?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  it('is refused for good when the server refuses the words, too', async () => {
    const bad: Reply = { status: 400, error: { message: 'no', code: 'invalid_request_error' } };
    const { error, requests } = await run(messages, [cut({ text: 'To be, ' }), bad]);

    expect(error).toMatchObject({ _tag: 'HttpError', status: 400, partial: { text: 'To be, ' } });
    expect(requests).toHaveLength(3);
  });

  it('is not handed over where the model is to think first, or where it is turned off', async () => {
    const replies = [cut({ text: 'To be, ' }), whole({ text: 'or not' })];
    const thinking = (type: string) => ({ body: { ...body, thinking: { type } } });
    const roles = async (resume: ResumeOptions, options: object) =>
      (await run(messages, replies, resume, options)).sent[1]?.map(({ role }) => role);

    expect(await roles({}, thinking('enabled'))).toEqual(['user', 'assistant', 'user']);
    expect(await roles({}, thinking('disabled'))).toEqual(['user', 'assistant']);
    expect(await roles({ prefill: false }, {})).toEqual(['user', 'assistant', 'user']);
  });
});

describe('several answers to one request', () => {
  it('are not resumed', async () => {
    const deltas: readonly Delta[] = [
      start(),
      { type: 'text', choice: 0, part: 0, text: 'To be, ' },
      { type: 'text', choice: 1, part: 0, text: 'To do, ' },
    ];
    const reply: Reply = { deltas, fault: { kind: 'cut', afterBytes: 1e6, with: 'rst' } };
    const { error, requests } = await run(openAiChat, [reply], {}, { body: { ...body, n: 2 } });

    expect(error).toMatchObject({ _tag: 'NetworkError', partial: { text: 'To be, ' } });
    expect(error?.partial?.choices).toHaveLength(2);
    expect(requests).toHaveLength(1);
  });
});
