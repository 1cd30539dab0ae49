import { asSchema, readUIMessageStream, type UIMessage, type UIMessageChunk, uiMessageChunkSchema } from 'ai';
import fc from 'fast-check';
import { type Delta, type MessageFrame, NetworkError, ToolError } from 'rxllm';
import { encodeUiMessageStream, type EncodeUiMessageStreamOptions } from 'rxllm/server';

import { anyDeltas, anyShape, answers } from '../support/arbitraries.ts';
import {
  call,
  citation,
  end,
  finish,
  other,
  partEnd,
  partStart,
  reasoning,
  redact,
  reduceAll,
  refusal,
  signature,
  start,
  stepEnd,
  text,
  textPart,
  toolRun,
  usage,
} from '../support/deltas.ts';
import { framesOf, logOf, type SourceEnd } from './encodeReading.ts';
import { runs } from './encodeRuns.ts';

type Part = Readonly<Record<string, unknown>>;

const schema = asSchema(uiMessageChunkSchema);

const partsIn = (frames: readonly MessageFrame[]): readonly Part[] =>
  frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data) as Part);

/** The message that the client's own code makes of the parts; throws what it throws. */
const messageOf = async (parts: readonly Part[]): Promise<UIMessage> => {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const part of parts) controller.enqueue(part as UIMessageChunk);
      controller.close();
    },
  });
  let message: UIMessage = { id: '', role: 'assistant', parts: [] };
  for await (const next of readUIMessageStream({ stream, terminateOnError: true })) message = next;
  return structuredClone(message);
};

const textIn = ({ parts }: UIMessage): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

const encoded = async (
  deltas: readonly Delta[],
  ending: SourceEnd = 'complete',
  options: EncodeUiMessageStreamOptions = {},
): Promise<readonly (Part | '[DONE]')[]> => {
  const frames = await framesOf(await logOf(deltas, ending), encodeUiMessageStream(options));
  return frames.map(({ data }) => (data === '[DONE]' ? data : (JSON.parse(data) as Part)));
};

const opening = [{ type: 'start', messageId: 'resp_1' }, { type: 'start-step' }];
const closing = [{ type: 'finish-step' }, { type: 'finish', finishReason: 'stop' }, '[DONE]'];
const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });

