import { of, throwError, concat } from 'rxjs';
import { type Delta, ToolError } from 'rxllm';
import { traceCompletion } from 'rxllm/otel';

import { call, end, finish, partStart, reasoning, start, stepEnd, text, toolRun, audio } from '../support/deltas.ts';
import { record } from '../support/record.ts';
import { telemetry } from './telemetry.ts';

/** The attributes of the spans of a stream whose content is captured, by the names of the spans. */
const captured = (deltas: readonly Delta[], body?: unknown, options: { readonly captureContent?: boolean } = {}) => {
  const { tracer, meter, spans } = telemetry();
  record(
    of(...deltas).pipe(
      traceCompletion({ provider: 'x', request: { body }, tracer, meter, captureContent: true, ...options }),
    ),
  );
  return spans().map(({ attributes }) => attributes);
};

const json = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);

const user = (...parts: readonly unknown[]): unknown => ({ role: 'user', parts });
const said = (content: string): unknown => ({ type: 'text', content });

const bodies: readonly (readonly [string, unknown, messages: unknown, instructions?: unknown])[] = [
  [
    'OpenAI chat',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
      ],
    },
    [
      { role: 'system', parts: [said('Be brief.')] },
      user(said('Hi'), { type: 'image_url' }),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'done' }] },
    ],
  ],
  [
    "Anthropic's",
    {
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'done' }] },
      ],
    },
    [
      user(said('Hi')),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } }] },
      user({ type: 'tool_call_response', id: 'c1', response: 'done' }),
    ],
    [said('Be brief.')],
  ],
  [
    "OpenAI's responses, in a word",
    { instructions: 'Be brief.', input: 'Hi' },
    [user(said('Hi'))],
    [said('Be brief.')],
  ],
  [
    "OpenAI's responses, in items",
    {
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'function_call', call_id: 'c1', id: 'i1', name: 'f', arguments: 'not json' },
        { type: 'function_call_output', call_id: 'c1', output: 'done' },
      ],
    },
    [
      user(said('Hi')),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: 'not json' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'done' }] },
    ],
  ],
  [
    "Gemini's",
    {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { b: 2 } } }] },
      ],
    },
    [
      user(said('Hi'), { type: 'inlineData' }),
      { role: 'assistant', parts: [{ type: 'tool_call', id: null, name: 'f', arguments: { a: 1 } }] },
      user({ type: 'tool_call_response', id: null, response: { b: 2 } }),
    ],
    [said('Be brief.')],
  ],
  [
    'one that is all wrong',
    { messages: [null, 5, { role: 7 }, { content: [null, {}, { type: 3 }], tool_calls: 'x' }] },
    [
      user({ type: 'other' }),
      user({ type: 'other' }),
      user(),
      user({ type: 'other' }, { type: 'other' }, { type: 'type' }),
    ],
  ],
  ['none', undefined, undefined],
  ['text', 'Hi', undefined],
];

describe('captureContent', () => {
  it.each(bodies)('reads the messages of a body: %s', (...[, body, messages, instructions]) => {
    const [attributes] = captured([start(), end], body);

    expect(json(attributes?.['gen_ai.input.messages'])).toEqual(messages);
    expect(json(attributes?.['gen_ai.system_instructions'])).toEqual(instructions);
  });

  it('is off unless asked for', () => {
    const [attributes] = captured([start(), text(0, 'Hi'), end], { messages: ['Hi'] }, { captureContent: false });

    expect(attributes).not.toHaveProperty(['gen_ai.input.messages']);
    expect(attributes).not.toHaveProperty(['gen_ai.output.messages']);
  });

  it('has the answer of each choice, part by part', () => {
    const [attributes] = captured([
      start(),
      reasoning(0, 'H'),
      reasoning(0, 'm.'),
      text(1, 'Hi'),
      audio(2, { data: 'AAAA', transcript: 'Hi' }),
      call(3, { id: 'c1', name: 'f', argumentsText: '{"a":1}' }),
      call(4, { id: 'c2', name: 'search', argumentsText: '{}', executedBy: 'server' }),
      partStart(5, 'other', { raw: { data: 'AAAA' } }),
      text(0, 'Ho', 1),
      finish('tool-calls'),
      finish('content-filter', 'x', 1),
      end,
    ]);

    expect(json(attributes?.['gen_ai.output.messages'])).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Hm.' },
          said('Hi'),
          { type: 'audio', transcript: 'Hi' },
          { type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } },
          { type: 'server_tool_call', id: 'c2', name: 'search', server_tool_call: { type: 'search', arguments: {} } },
          { type: 'other' },
        ],
        finish_reason: 'tool_call',
      },
      { role: 'assistant', parts: [said('Ho')], finish_reason: 'content_filter' },
    ]);
  });

  it('has what came of an answer that failed, and the words of any error', () => {
    const { tracer, spans } = telemetry();
    const source = concat(
      of(start(), text(0, 'To be')),
      throwError(() => new Error('mine')),
    );
    record(source.pipe(traceCompletion({ provider: 'x', tracer, captureContent: true })));

    const [span] = spans();
    expect(json(span?.attributes['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [said('To be')], finish_reason: 'error' },
    ]);
    expect(span?.status.message).toBe('mine');
  });

  it('has what each step said, and what tools were given and gave', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const spans = captured(
      [
        start(),
        call(0, { id: 'c1', name: 'f', argumentsText: '{"a":1}' }),
        call(1, { id: 'c2', name: 'g', argumentsText: '{}' }),
        call(2, { id: 'c3', name: 'h', argumentsText: '{}' }),
        finish('tool-calls'),
        toolRun(0, {}, 'c1', 'f'),
        toolRun(1, {}, 'c2', 'g'),
        toolRun(0, { progress: 1 }, 'c1', 'f'),
        toolRun(0, { result: { b: 2 } }, 'c1', 'f'),
        toolRun(1, { result: cycle }, 'c2', 'g'),
        toolRun(
          2,
          { error: new ToolError({ reason: 'failed', toolName: 'h', callId: 'c3', problem: 'broken' }) },
          'c3',
          'h',
        ),
        stepEnd(0),
        start('a2', 'm', 1),
        text(0, 'Done.'),
        finish('stop'),
        stepEnd(1),
        end,
      ],
      { messages: ['Hi'] },
    );

    expect(spans).toHaveLength(5);
    const [first, f, g, h, second] = spans;
    expect(json(first?.['gen_ai.input.messages'])).toEqual([user(said('Hi'))]);
    expect(f).toMatchObject({ 'gen_ai.tool.call.arguments': '{"a":1}', 'gen_ai.tool.call.result': '{"b":2}' });
    expect(g).toMatchObject({ 'gen_ai.tool.call.arguments': '{}' });
    expect(g).not.toHaveProperty(['gen_ai.tool.call.result']);
    expect(h).toMatchObject({ 'error.type': 'failed' });
    // What the later request said is known to nobody out here.
    expect(second).not.toHaveProperty(['gen_ai.input.messages']);
    expect(json(second?.['gen_ai.output.messages'])).toEqual([
      { role: 'assistant', parts: [said('Done.')], finish_reason: 'stop' },
    ]);
  });
});
