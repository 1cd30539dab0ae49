import { ApiError, type ApiErrorFields, type Delta } from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import {
  audio,
  call,
  citation,
  end,
  finish,
  logprobs,
  other,
  partEnd,
  partStart,
  reasoning,
  refusal,
  signature,
  start,
  text,
  usage,
} from '../../support/deltas.ts';
import { message } from '../../support/frames.ts';
import { mapped } from '../../support/mapped.ts';

/** The JSON of what is sent for the last of the deltas. */
const sent = (...deltas: readonly Delta[]): readonly unknown[] => {
  const encode = openAiChat.encode();
  const frames = deltas.map((delta) => encode(delta)).at(-1) ?? [];
  return frames.map((frame) => (frame.kind === 'message' ? JSON.parse(frame.data) : frame));
};

/** The first choice of the one chunk that is sent for the last of the deltas. */
const choiceSent = (...deltas: readonly Delta[]): unknown => {
  const [chunk, ...more] = sent(...deltas) as { choices: unknown[] }[];
  expect(more).toEqual([]);
  return chunk?.choices[0];
};

describe('encodeChat', () => {
  it('sends chunks with the name of the answer on each', () => {
    const head = { id: 'a1', model: 'm', object: 'chat.completion.chunk', created: expect.any(Number) };

    expect(sent(start())).toEqual([
      { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
    ]);
    expect(sent(start(), text(0, 'Hi'))).toEqual([
      { ...head, choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
    ]);
  });

  it.each<[string, Delta, object]>([
    ['text', text(3, 'Hi'), { content: 'Hi' }],
    ['reasoning', reasoning(0, 'Hm'), { reasoning_content: 'Hm' }],
    ['a refusal', refusal(0, 'No'), { refusal: 'No' }],
    [
      'redacted reasoning',
      partStart(0, 'reasoning', { redacted: 'XX' }),
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'XX' }] },
    ],
    [
      'the seal of reasoning',
      signature(0, 'seal'),
      { reasoning_details: [{ type: 'reasoning.text', signature: 'seal' }] },
    ],
    ['audio', audio(0, { id: 'x', transcript: 'a' }), { audio: { id: 'x', transcript: 'a' } }],
    [
      'a citation',
      citation(0, { url: 'u', title: 't' }),
      { annotations: [{ type: 'url_citation', url_citation: { url: 'u', title: 't' } }] },
    ],
    [
      'a citation as it came',
      citation(0, { url: 'u', raw: { url: 'u', x: 1 } }),
      { annotations: [{ url: 'u', x: 1 }] },
    ],
    ['what nobody knows', other('images', [1], { choice: 0 }), { images: [1] }],
  ])('sends %s', (_, delta, expected) => {
    expect(choiceSent(delta)).toEqual({ index: 0, delta: expected, finish_reason: null });
  });

  it.each([partStart(0, 'text'), partStart(0, 'tool-call'), partEnd(0)])('sends nothing for %j', (delta) => {
    expect(sent(delta)).toEqual([]);
  });

  it('sends each delta to its choice', () => {
    expect(choiceSent(text(0, 'Hi', 2))).toMatchObject({ index: 2 });
    expect(choiceSent(finish('stop', 'stop', 1))).toMatchObject({ index: 1, finish_reason: 'stop' });
  });

  it('sends tool calls by index', () => {
    const first = call(2, { id: 'c1', name: 'f' });
    const second = call(5, { id: 'c2', name: 'g', argumentsText: '{}' });

    expect(choiceSent(first)).toMatchObject({
      delta: { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] },
    });
    expect(choiceSent(first, second)).toMatchObject({
      delta: { tool_calls: [{ index: 1, id: 'c2', function: { name: 'g', arguments: '{}' } }] },
    });
    expect(choiceSent(first, second, call(2, { argumentsText: '1' }))).toMatchObject({
      delta: { tool_calls: [{ index: 0, function: { arguments: '1' } }] },
    });
    expect(choiceSent(first, call(0, { id: 'c3' }, 1))).toMatchObject({
      index: 1,
      delta: { tool_calls: [{ index: 0 }] },
    });
  });

  it('sends tools of free text as custom', () => {
    expect(choiceSent(call(0, { id: 'c1', name: 'sql', input: 'text', argumentsText: 'SELECT' }))).toMatchObject({
      delta: { tool_calls: [{ index: 0, id: 'c1', type: 'custom', custom: { name: 'sql', input: 'SELECT' } }] },
    });
  });

  it('sends the seal of a tool call with the call', () => {
    expect(choiceSent(call(0, { id: 'c1' }), signature(0, 'seal'))).toMatchObject({
      delta: { tool_calls: [{ index: 0, extra_content: { google: { thought_signature: 'seal' } } }] },
    });
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool-calls', 'tool_calls'],
    ['content-filter', 'content_filter'],
    ['refusal', 'content_filter'],
    ['pause', 'stop'],
    ['other', 'tomorrow'],
  ] as const)('sends %s as %s', (reason, finish_reason) => {
    expect(choiceSent(finish(reason, 'tomorrow'))).toEqual({ index: 0, delta: {}, finish_reason });
  });

  it('sends log probabilities', () => {
    const token = { token: 'a', bytes: [97], logprob: -1, topLogprobs: [{ token: 'b', bytes: null, logprob: -2 }] };

    expect(choiceSent(logprobs([token]))).toMatchObject({
      logprobs: { content: [{ token: 'a', top_logprobs: [{ token: 'b', bytes: null, logprob: -2 }] }], refusal: [] },
    });
  });

  describe('sends usage', () => {
    it('without a choice', () => {
      const known = { inputTokens: 5, outputTokens: 3, cachedInputTokens: 2, reasoningTokens: 1 };

      expect(sent(usage(known))).toMatchObject([
        {
          choices: [],
          usage: {
            prompt_tokens: 5,
            completion_tokens: 3,
            total_tokens: 8,
            prompt_tokens_details: { cached_tokens: 2 },
            completion_tokens_details: { reasoning_tokens: 1 },
          },
        },
      ]);
    });

    it('leaving out what is not known', () => {
      const [chunk] = sent(usage({ outputTokens: 3 }));

      expect((chunk as { usage: object }).usage).toEqual({
        completion_tokens: 3,
        prompt_tokens_details: {},
        completion_tokens_details: {},
      });
    });
  });

  it('sends what nobody knows at the top of a chunk', () => {
    expect(sent(other('service_tier', 'flex'))).toMatchObject([{ choices: [], service_tier: 'flex' }]);
  });

  it('closes with the marker', () => {
    expect(openAiChat.encode()(end)).toEqual([message('[DONE]')]);
  });

  it('counts tool calls afresh for each answer', () => {
    expect(choiceSent(call(4))).toEqual(choiceSent(call(4)));
  });

  it.each<[ApiErrorFields]>([
    [{ message: 'Slow down', code: 'rate_limit_exceeded' }],
    [{ message: 'Oops' }],
    [{ message: 'Who?', code: 'authentication_error', status: 401 }],
  ])('sends the error %j such that it is read back', (fields) => {
    const [frame, ...more] = openAiChat.encodeError(new ApiError(fields));

    expect(more).toEqual([]);
    if (frame?.kind !== 'message') throw new Error('no message');
    const back = openAiChat.errorIn(JSON.parse(frame.data), frame);
    expect(back).toMatchObject({
      providerMessage: fields.message,
      isRetryable: new ApiError({ code: 'server_error', ...fields }).isRetryable,
    });
    if (fields.code !== undefined) expect(back?.code).toBe(fields.code);
  });

  it('sends only chunks that the codec lets through', () => {
    const encode = openAiChat.encode();
    const deltas = [start(), text(0, 'a'), audio(0, { expiresAtS: 5 }), logprobs([]), usage({}), other('x', null)];
    const chunks = deltas.flatMap((delta) =>
      encode(delta).map((frame): object => (frame.kind === 'message' ? (JSON.parse(frame.data) as object) : {})),
    );
    expect(() => mapped(openAiChat, chunks)).not.toThrow();
  });
});
