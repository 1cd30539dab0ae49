import fc from 'fast-check';
import type { Delta, Dialect, PartKind } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';

import { reduceAll, start } from '../support/deltas.ts';
import { mapped } from '../support/mapped.ts';
import { runs } from '../support/thorough.ts';

/** The kinds of part that a delta may speak of. */
const kindsOf = (delta: Delta): readonly PartKind[] | undefined => {
  switch (delta.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'tool-call':
    case 'audio':
      return [delta.type];
    case 'citation':
      return ['text'];
    case 'signature':
      return ['reasoning', 'tool-call', 'text'];
    default:
      return undefined;
  }
};

/** Checks what holds for the deltas of any one stream, however mad. */
const expectSound = (deltas: readonly Delta[]): void => {
  const kinds = new Map<string, PartKind>();
  const counts = new Map<number, number>();
  const open = new Set<string>();
  for (const delta of deltas) {
    const place = 'part' in delta && 'choice' in delta ? `${delta.choice}/${delta.part}` : '';
    if (delta.type === 'part-start') {
      // Parts are numbered in order of appearance.
      expect(delta.part).toBe(counts.get(delta.choice) ?? 0);
      counts.set(delta.choice, delta.part + 1);
      kinds.set(place, delta.kind);
      open.add(place);
    } else if (delta.type === 'part-end') {
      expect(open.delete(place)).toBe(true);
    } else if (delta.type === 'finish') {
      expect([...open].filter((one) => one.startsWith(`${delta.choice}/`))).toEqual([]);
    }
    // Nothing is said of a part that was not announced, nor of one of another kind.
    const allowed = kindsOf(delta);
    if (allowed) expect(allowed).toContain(kinds.get(place));
    if ('text' in delta) expect(delta.text).not.toBe('');
  }
  // So an answer can be made of them in which nothing is lost.
  const text = deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
  const { choices } = reduceAll([start(), ...deltas.filter(({ type }) => type !== 'start')]);
  expect(choices.reduce((sum, choice) => sum + choice.text.length, 0)).toBe(text.length);
};

const some = <T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) =>
  fc.record(fields, { requiredKeys: [] });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const words = fc.constantFrom('', 'a', 'Hi', '漢', '<think>');
const names = orNull(fc.constantFrom('', 'f', 'g'));
const ids = orNull(fc.constantFrom('', 'c1', 'c2'));
const indexes = orNull(fc.integer({ min: 0, max: 2 }));
const errors = fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, fc.constantFrom({ message: 'x' }, 'x', {}, ''));

describe('the mapper of openai-chat', () => {
  const called = some({ name: names, arguments: orNull(words) });
  const fragments = some({
    index: indexes,
    id: ids,
    type: fc.constantFrom('function', 'custom'),
    function: orNull(called),
    custom: orNull(some({ name: names, input: orNull(words) })),
    extra_content: fc.constantFrom(null, {}, { google: null }, { google: { thought_signature: 's' } }),
  });
  const details = some({ type: words, text: words, summary: words, data: words, signature: words });
  const deltas = some({
    role: words,
    content: orNull(fc.oneof(words, fc.array(some({ type: fc.constantFrom('text', 'x'), text: words })))),
    reasoning: words,
    reasoning_content: orNull(words),
    reasoning_details: orNull(fc.array(details, { maxLength: 2 })),
    refusal: orNull(words),
    tool_calls: orNull(fc.array(fragments, { maxLength: 3 })),
    function_call: orNull(called),
    audio: orNull(some({ id: ids, data: words, transcript: orNull(words), expires_at: orNull(fc.nat()) })),
    annotations: orNull(fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 2 })),
    brand_new: fc.jsonValue({ maxDepth: 1 }),
  });
  const choices = some({
    index: indexes,
    delta: orNull(deltas),
    finish_reason: orNull(fc.constantFrom('', 'stop', 'length', 'tool_calls', 'error', 'eos')),
    logprobs: orNull(some({ content: orNull(fc.constant([{ token: 'a', logprob: -1 }])), refusal: fc.constant(null) })),
    error: errors,
  });
  const chunks = some({
    id: ids,
    model: orNull(words),
    choices: orNull(fc.array(choices, { maxLength: 3 })),
    usage: orNull(some({ prompt_tokens: orNull(fc.nat()) })),
    service_tier: orNull(words),
    citations: orNull(fc.array(fc.constantFrom('u1', null, { url: 'u2' }), { maxLength: 3 })),
    x_groq: orNull(some({ usage: orNull(some({ total_tokens: fc.nat() })) })),
    error: errors,
  });

  it('makes sound deltas of any chunks', () => {
    fc.assert(
      fc.property(fc.array(chunks, { maxLength: 6 }), (list) => {
        const made = mapped(openAiChat, list);

        expectSound(made);
        expect(made.flatMap(({ type }, at) => (type === 'start' ? [at] : []))).toEqual(made.length > 0 ? [0] : []);
      }),
      { numRuns: runs(250) },
    );
  });
});

