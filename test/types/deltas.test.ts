import { expectTypeOf } from 'expect-type';
import { from, type Observable, of } from 'rxjs';
import {
  accumulateDelta,
  type Completion,
  decodeDeltas,
  decodeFrames,
  decodeLines,
  type Delta,
  type EndDelta,
  type FinishDelta,
  type Frame,
  lastCompletion,
  pickDeltas,
  reduceDelta,
  type StartDelta,
  type TextDelta,
  textOf,
  type ToolCallDelta,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';

const deltas = of<Delta>();

describe('what is decoded', () => {
  it('may be the body of a response, bytes in any form, or text', () => {
    const { body } = new Response('');

    expectTypeOf(from(body ?? []).pipe(decodeFrames())).toEqualTypeOf<Observable<Frame>>();
    expectTypeOf(from(body ?? []).pipe(decodeLines())).toEqualTypeOf<Observable<Frame>>();
    expectTypeOf(from(body ?? []).pipe(decodeDeltas(openAiChat))).toEqualTypeOf<Observable<Delta>>();
    expectTypeOf(of(new ArrayBuffer(1)).pipe(decodeFrames())).toEqualTypeOf<Observable<Frame>>();
    expectTypeOf(of(new DataView(new ArrayBuffer(1)), 'x').pipe(decodeFrames())).toEqualTypeOf<Observable<Frame>>();
    // @ts-expect-error [ts2345] - a number is none of these
    of(1).pipe(decodeFrames());
  });
});

describe('pickDeltas', () => {
  it('gives the variant that was named', () => {
    expectTypeOf(deltas.pipe(pickDeltas('finish'))).toEqualTypeOf<Observable<FinishDelta>>();
    expectTypeOf(deltas.pipe(pickDeltas('start'))).toEqualTypeOf<Observable<StartDelta>>();
    expectTypeOf(deltas.pipe(pickDeltas('tool-call'))).toEqualTypeOf<Observable<ToolCallDelta>>();
  });

  it('gives the union of the variants that were named', () => {
    expectTypeOf(deltas.pipe(pickDeltas('finish', 'end'))).toEqualTypeOf<Observable<FinishDelta | EndDelta>>();
  });

  it('gives text, which shares its variant with reasoning and refusals', () => {
    deltas.pipe(pickDeltas('text')).subscribe((delta) => {
      expectTypeOf(delta).not.toBeNever();
      expectTypeOf(delta.text).toBeString();
      expectTypeOf(delta).toExtend<TextDelta>();
    });
    deltas.pipe(pickDeltas('reasoning', 'refusal')).subscribe((delta) => {
      expectTypeOf(delta.text).toBeString();
    });
  });

  it('gives text beside others, told apart by type', () => {
    deltas.pipe(pickDeltas('text', 'finish')).subscribe((delta) => {
      if (delta.type === 'finish') expectTypeOf(delta.raw).toBeString();
      else expectTypeOf(delta.text).toBeString();
    });
  });

  it('takes no type that there is not', () => {
    // @ts-expect-error [ts2345] - there is no such delta
    expect(pickDeltas('texts')).toBeInstanceOf(Function);
  });
});

describe('Delta', () => {
  it('is told apart by type, every variant of it', () => {
    const nameOf = (delta: Delta): string => {
      switch (delta.type) {
        case 'start':
          return delta.model;
        case 'part-start':
          return delta.kind;
        case 'text':
        case 'reasoning':
        case 'refusal':
          return delta.text;
        case 'signature':
          return delta.signature;
        case 'citation':
          return delta.citation.url ?? '';
        case 'audio':
          return delta.transcript ?? '';
        case 'tool-call':
          return delta.name ?? '';
        case 'part-end':
          return String(delta.part);
        case 'logprobs':
          return String(delta.content.length);
        case 'finish':
          return delta.raw;
        case 'usage':
          return String(delta.usage.totalTokens);
        case 'retry':
        case 'resume':
          return delta.error._tag;
        case 'redact':
          return delta.text;
        case 'tool-running':
          return String(delta.progress);
        case 'tool-result':
          return String(delta.result);
        case 'tool-error':
          return delta.error.reason;
        case 'step-end':
          return String(delta.step);
        case 'other':
          return delta.name;
        case 'end':
          return '';
        default:
          expectTypeOf(delta).toBeNever();
          return delta;
      }
    };
    expect(nameOf({ type: 'end' })).toBe('');
  });

  it('is read-only', () => {
    const delta: Delta = { type: 'text', choice: 0, part: 0, text: 'Hi' };
    // @ts-expect-error [ts2540] - nobody changes a delta
    const change = (): string => (delta.text = 'Ho');
    expect(change).toBeInstanceOf(Function);
  });

  it('needs its choice and part where it has a place', () => {
    // @ts-expect-error [ts2322] - of which part?
    const delta: Delta = { type: 'text', choice: 0, text: 'Hi' };
    expect(delta.type).toBe('text');
  });
});

describe('the operators', () => {
  it('fit together', () => {
    expectTypeOf(deltas.pipe(textOf())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(deltas.pipe(accumulateDelta())).toEqualTypeOf<Observable<Completion>>();
    expectTypeOf(deltas.pipe(accumulateDelta(), lastCompletion())).toEqualTypeOf<Observable<Completion>>();
    expectTypeOf(reduceDelta).toEqualTypeOf<(completion: Completion | undefined, delta: Delta) => Completion>();
  });

  it('decodeFrames takes bytes, buffers and text', () => {
    expectTypeOf(of(new Uint8Array(), 'text', new ArrayBuffer(0)).pipe(decodeFrames())).toEqualTypeOf<
      Observable<Frame>
    >();
    // @ts-expect-error [ts2345] - numbers are no slices
    expect(of(1).pipe(decodeFrames())).toBeDefined();
  });

  it('take undefined for an option that is not given', () => {
    expect(decodeFrames({ maxFrameChars: undefined })).toBeInstanceOf(Function);
    expect(accumulateDelta({ maxAnswerChars: undefined, maxParts: undefined })).toBeInstanceOf(Function);
  });
});
