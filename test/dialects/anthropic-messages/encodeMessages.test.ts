import { ApiError, type Delta } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
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
  reduceAll,
  refusal,
  signature,
  start,
  text,
  textPart,
  usage,
} from '../../support/deltas.ts';
import { mapped } from '../../support/mapped.ts';

/** The events that are sent for the deltas; each must be named in its frame as in its data. */
const sent = (...deltas: readonly Delta[]): readonly object[] => {
  const encode = anthropicMessages.encode();
  return deltas.flatMap((delta) =>
    encode(delta).map((frame) => {
      if (frame.kind !== 'message') throw new Error('no message');
      const json = JSON.parse(frame.data) as { type: string };
      expect(frame.event).toBe(json.type);
      return json;
    }),
  );
};

const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const grow = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const close = (index: number) => ({ type: 'content_block_stop', index });

describe('encodeMessages', () => {
  it('begins with the name of the answer', () => {
    expect(sent(start())).toMatchObject([
      { type: 'message_start', message: { id: 'a1', type: 'message', role: 'assistant', model: 'm', content: [] } },
    ]);
  });

  it('sends text as a block', () => {
    expect(sent(...textPart(0, ['Hel', 'lo']))).toEqual([
      open(0, { type: 'text', text: '' }),
      grow(0, { type: 'text_delta', text: 'Hel' }),
      grow(0, { type: 'text_delta', text: 'lo' }),
      close(0),
    ]);
  });

  it('sends text whose part was not announced: reduceDelta takes it, too', () => {
    const deltas = [start(), text(0, 'Hi'), reasoning(1, 'Hm'), finish('stop'), end];

    expect(reduceAll(mapped(anthropicMessages, sent(...deltas)))).toMatchObject({ text: 'Hi', reasoning: 'Hm' });
    expect(reduceAll(deltas)).toMatchObject({ text: 'Hi', reasoning: 'Hm' });
  });

  it('sends reasoning with its seal, or redacted', () => {
    expect(
      sent(
        partStart(0, 'reasoning'),
        reasoning(0, 'Hm'),
        signature(0, 'seal'),
        partEnd(0),
        partStart(1, 'reasoning', { redacted: 'XX' }),
        partEnd(1),
      ),
    ).toEqual([
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      grow(0, { type: 'thinking_delta', thinking: 'Hm' }),
      grow(0, { type: 'signature_delta', signature: 'seal' }),
      close(0),
      open(1, { type: 'redacted_thinking', data: 'XX' }),
      close(1),
    ]);
  });

  it('sends a refusal as text, since there is nothing else', () => {
    expect(sent(partStart(0, 'refusal'), refusal(0, 'No'), partEnd(0))).toEqual([
      open(0, { type: 'text', text: '' }),
      grow(0, { type: 'text_delta', text: 'No' }),
      close(0),
    ]);
  });

  it('sends a tool call once its name is known', () => {
    expect(
      sent(
        partStart(0, 'tool-call'),
        call(0, { id: 'c1', name: 'f', argumentsText: '{' }),
        call(0, { argumentsText: '}' }),
        partEnd(0),
      ),
    ).toEqual([
      open(0, { type: 'tool_use', id: 'c1', name: 'f', input: {} }),
      grow(0, { type: 'input_json_delta', partial_json: '{' }),
      grow(0, { type: 'input_json_delta', partial_json: '}' }),
      close(0),
    ]);
  });

  it('sends a call that the server runs, and its result', () => {
    const raw = { type: 'web_search_tool_result', tool_use_id: 's1', content: [] };

    expect(
      sent(call(0, { id: 's1', name: 'web_search', executedBy: 'server' }), partStart(1, 'tool-result', { raw })),
    ).toEqual([open(0, { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }), open(1, raw)]);
  });

  it('numbers its blocks without gaps, though parts are left out', () => {
    expect(
      sent(partStart(0, 'audio'), audio(0, { data: 'A' }), partEnd(0), ...textPart(1, ['a']), partStart(2, 'other')),
    ).toEqual([open(0, { type: 'text', text: '' }), grow(0, { type: 'text_delta', text: 'a' }), close(0)]);
  });

  it('leaves out other choices and log probabilities', () => {
    expect(sent(...textPart(0, ['a'], 1), finish('stop', 'stop', 1), logprobs([]))).toEqual([]);
  });

  describe('sends citations', () => {
    it('as they came', () => {
      const raw = { type: 'char_location', document_title: 'D' };

      expect(sent(partStart(0, 'text'), citation(0, { title: 'D', raw }))[1]).toEqual(
        grow(0, { type: 'citations_delta', citation: raw }),
      );
    });

    it.each<[string, object]>([
      ['none', {}],
      ['text', { raw: 'https://a.test' }],
      [
        'that of another provider',
        { raw: { type: 'url_citation', url_citation: { url: 'https://a.test', title: 'A' } } },
      ],
    ])('such that the source is read back, where the raw object is %s', (_, raw) => {
      const neutral = { url: 'https://a.test', title: 'A', ...raw };
      const deltas = [start(), partStart(0, 'text'), text(0, 'Hi'), citation(0, neutral), finish('stop'), end];
      const [part] = reduceAll(mapped(anthropicMessages, sent(...deltas))).choices[0].parts;

      expect(part?.kind === 'text' && part.citations.toArray()).toMatchObject([{ url: 'https://a.test', title: 'A' }]);
    });
  });

  describe('sends the stop reason, usage and the end together, once there is an end', () => {
    const ending = (...deltas: readonly Delta[]) => sent(...deltas, end);

    it.each([
      ['stop', 'end_turn'],
      ['length', 'max_tokens'],
      ['tool-calls', 'tool_use'],
      ['content-filter', 'refusal'],
      ['refusal', 'refusal'],
      ['pause', 'pause_turn'],
      ['other', 'tomorrow'],
    ] as const)('%s as %s', (reason, stop_reason) => {
      expect(ending(finish(reason, 'tomorrow'))).toEqual([
        { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 0 } },
        { type: 'message_stop' },
      ]);
    });

    it('with its details', () => {
      const stop_details = { type: 'refusal', category: null };

      expect(ending({ ...finish('stop'), details: { stop_sequence: '###' } } as Delta)[0]).toMatchObject({
        delta: { stop_reason: 'stop_sequence', stop_sequence: '###' },
      });
      expect(
        ending({ ...finish('refusal'), details: { stop_sequence: null, stop_details } } as Delta)[0],
      ).toMatchObject({ delta: { stop_reason: 'refusal', stop_sequence: null, stop_details } });
    });

    it('with the usage so far, cached input apart', () => {
      const known = { inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 1, reasoningTokens: 2 };

      expect(ending(usage(known), finish('stop'), usage({ outputTokens: 3 }))[0]).toMatchObject({
        usage: {
          input_tokens: 5,
          cache_read_input_tokens: 4,
          cache_creation_input_tokens: 1,
          output_tokens: 3,
          output_tokens_details: { thinking_tokens: 2 },
        },
      });
    });
  });

  it('sends what nobody knows: events, and deltas of blocks', () => {
    expect(sent(other('tomorrow', { a: 1 }))).toEqual([{ type: 'tomorrow', a: 1 }]);
    expect(sent(partStart(0, 'text'), other('x_delta', { type: 'x_delta', a: 1 }, { choice: 0, part: 0 }))[1]).toEqual(
      grow(0, { type: 'x_delta', a: 1 }),
    );
  });

  it.each([
    [{ message: 'Overloaded', code: 'overloaded_error', requestId: 'req_1' }],
    [{ message: 'Oops' }],
    [{ message: 'Who?', code: 'authentication_error' }],
  ])('sends the error %j such that it is read back', (fields) => {
    const [frame, ...more] = anthropicMessages.encodeError(new ApiError(fields));

    expect(more).toEqual([]);
    if (frame?.kind !== 'message') throw new Error('no message');
    expect(frame.event).toBe('error');
    expect(anthropicMessages.errorIn(JSON.parse(frame.data), frame)).toMatchObject({
      code: 'api_error',
      ...fields,
      message: expect.stringContaining(fields.message),
    });
  });
});

it('a citation of Messages keeps its source in Chat Completions', () => {
  const raw = { type: 'web_search_result_location', url: 'https://a.test', title: 'A', cited_text: 'so' };
  const deltas = [start(), text(0, 'Hi'), citation(0, { url: 'https://a.test', title: 'A', citedText: 'so', raw })];
  const encode = openAiChat.encode();
  const chunks = deltas.flatMap((delta) =>
    encode(delta).map((frame): object => (frame.kind === 'message' ? (JSON.parse(frame.data) as object) : {})),
  );
  const [part] = reduceAll(mapped(openAiChat, chunks)).choices[0].parts;

  expect(part?.kind === 'text' && part.citations.toArray()).toMatchObject([{ url: 'https://a.test', title: 'A' }]);
});