describe('the mapper of anthropic-messages', () => {
  const index = fc.integer({ min: 0, max: 3 });
  const tool = { id: words, name: words };
  const blocks = fc.oneof(
    fc.record({ type: fc.constant('text'), text: words }),
    fc.record({ type: fc.constant('thinking'), thinking: words, signature: orNull(words) }),
    fc.record({ type: fc.constant('redacted_thinking'), data: words }),
    fc.record({ type: fc.constantFrom('tool_use', 'server_tool_use', 'mcp_tool_use'), ...tool, input: fc.jsonValue() }),
    fc.record({ type: fc.constantFrom('x_tool_result', 'container_upload', 'tomorrow', '') }),
  );
  const changes = fc.oneof(
    fc.record({ type: fc.constant('text_delta'), text: words }),
    fc.record({ type: fc.constant('thinking_delta'), thinking: words }),
    fc.record({ type: fc.constant('signature_delta'), signature: words }),
    fc.record({ type: fc.constant('input_json_delta'), partial_json: words }),
    fc.record({ type: fc.constant('citations_delta'), citation: fc.jsonValue({ maxDepth: 1 }) }),
    fc.record({ type: fc.constant('tomorrow_delta') }),
  );
  const usage = some({ input_tokens: orNull(fc.nat()), output_tokens: orNull(fc.nat()) });
  const events = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('content_block_start'), index, content_block: blocks }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('content_block_delta'), index, delta: changes }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('content_block_stop'), index }) },
    fc.record({
      type: fc.constant('message_delta'),
      delta: some({ stop_reason: orNull(fc.constantFrom('', 'end_turn', 'x')), stop_sequence: orNull(words) }),
      usage: orNull(usage),
    }),
    fc.record({ type: fc.constantFrom('ping', 'message_stop', 'tomorrow') }),
  );
  const first = fc.record({
    type: fc.constant('message_start'),
    message: fc.record({
      id: words,
      model: words,
      content: orNull(fc.array(blocks, { maxLength: 2 })),
      usage: orNull(usage),
    }),
  });

  it('makes sound deltas of any events', () => {
    fc.assert(
      fc.property(first, fc.array(events, { maxLength: 12 }), (head, list) => {
        expectSound(mapped(anthropicMessages as Dialect, [head, ...list]));
      }),
      { numRuns: runs(250) },
    );
  });
});

