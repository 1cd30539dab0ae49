import fc from 'fast-check';
import { type Completion, type Delta, encodeFrame, type FinishReason, type Part } from 'rxllm';
import { openAiResponses } from 'rxllm/openai-responses';

import { anyShape, type AnswerShape, answers } from '../../support/arbitraries.ts';
import { reduceAll } from '../../support/deltas.ts';
import { cut, utf8 } from '../../support/frames.ts';
import { decode } from '../../support/outcome.ts';
import { runs } from '../../support/thorough.ts';

const ofClient: AnswerShape = {
  ...anyShape,
  maxChoices: 1,
  kinds: ['text', 'reasoning', 'refusal', 'tool-call', 'tool-result', 'other'],
  executors: ['client'],
};
/** All that a server runs takes JSON. */
const ofServer: AnswerShape = { ...ofClient, executors: ['client', 'server'], inputs: ['json'] };

/** The reason that is read back: whether a call waits, or all is a refusal, is told by the answer itself. */
const reasonBack = ({ choices: [{ parts, refusal, finishReason = 'stop' }] }: Completion): FinishReason => {
  if (finishReason === 'length' || finishReason === 'content-filter' || finishReason === 'other') return finishReason;
  if (finishReason === 'refusal' && refusal === '') return 'content-filter';
  if (parts.some((part) => part.kind === 'tool-call' && part.executedBy === 'client')) return 'tool-calls';
  const hasText = parts.some((part) => part.kind === 'text' && part.text !== '');
  return !hasText && parts.some(({ kind }) => kind === 'refusal') ? 'refusal' : 'stop';
};

/** What goes over the wire of a part. */
const sent = (part: Part): unknown => {
  switch (part.kind) {
    case 'text':
      return [part.kind, part.text, part.citations.toArray().map(({ url, title }) => [url, title])];
    case 'refusal':
      return [part.kind, part.text];
    case 'reasoning': {
      const { encrypted_content: sealed } = (part.raw ?? {}) as { readonly encrypted_content?: string };
      return [part.kind, part.text, part.redacted ?? sealed];
    }
    case 'tool-call':
      return [part.kind, part.name, part.status, part.argumentsText, part.input, part.executedBy];
    case 'tool-result':
    case 'other': {
      const { id: _, ...raw } = part.raw as { readonly id?: unknown };
      return [part.kind, raw];
    }
    case 'audio':
      return [];
  }
};

const said = ({ id, model, usage, choices: [choice], ended }: Completion): unknown => {
  const { raw: _, ...counts } = usage ?? { raw: undefined };
  const { parts, finishReason, logprobs } = choice;
  const hasText = parts.some(({ kind }) => kind === 'text');
  const tokens = hasText ? logprobs?.content.toArray() : undefined;
  return { id, model, ended, counts, finishReason, parts: parts.map(sent), tokens };
};

const bytesOf = (deltas: readonly Delta[]): Uint8Array => {
  const encode = openAiResponses.encode();
  return utf8(
    deltas
      .flatMap((delta) => encode(delta))
      .map(encodeFrame)
      .join(''),
  );
};

const fromWhole = (completion: Completion): Completion => {
  const json: unknown = JSON.parse(JSON.stringify(openAiResponses.nonStreaming.encode(completion)));
  if (!openAiResponses.nonStreaming.response.is(json)) throw new Error('no response');
  return reduceAll(openAiResponses.nonStreaming.deltas(json));
};

const cuts = fc.array(fc.nat(), { maxLength: 10 });

describe.each([
  ['the client', ofClient],
  ['client and server', ofServer],
])('an answer with tools of %s', (_, shape) => {
  const expected = (deltas: readonly Delta[]): Completion => {
    const reason = reasonBack(reduceAll(deltas));
    return reduceAll(deltas.map((delta) => (delta.type === 'finish' ? { ...delta, reason } : delta)));
  };

  it('loses nothing that Responses has words for, however its bytes are cut', () => {
    fc.assert(
      fc.property(answers(shape), cuts, (deltas, offsets) => {
        const { tag, completion } = decode(openAiResponses, cut(bytesOf(deltas), offsets));

        expect(tag).toBe('complete');
        expect(said(completion as Completion)).toEqual(said(expected(deltas)));
      }),
      { numRuns: runs(150) },
    );
  });

  it('is the same whole as streamed', () => {
    fc.assert(
      fc.property(answers(shape), (deltas) => {
        expect(said(fromWhole(reduceAll(deltas)))).toEqual(
          said(expected(deltas.map((delta) => (delta.type === 'finish' ? { ...delta, raw: 'unknown' } : delta)))),
        );
      }),
      { numRuns: runs(150) },
    );
  });

  it('is the same again once it has been read and sent on', () => {
    fc.assert(
      fc.property(answers(shape), (deltas) => {
        const first = decode(openAiResponses, [bytesOf(deltas)]).completion as Completion;
        const read: Delta[] = [];
        const map = openAiResponses.deltas();
        const encode = openAiResponses.encode();
        for (const delta of deltas) {
          for (const frame of encode(delta)) {
            if (frame.kind === 'message') read.push(...map(JSON.parse(frame.data)));
          }
        }
        const again = decode(openAiResponses, [bytesOf([...read, { type: 'end' }])]).completion as Completion;

        // Items keep their names on the way.
        const parts = ({ choices: [choice] }: Completion): unknown => choice.parts;
        expect(JSON.stringify(parts(again))).toBe(JSON.stringify(parts(first)));
      }),
      { numRuns: runs(100) },
    );
  });
});
