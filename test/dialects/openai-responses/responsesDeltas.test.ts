import fc from 'fast-check';
import type { Delta } from 'rxllm';
import { openAiResponses } from 'rxllm/openai-responses';

import { reduceAll } from '../../support/deltas.ts';
import { mapped } from '../../support/mapped.ts';
import { workedMs } from '../../support/workedMs.ts';

const created = { type: 'response.created', response: { id: 'r1', model: 'm', output: [] } };
const completed = (fields: object = {}) => ({
  type: 'response.completed',
  response: { id: 'r1', status: 'completed', ...fields },
});
const textDelta = (delta: string, place: object = { output_index: 0, content_index: 0 }) => ({
  type: 'response.output_text.delta',
  ...place,
  delta,
});
const message = (text: string, more: object = {}) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], ...more }],
});

const deltasOf = (...events: readonly object[]): readonly Delta[] => mapped(openAiResponses, events);
const textsOf = (deltas: readonly Delta[]): readonly string[] =>
  deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []));
const answerOf = (...events: readonly object[]) => reduceAll(deltasOf(created, ...events)).choices[0];

describe('responsesDeltas', () => {
  it('gives the deltas of an ordinary answer, in order', () => {
    const item = message('Hello');
    const place = { output_index: 0, item_id: 'msg_1', content_index: 0 };

    expect(
      deltasOf(
        created,
        { type: 'response.in_progress', response: { id: 'r1' } },
        { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
        { type: 'response.content_part.added', ...place, part: { type: 'output_text', text: '' } },
        textDelta('Hel', place),
        textDelta('', place),
        textDelta('lo', place),
        { type: 'response.output_text.done', ...place, text: 'Hello' },
        { type: 'response.content_part.done', ...place, part: item.content[0] },
        { type: 'response.output_item.done', output_index: 0, item },
        completed({ output: [item], usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } }),
      ).filter(({ type }) => type !== 'other'),
    ).toMatchObject([
      { type: 'start', id: 'r1', model: 'm', attempt: 1, step: 0 },
      { type: 'part-start', choice: 0, part: 0, kind: 'text' },
      { type: 'text', choice: 0, part: 0, text: 'Hel' },
      { type: 'text', choice: 0, part: 0, text: 'lo' },
      { type: 'part-end', choice: 0, part: 0 },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } },
      { type: 'finish', choice: 0, reason: 'stop', raw: 'completed' },
    ]);
  });

  describe('of a text that comes in deltas and whole', () => {
    it.each<[string, string, string]>([
      ['the same', 'Hel', 'Hel'],
      ['longer', 'Hello', 'Hello'],
      ['shorter, as sloppy servers have it', 'H', 'Hel'],
      ['empty', '', 'Hel'],
      ['another', 'Bye, all', 'Hel'],
    ])('shows each character once where the whole is %s', (_, whole, shown) => {
      expect(
        answerOf(
          textDelta('Hel'),
          { type: 'response.output_text.done', output_index: 0, content_index: 0, text: whole },
          { type: 'response.output_item.done', output_index: 0, item: message(whole) },
          completed({ output: [message(whole)] }),
        ).text,
      ).toBe(shown);
    });

    it('loses none that comes behind the end of its item', () => {
      const events = [textDelta('a'), { type: 'response.output_item.done', output_index: 0, item: message('a') }];

      expect(answerOf(...events, textDelta('b'), completed({ output: [message('ab')] })).text).toBe('ab');
    });

    it('shows citations and probabilities once, whichever event has them', () => {
      const logprobs = [
        { token: 'a', logprob: -1, bytes: [97], top_logprobs: [] },
        { token: 'b', logprob: -2, bytes: [98] },
      ];
      const annotation = (at: number) => ({ type: 'url_citation', url: `https://${at}.test/`, title: `${at}` });
      const choice = answerOf(
        { ...textDelta('a'), logprobs: logprobs.slice(0, 1) },
        { type: 'response.output_text.annotation.added', output_index: 0, content_index: 0, annotation: annotation(1) },
        { type: 'response.output_text.annotation.added', output_index: 0, content_index: 0, annotation: null },
        completed({ output: [message('ab', { logprobs, annotations: [annotation(1), null, annotation(2)] })] }),
      );

      expect(choice.logprobs?.content.toArray().map(({ token }) => token)).toEqual(['a', 'b']);
      expect(choice.parts).toMatchObject([{ kind: 'text', text: 'ab' }]);
      const [part] = choice.parts;
      expect(part?.kind === 'text' && part.citations.toArray().map(({ url }) => url)).toEqual([
        'https://1.test/',
        'https://2.test/',
      ]);
    });
  });

  describe('of items', () => {
    it('tells two of one index apart by their types', () => {
      const choice = answerOf(
        { type: 'response.reasoning_text.delta', output_index: 0, delta: 'Hm' },
        textDelta('Hi'),
        completed(),
      );

      expect(choice).toMatchObject({ reasoning: 'Hm', text: 'Hi', parts: [{ kind: 'reasoning' }, { kind: 'text' }] });
    });

    it('puts pieces without index and id where the last of their kind is', () => {
      const call = (name: string) => ({
        type: 'response.output_item.added',
        item: { type: 'function_call', name, call_id: `c_${name}`, arguments: '' },
      });
      const piece = (delta: string) => ({ type: 'response.function_call_arguments.delta', delta });
      const { toolCalls } = answerOf(call('f'), piece('{"a"'), piece(':1}'), call('g'), piece('{}'), completed());

      expect(toolCalls).toMatchObject([
        { name: 'f', id: 'c_f', argumentsText: '{"a":1}', status: 'complete' },
        { name: 'g', id: 'c_g', argumentsText: '{}', status: 'complete' },
      ]);
    });

    it('learns name and id of a call that is announced only at its end', () => {
      const item = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a":1}' };
      const { toolCalls } = answerOf(
        { type: 'response.function_call_arguments.delta', output_index: 3, item_id: 'fc_1', delta: '{"a"' },
        { type: 'response.output_item.done', output_index: 3, item },
        completed({ output: [item] }),
      );

      expect(toolCalls).toMatchObject([{ name: 'f', id: 'c1', argumentsText: '{"a":1}', raw: item }]);
    });

    it('takes arguments that are whole in the announcement, and no others to them', () => {
      const item = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a":1}' };
      const added = { type: 'response.output_item.added', output_index: 0, item };
      const piece = { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' };

      expect(answerOf(added, completed()).toolCalls).toMatchObject([{ argumentsText: '{"a":1}' }]);
      expect(answerOf(added, piece, completed()).toolCalls).toMatchObject([{ argumentsText: '{"a":1}' }]);
    });

    it('gives calls of its own server a result where their item holds one', () => {
      const search = { type: 'file_search_call', id: 'fs_1', queries: ['q'], results: [{ text: 't' }] };
      const failed = { type: 'mcp_call', id: 'mcp_1', name: 'ask', arguments: '{}', error: { type: 'http_error' } };

      expect(answerOf(completed({ output: [search, failed] })).parts).toMatchObject([
        { kind: 'tool-call', executedBy: 'server', name: 'file_search', id: 'fs_1', raw: search },
        { kind: 'tool-result', raw: search },
        { kind: 'tool-call', executedBy: 'server', name: 'ask', id: 'mcp_1', raw: failed },
        { kind: 'tool-result', raw: failed },
      ]);
    });

    it('says of which part an event is that has no word of its own', () => {
      const item = { type: 'web_search_call', id: 'ws_1' };
      const searching = { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' };

      expect(
        deltasOf(created, { type: 'response.output_item.added', output_index: 0, item }, searching).at(-1),
      ).toEqual({ type: 'other', name: searching.type, choice: 0, part: 0, raw: searching });
    });

    it.each<[string, object]>([
      ['a computer call', { type: 'computer_call', id: 'x', call_id: 'c' }],
      ['a local shell call', { type: 'local_shell_call', id: 'x', call_id: 'c' }],
      ['a shell call here', { type: 'shell_call', id: 'x', environment: { type: 'local' } }],
      ['a shell call that does not say where', { type: 'shell_call', id: 'x', environment: null }],
      ['a tool search here', { type: 'tool_search_call', id: 'x', execution: 'client' }],
      ['a patch', { type: 'apply_patch_call', id: 'x', call_id: 'c' }],
      ['an approval', { type: 'mcp_approval_request', id: 'x', name: 'f', arguments: '{}' }],
      ['a compaction', { type: 'compaction', id: 'x', encrypted_content: 's' }],
      ['a type that is a trap', { type: '__proto__', id: 'x' }],
    ])('carries %s as it is', (_, item) => {
      const choice = answerOf({ type: 'response.output_item.done', output_index: 0, item }, completed());

      expect(choice).toMatchObject({ finishReason: 'stop', parts: [{ kind: 'other', raw: item }] });
    });
  });

  describe('of reasoning', () => {
    const summary = (delta: string, summary_index: number) => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index,
      delta,
    });

    it('gives the item with the end of its part', () => {
      const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
      const first = { ...item, encrypted_content: 'g' };
      const deltas = deltasOf(
        created,
        { type: 'response.output_item.added', output_index: 0, item: first },
        { type: 'response.output_item.done', output_index: 0, item },
      );

      expect(deltas.slice(1)).toEqual([
        { type: 'part-start', choice: 0, part: 0, kind: 'reasoning', raw: first },
        { type: 'part-end', choice: 0, part: 0, raw: item },
      ]);
    });

    it('puts a blank line between the parts of a summary, also where some come whole', () => {
      const item = { type: 'reasoning', id: 'rs_1', summary: [{ text: 'One.' }, { text: '' }, { text: 'Two.' }] };
      const done = { type: 'response.output_item.done', output_index: 0, item };

      expect(answerOf(summary('On', 0), summary('e.', 0), summary('Tw', 2), done, completed()).reasoning).toBe(
        'One.\n\nTwo.',
      );
      expect(answerOf(done, completed()).reasoning).toBe('One.\n\nTwo.');
    });

    it('shows the reasoning in place of its summary', () => {
      const full = { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'In full.' };
      const item = { type: 'reasoning', id: 'rs_1', summary: [{ text: 'Short.' }], content: [{ text: 'In full.' }] };

      for (const events of [
        [summary('Short.', 0), full],
        [full, summary('Short.', 0)],
        [{ type: 'response.output_item.done', output_index: 0, item }],
        [summary('Sho', 0), { type: 'response.output_item.done', output_index: 0, item }],
      ]) {
        expect(answerOf(...events, completed({ output: [item] })).reasoning).toBe('In full.');
      }
    });
  });

  describe('of the end', () => {
    const refusal = { type: 'message', id: 'm', content: [{ type: 'refusal', refusal: 'No.' }] };
    const call = { type: 'function_call', id: 'f', call_id: 'c', name: 'f', arguments: '{}' };
    const search = { type: 'web_search_call', id: 'w', action: { type: 'search' } };

    it.each<[string, object[], string]>([
      ['stop', [message('Hi')], 'stop'],
      ['stop where its server ran a tool', [search, message('Hi')], 'stop'],
      ['tool-calls where a call waits', [message('Hi'), call], 'tool-calls'],
      ['refusal where that is all', [refusal], 'refusal'],
      ['stop where there is text as well', [message('Hi'), refusal], 'stop'],
      ['stop where there is nothing', [], 'stop'],
    ])('tells %s', (_, output, reason) => {
      expect(answerOf(completed({ output })).finishReason).toBe(reason);
    });

    it.each<[string | null, string, string]>([
      ['max_output_tokens', 'length', 'max_output_tokens'],
      ['content_filter', 'content-filter', 'content_filter'],
      ['solar_flare', 'other', 'solar_flare'],
      [null, 'other', 'incomplete'],
    ])('tells why it is incomplete: %s', (reason, neutral, raw) => {
      const details = reason === null ? null : { reason };
      const response = { id: 'r1', status: 'incomplete', incomplete_details: details, output: [call] };
      const deltas = deltasOf(created, { type: 'response.incomplete', response });

      expect(deltas.find(({ type }) => type === 'finish')).toEqual({
        type: 'finish',
        choice: 0,
        reason: neutral,
        raw,
        ...(details && { details }),
      });
      expect(reduceAll(deltas).toolCalls).toMatchObject([{ status: 'cut-short' }]);
    });

    it('comes once, whatever follows', () => {
      const deltas = deltasOf(created, textDelta('a'), completed(), completed(), created);

      expect(deltas.filter(({ type }) => type === 'finish')).toHaveLength(1);
      expect(deltas.filter(({ type }) => type === 'start')).toHaveLength(1);
    });

    it('takes in what a response that failed has, without an end', () => {
      const response = { id: 'r1', status: 'failed', output: [message('Half an ans')], usage: { output_tokens: 3 } };
      const deltas = deltasOf(created, textDelta('Half'), { type: 'response.failed', response });

      expect(textsOf(deltas)).toEqual(['Half', ' an ans']);
      expect(deltas.map(({ type }) => type)).not.toContain('finish');
      expect(reduceAll(deltas).usage).toMatchObject({ outputTokens: 3 });
    });
  });

  it('reads speech, should it come', () => {
    const choice = answerOf(
      { type: 'response.audio.transcript.delta', delta: 'Grüß' },
      { type: 'response.audio.delta', delta: 'AAAB' },
      { type: 'response.audio.delta', delta: 'AAAC' },
      { type: 'response.audio.done' },
      completed(),
    );

    expect(choice.parts).toMatchObject([{ kind: 'audio', transcript: 'Grüß' }]);
    const [part] = choice.parts;
    expect(part?.kind === 'audio' && part.data.toArray()).toEqual(['AAAB', 'AAAC']);
  });

  it('keeps what comes before the answer has a name until it has', () => {
    expect(deltasOf({ type: 'response.tomorrow' }, created).map(({ type }) => type)).toEqual(['start', 'other']);
  });

  it('takes a long text in time that grows with it alone, whole texts at its end included', () => {
    const piece = 'word '.repeat(4);
    const count = 20_000;
    const whole = piece.repeat(count);
    const place = { output_index: 0, item_id: 'm', content_index: 0 };
    const map = openAiResponses.deltas();
    const startMs = workedMs();
    map(created as never);
    for (let at = 0; at < count; at += 1) map(textDelta(piece, place) as never);
    map({ type: 'response.output_text.done', ...place, text: whole } as never);
    map({ type: 'response.output_item.done', output_index: 0, item: message(whole) } as never);
    map(completed({ output: [message(whole)] }) as never);

    expect(workedMs() - startMs).toBeLessThan(2_000);
  });

  describe('whatever the order of events', () => {
    const index = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
    const id = fc.constantFrom(undefined, null, '', 'a', 'b');
    const words = fc.constantFrom('', 'a', 'ab', 'abc', 'x', '漢');
    const place = { output_index: index, item_id: id, content_index: index, summary_index: index };
    const content = fc.oneof(
      fc.record({ type: fc.constant('output_text'), text: words }),
      fc.record({ type: fc.constant('refusal'), refusal: words }),
      fc.record({ type: fc.constant('reasoning_text'), text: words }),
      fc.record({ type: fc.constant('tomorrow') }),
    );
    const items = fc.oneof(
      fc.record({ type: fc.constant('message'), id, content: fc.array(content, { maxLength: 2 }) }),
      fc.record({
        type: fc.constant('reasoning'),
        id,
        summary: fc.array(fc.record({ text: words }), { maxLength: 2 }),
        content: fc.array(fc.record({ text: words }), { maxLength: 2 }),
      }),
      fc.record({ type: fc.constantFrom('function_call', 'mcp_call'), id, call_id: id, name: id, arguments: words }),
      fc.record({ type: fc.constant('custom_tool_call'), id, call_id: id, name: id, input: words }),
      fc.record({ type: fc.constant('code_interpreter_call'), id, code: words, outputs: fc.constant([]) }),
      fc.record({ type: fc.constantFrom('shell_call', 'web_search_call', 'x_output', 'tomorrow', ''), id }),
    );
    const kinds = ['function_call_arguments', 'custom_tool_call_input', 'mcp_call_arguments', 'output_text', 'refusal'];
    const texts = [...kinds, 'reasoning_text', 'reasoning_summary_text', 'code_interpreter_call_code'];
    const events = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          type: fc.constantFrom(...texts).map((kind) => `response.${kind}.delta`),
          ...place,
          delta: words,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constantFrom(...texts).map((kind) => `response.${kind}.done`),
          ...place,
          text: words,
          refusal: words,
          arguments: words,
          input: words,
          code: words,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constantFrom('response.output_item.added', 'response.output_item.done'),
          output_index: index,
          item: fc.option(items, { nil: null }),
        }),
      },
      fc.record({
        type: fc.constantFrom('response.content_part.added', 'response.content_part.done'),
        ...place,
        part: fc.option(content, { nil: null }),
      }),
      fc.record({
        type: fc.constantFrom('response.completed', 'response.incomplete', 'response.failed', 'response.created'),
        response: fc.option(fc.record({ id, output: fc.array(items, { maxLength: 3 }) }), { nil: null }),
      }),
      fc.record({ type: fc.constantFrom('response.tomorrow', 'response.audio.delta', 'error'), delta: words }),
    );

    it('numbers parts as they appear, ends each once, and says nothing of one that there is not', () => {
      fc.assert(
        fc.property(fc.array(events, { maxLength: 14 }), (list) => {
          const deltas = deltasOf(...list);
          const kindsOfParts: string[] = [];
          const open = new Set<number>();
          let isOver = false;
          for (const delta of deltas) {
            if (delta.type === 'part-start') {
              expect(delta.part).toBe(kindsOfParts.length);
              kindsOfParts.push(delta.kind);
              open.add(delta.part);
            } else if (delta.type === 'part-end') expect(open.delete(delta.part)).toBe(true);
            else if (delta.type === 'text' || delta.type === 'refusal' || delta.type === 'reasoning') {
              expect(delta.text).not.toBe('');
              expect(kindsOfParts[delta.part]).toBe(delta.type);
            } else if (delta.type === 'tool-call') expect(kindsOfParts[delta.part]).toBe('tool-call');
            else if (delta.type === 'finish') {
              expect([...open]).toEqual([]);
              expect(isOver).toBe(false);
              isOver = true;
            }
          }
          const starts = deltas.flatMap(({ type }, at) => (type === 'start' ? [at] : []));
          expect(starts).toEqual(deltas.length > 0 ? [0] : []);
          // So an answer can be made of them in which nothing is lost.
          const { text } = reduceAll([{ type: 'start', id: '', model: '', attempt: 1, step: 0 }, ...deltas]);
          expect(text.length).toBe(textsOf(deltas).join('').length);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  it('takes no longer for an item because of those that have ended', () => {
    const done = { type: 'response.output_item.done', item: { type: 'message' } };
    const toDeltas = openAiResponses.deltas();
    const beganMs = workedMs();
    for (let count = 0; count < 100_000; count += 1) toDeltas(done as never);

    // Looking through all of them each time takes minutes.
    expect(workedMs() - beganMs).toBeLessThan(5_000);
  });
});