describe('the mapper of gemini', () => {
  const json = fc.jsonValue({ maxDepth: 1 });
  const partialArgs = some({
    jsonPath: orNull(fc.constantFrom('$.a', '$.b[0]', '$.b[1].c', "$['é']", '$.__proto__.x', '$', 'a', '$.b[9]')),
    stringValue: orNull(words),
    numberValue: orNull(fc.integer()),
    boolValue: orNull(fc.boolean()),
    nullValue: fc.constant(null),
    willContinue: orNull(fc.boolean()),
  });
  const calls = some({
    id: ids,
    name: names,
    args: orNull(json),
    partialArgs: orNull(fc.array(partialArgs, { maxLength: 3 })),
    willContinue: orNull(fc.boolean()),
  });
  const parts = some({
    text: orNull(words),
    thought: orNull(fc.boolean()),
    thoughtSignature: orNull(words),
    functionCall: fc.option(calls, { nil: null, freq: 3 }),
    executableCode: fc.option(some({ code: words, language: words }), { nil: null, freq: 8 }),
    codeExecutionResult: fc.option(json, { nil: null, freq: 8 }),
    toolCall: fc.option(some({ id: ids, toolType: names, args: json }), { nil: null, freq: 8 }),
    inlineData: fc.option(some({ mimeType: fc.constantFrom('image/png', 'audio/L16'), data: words }), {
      nil: null,
      freq: 8,
    }),
    audioTranscription: fc.option(some({ text: orNull(words) }), { nil: null, freq: 8 }),
    brandNew: fc.option(json, { nil: null, freq: 8 }),
  });
  const sources = orNull(fc.array(json, { maxLength: 3 }));
  const candidates = some({
    index: indexes,
    content: orNull(some({ parts: orNull(fc.array(parts, { maxLength: 3 })) })),
    finishReason: orNull(fc.constantFrom('', 'STOP', 'MAX_TOKENS', 'SAFETY', 'FINISH_REASON_UNSPECIFIED', 'eos')),
    finishMessage: orNull(words),
    citationMetadata: orNull(some({ citations: sources, citationSources: sources })),
    groundingMetadata: orNull(some({ groundingChunks: sources, webSearchQueries: json })),
    logprobsResult: orNull(some({ chosenCandidates: fc.constant([{ token: 'a' }]), topCandidates: fc.constant([]) })),
    brandNew: json,
  });
  const chunks = some({
    candidates: orNull(fc.array(candidates, { maxLength: 3 })),
    promptFeedback: orNull(some({ blockReason: orNull(words) })),
    usageMetadata: orNull(some({ promptTokenCount: orNull(fc.nat()), thoughtsTokenCount: fc.nat() })),
    responseId: ids,
    modelVersion: orNull(words),
    error: errors,
  });

  it('makes sound deltas of any chunks', () => {
    fc.assert(
      fc.property(fc.array(chunks, { maxLength: 6 }), (list) => {
        const made = mapped(gemini, list);

        expectSound(made);
        expect(made.flatMap(({ type }, at) => (type === 'start' ? [at] : []))).toEqual(made.length > 0 ? [0] : []);
      }),
      { numRuns: runs(250) },
    );
  });
});

describe('the mapper of ollama', () => {
  const calls = some({
    id: ids,
    function: orNull(some({ name: names, arguments: fc.oneof(fc.jsonValue({ maxDepth: 1 }), words) })),
  });
  const message = {
    thinking: orNull(words),
    tool_calls: orNull(fc.array(calls, { maxLength: 2 })),
  };
  const lines = some({
    model: orNull(words),
    message: orNull(some({ ...message, content: orNull(words), images: orNull(fc.array(words, { maxLength: 1 })) })),
    ...message,
    response: orNull(words),
    image: orNull(words),
    done: orNull(fc.boolean()),
    done_reason: orNull(fc.constantFrom('', 'stop', 'length', 'load', 'eos')),
    eval_count: orNull(fc.nat()),
    total_duration: orNull(fc.nat()),
    logprobs: orNull(fc.array(fc.constant({ token: 'a', logprob: -1 }), { maxLength: 2 })),
    remote_host: orNull(words),
    brand_new: fc.jsonValue({ maxDepth: 1 }),
    error: errors,
  });

  it('makes sound deltas of any lines', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 6 }), (list) => {
        const made = mapped(ollama, list);

        expectSound(made);
        expect(made.flatMap(({ type }, at) => (type === 'start' ? [at] : []))).toEqual(made.length > 0 ? [0] : []);
      }),
      { numRuns: runs(250) },
    );
  });
});