describe('encodeUiMessageStream', () => {
  it('writes parts that the client takes, whatever the deltas', async () => {
    const logs = fc.oneof(
      answers(anyShape),
      runs('always'),
      fc.array(anyDeltas, { maxLength: 16 }).map((deltas): readonly Delta[] => deltas),
    );
    const ends = fc.constantFrom<SourceEnd>('complete', 'error', 'stopped');
    await fc.assert(
      fc.asyncProperty(logs, ends, sizes, async (deltas, ending, taken) => {
        const frames = await framesOf(await logOf(deltas, ending), encodeUiMessageStream(), { sizes: taken });
        const parts = partsIn(frames);
        for (const part of parts) {
          expect(await schema.validate?.(part)).toMatchObject({ success: true });
        }
        const isError = parts.at(-1)?.['type'] === 'error';
        const sound = isError ? parts.slice(0, -1) : parts;

        await messageOf(sound);
        // No ending without a word for it, and none that is not one.
        expect(frames.at(-1)?.data === '[DONE]').toBe(!isError);
      }),
      { numRuns: 200 },
    );
  });

  it('says what the completion says, over steps and attempts', async () => {
    await fc.assert(
      fc.asyncProperty(runs('always'), sizes, async (deltas, taken) => {
        const frames = await framesOf(await logOf(deltas), encodeUiMessageStream(), { sizes: taken });
        const parts = partsIn(frames);
        const message = await messageOf(parts);
        const completion = reduceAll(deltas);
        const reasoned = message.parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
        const outputs = message.parts.flatMap((part) =>
          'state' in part && part.state === 'output-available' ? [part.output] : [],
        );
        const done = completion.toolCalls.flatMap(({ run, status }) =>
          run?.status === 'done' && status === 'complete' ? [run.result] : [],
        );

        expect(textIn(message)).toBe(completion.text);
        expect(reasoned).toBe(completion.reasoning);
        expect(outputs).toEqual(done);
        expect(parts.filter(({ type }) => type === 'start-step')).toHaveLength(completion.steps.length);
      }),
      { numRuns: 150 },
    );
  });

  it('writes a history in about a frame for each part', async () => {
    const pieces = Array.from({ length: 300 }, (_, at) => `word ${at} `);
    const log = await logOf([start(), ...textPart(0, pieces), finish('stop'), end]);
    const frames = await framesOf(log, encodeUiMessageStream(), { sizes: [512] });

    expect(frames).toHaveLength(8);
    expect(textIn(await messageOf(partsIn(frames)))).toBe(pieces.join(''));
  });

  it('shows text, refusals as text, reasoning with its seal, and sources', async () => {
    const deltas = [
      start(),
      partStart(0, 'reasoning'),
      reasoning(0, 'Hm'),
      signature(0, 'sealed'),
      partEnd(0),
      partStart(1, 'text'),
      text(1, 'Hi'),
      citation(1, { url: 'https://a.test', title: 'A' }),
      citation(1, { title: 'no address' }),
      partEnd(1),
      refusal(2, 'No'),
      other('x', { secret: 1 }),
      finish('stop'),
      end,
    ];
    const shown = [
      { type: 'text-start', id: '0.1' },
      { type: 'text-delta', id: '0.1', delta: 'Hi' },
      { type: 'source-url', sourceId: '0.1.1', url: 'https://a.test', title: 'A' },
      { type: 'text-end', id: '0.1' },
      { type: 'text-start', id: '0.2' },
      { type: 'text-delta', id: '0.2', delta: 'No' },
      { type: 'text-end', id: '0.2' },
    ];

    expect(await encoded(deltas)).toEqual([
      ...opening,
      { type: 'reasoning-start', id: '0.0' },
      { type: 'reasoning-delta', id: '0.0', delta: 'Hm' },
      { type: 'reasoning-end', id: '0.0', providerMetadata: { rxllm: { signature: 'sealed' } } },
      ...shown,
      ...closing,
    ]);
    expect(await encoded(deltas, 'complete', { includeReasoning: false, includeSources: false })).toEqual([
      ...opening,
      ...shown.filter(({ type }) => type !== 'source-url'),
      ...closing,
    ]);
  });

  it('keeps what seals reasoning that is not shown', async () => {
    const deltas = [start(), partStart(0, 'reasoning', { redacted: 'gAAA' }), partEnd(0), finish('stop'), end];

    expect(await encoded(deltas)).toEqual([
      ...opening,
      { type: 'reasoning-start', id: '0.0' },
      { type: 'reasoning-end', id: '0.0', providerMetadata: { rxllm: { redacted: 'gAAA' } } },
      ...closing,
    ]);
  });

  it('tells what the answer cost, where it is asked to, of all steps', async () => {
    const deltas = [
      start(),
      usage({ inputTokens: 1, outputTokens: 2 }),
      usage({ outputTokens: 3 }),
      finish('pause'),
      stepEnd(0),
      start('a1', 'm', 1),
      usage({ inputTokens: 10, outputTokens: 20, raw: { secret: 1 } }),
      finish('length'),
      stepEnd(1),
      end,
    ];

    expect((await encoded(deltas, 'complete', { includeUsage: true })).at(-2)).toEqual({
      type: 'finish',
      finishReason: 'length',
      messageMetadata: { usage: { inputTokens: 11, outputTokens: 23 } },
    });
    expect((await encoded(deltas)).at(-2)).toEqual({ type: 'finish', finishReason: 'length' });
  });

  describe('shows tool calls', () => {
    const calling = [
      start(),
      partStart(0, 'tool-call'),
      call(0, { id: 'c1', name: 'f' }),
      call(0, { argumentsText: '{"a"' }),
      call(0, { argumentsText: ':1}' }),
      partEnd(0),
      finish('tool-calls'),
    ];
    const input = [
      { type: 'tool-input-start', toolCallId: 'c1', toolName: 'f' },
      { type: 'tool-input-delta', toolCallId: 'c1', inputTextDelta: '{"a"' },
      { type: 'tool-input-delta', toolCallId: 'c1', inputTextDelta: ':1}' },
    ];
    const available = { type: 'tool-input-available', toolCallId: 'c1', toolName: 'f', input: { a: 1 } };

    it('for the client to run, once they are whole', async () => {
      expect(await encoded([...calling, end])).toEqual([
        ...opening,
        ...input,
        available,
        { type: 'finish-step' },
        { type: 'finish', finishReason: 'tool-calls' },
        '[DONE]',
      ]);
    });

    it('with what comes of them, where they are run here', async () => {
      const deltas = [
        ...calling,
        toolRun(0, {}),
        toolRun(0, { progress: 'half' }),
        toolRun(0, { result: undefined }),
        stepEnd(0),
        start('a2', 'm', 1),
        text(0, 'Done'),
        finish('stop'),
        stepEnd(1),
        end,
      ];

      expect(await encoded(deltas)).toEqual([
        ...opening,
        ...input,
        available,
        { type: 'tool-output-available', toolCallId: 'c1', output: 'half', preliminary: true },
        { type: 'tool-output-available', toolCallId: 'c1', output: null },
        { type: 'finish-step' },
        { type: 'start-step' },
        { type: 'text-start', id: '1.0' },
        { type: 'text-delta', id: '1.0', delta: 'Done' },
        { type: 'text-end', id: '1.0' },
        ...closing,
      ]);
    });

    it('with why they gave nothing, in words that tell nothing of the inside', async () => {
      const fields = { toolName: 'f', callId: 'c1', problem: 'connect ECONNREFUSED 10.0.0.1' };
      const failed = await encoded([
        ...calling,
        toolRun(0, { error: new ToolError({ reason: 'failed', ...fields }) }),
        stepEnd(0),
        end,
      ]);
      const denied = await encoded([
        ...calling,
        toolRun(0, { error: new ToolError({ reason: 'denied', ...fields }) }),
        stepEnd(0),
        end,
      ]);

      expect(failed).toContainEqual({ type: 'tool-output-error', toolCallId: 'c1', errorText: 'it failed' });
      expect(denied).toContainEqual({ type: 'tool-output-error', toolCallId: 'c1', errorText: 'it was not approved' });
    });

    it('that are cut off or no JSON as errors, which nobody runs', async () => {
      const cut = await encoded([...calling.slice(0, 4), finish('length'), end]);
      const wrong = await encoded([...calling.slice(0, 4), finish('tool-calls'), end]);
      const error = { type: 'tool-input-error', toolCallId: 'c1', toolName: 'f', input: '{"a"' };

      expect(cut).toContainEqual({ ...error, errorText: 'the answer ended before it was whole' });
      expect(wrong).toContainEqual({ ...error, errorText: 'its input is not JSON' });
    });

    it('that a resumption cuts off as errors, and those that are asked for anew', async () => {
      const resume: Delta = {
        type: 'resume',
        resumption: 1,
        delayMs: 1,
        error: new NetworkError({ url: 'http://10.0.0.1/v1', code: 'ECONNRESET', phase: 'body' }),
      };
      const parts = await encoded([
        ...calling.slice(0, 4),
        resume,
        partStart(1, 'tool-call'),
        call(1, { id: 'c1', name: 'f', argumentsText: '{"a":1}' }),
        finish('tool-calls'),
        end,
      ]);

      expect(parts.map((part) => (part as Part)['type'])).toEqual([
        'start',
        'start-step',
        'tool-input-start',
        'tool-input-delta',
        'tool-input-error',
        'tool-input-start',
        'tool-input-delta',
        'tool-input-available',
        'finish-step',
        'finish',
        undefined,
      ]);
      expect(parts.at(-4)).toEqual({ ...available, toolCallId: 'c1_2' });
    });

    it('of the provider as such, with its results', async () => {
      const raw = { type: 'web_search_tool_result', content: [1] };
      const parts = await encoded([
        start(),
        call(0, { id: 's1', name: 'web_search', argumentsText: '{}', executedBy: 'server' }),
        partEnd(0),
        partStart(1, 'tool-result', { raw }),
        partEnd(1),
        finish('stop'),
        end,
      ]);
      const providerExecuted = true;

      expect(parts).toContainEqual({
        type: 'tool-input-start',
        toolCallId: 's1',
        toolName: 'web_search',
        providerExecuted,
      });
      expect(parts).toContainEqual({ type: 'tool-output-available', toolCallId: 's1', output: raw, providerExecuted });
    });

    it('under ids of their own, with input that is text as such', async () => {
      const parts = await encoded([
        start(),
        call(0, { name: 'f', argumentsText: 'SELECT', input: 'text' }),
        call(1, { name: 'f', argumentsText: '1', input: 'text' }),
        finish('tool-calls'),
        end,
      ]);
      const starts = parts.filter((part) => (part as Part)['type'] === 'tool-input-start');

      expect(starts).toEqual([
        { type: 'tool-input-start', toolCallId: 'call_resp_1', toolName: 'f', inputEncoding: 'text' },
        { type: 'tool-input-start', toolCallId: 'call_resp_1_2', toolName: 'f', inputEncoding: 'text' },
      ]);
      expect(parts).toContainEqual({
        type: 'tool-input-available',
        toolCallId: 'call_resp_1',
        toolName: 'f',
        input: 'SELECT',
      });
    });
  });

  describe('takes back', () => {
    it('what a new attempt of a step makes void, and no more', async () => {
      const parts = await encoded([
        start(),
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        finish('tool-calls'),
        toolRun(0, { result: 1 }),
        stepEnd(0),
        start('a2', 'm', 1),
        text(0, 'Wrong'),
        start('a3', 'm', 1, 2),
        text(0, 'Right'),
        finish('stop'),
        stepEnd(1),
        end,
      ]);
      const message = await messageOf(parts.filter((part): part is Part => part !== '[DONE]'));

      expect(textIn(message)).toBe('Right');
      expect(message.parts.map(({ type }) => type)).toEqual(['step-start', 'tool-f', 'step-start', 'text']);
    });

    it('nothing where nothing was shown', async () => {
      expect(
        await encoded([start(), partStart(0, 'text'), start('a2', 'm', 0, 2), text(0, 'Hi'), finish('stop'), end]),
      ).toEqual([
        ...opening,
        { type: 'text-start', id: '0.0' },
        { type: 'text-delta', id: '0.0', delta: 'Hi' },
        { type: 'text-end', id: '0.0' },
        ...closing,
      ]);
    });

    it('text that is redacted, and says the rest of the step again', async () => {
      const parts = await encoded([
        start(),
        ...textPart(0, ['Before']),
        partStart(1, 'text'),
        text(1, 'A secret'),
        redact(1, 2, '[removed]'),
        text(1, ' more'),
        partEnd(1),
        finish('stop'),
        end,
      ]);
      const message = await messageOf(parts.filter((part): part is Part => part !== '[DONE]'));

      expect(parts).toContainEqual({ type: 'reset-step' });
      expect(message.parts).toMatchObject([
        { type: 'step-start' },
        { type: 'text', text: 'Before', state: 'done' },
        { type: 'text', text: 'A [removed] more', state: 'done' },
      ]);
    });

    it('a step with calls, which keep their ids', async () => {
      const called = call(0, { id: 'c1', name: 'f', argumentsText: '{"a":1}' });
      const redacted = [
        start(),
        called,
        text(1, 'A secret'),
        redact(1, 0, 'B'),
        finish('tool-calls'),
        toolRun(0, { result: 1 }),
      ];
      const retried = [
        start(),
        called,
        start('a2', 'm', 0, 2),
        called,
        text(1, 'B'),
        finish('tool-calls'),
        toolRun(0, { result: 1 }),
      ];
      for (const deltas of [redacted, retried]) {
        const parts = await encoded([...deltas, stepEnd(0), end]);
        const message = await messageOf(parts.filter((part): part is Part => part !== '[DONE]'));

        expect(message.parts).toMatchObject([
          { type: 'step-start' },
          { type: 'tool-f', toolCallId: 'c1', state: 'output-available', input: { a: 1 }, output: 1 },
          { type: 'text', text: 'B' },
        ]);
      }
    });

    it('nothing where a redaction only adds', async () => {
      const parts = await encoded([start(), text(0, 'A'), redact(0, 1, 'B'), finish('stop'), end]);

      expect(parts).not.toContainEqual({ type: 'reset-step' });
      expect(parts).toContainEqual({ type: 'text-delta', id: '0.0', delta: 'B' });
    });

    it('steps that are over never: that is an error', async () => {
      const parts = await encoded([
        start(),
        text(0, 'One'),
        stepEnd(0),
        start('a2', 'm', 1),
        start('a3'),
        text(0, 'Two'),
        end,
      ]);

      expect(parts.at(-1)).toEqual({
        type: 'error',
        errorText: 'the answer began afresh, and what was shown of it is void',
      });
    });
  });

  describe('ends', () => {
    const begun = [start(), partStart(0, 'text'), text(0, 'Hi')];

    it('with what went wrong, and no mark of an end, where the answer is not whole', async () => {
      const cut = await encoded(begun);
      const failed = await encoded(begun, 'error');

      expect(cut.at(-1)).toEqual({ type: 'error', errorText: 'the answer of the provider was cut short' });
      expect(failed.at(-1)).toEqual({ type: 'error', errorText: 'the answer could not be made' });
      expect(await encoded([])).toEqual([cut.at(-1)]);
    });

    it('with an abort where it was stopped', async () => {
      expect(await encoded(begun, 'stopped')).toEqual([
        ...opening,
        { type: 'text-start', id: '0.0' },
        { type: 'text-delta', id: '0.0', delta: 'Hi' },
        { type: 'text-end', id: '0.0' },
        { type: 'finish-step' },
        { type: 'abort', reason: 'the user left' },
        '[DONE]',
      ]);
      expect(await encoded([], 'stopped')).toEqual([{ type: 'abort', reason: 'the user left' }, '[DONE]']);
    });

    it('a stopped answer with a step of no calls, so that no client sends their results by itself', async () => {
      const parts = await encoded(
        [
          start(),
          call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
          finish('tool-calls'),
          toolRun(0, { result: 1 }),
        ],
        'stopped',
      );

      expect(parts.slice(-5)).toEqual([
        { type: 'finish-step' },
        { type: 'start-step' },
        { type: 'finish-step' },
        { type: 'abort', reason: 'the user left' },
        '[DONE]',
      ]);
    });
  });
});
