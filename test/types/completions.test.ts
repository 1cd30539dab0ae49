import { expectTypeOf } from 'expect-type';
import type {
  Choice,
  Citation,
  Completion,
  FinishReason,
  GrowingList,
  Part,
  ToolArgumentsError,
  ToolCall,
} from 'rxllm';

describe('ToolCall', () => {
  const read = (call: ToolCall): unknown => {
    // @ts-expect-error [ts2339] - only a complete call has arguments
    const early = (): unknown => call.arguments;
    // @ts-expect-error [ts2339] - only an invalid call has an error
    const error = (): unknown => call.error;

    switch (call.status) {
      case 'complete':
        expectTypeOf(call.arguments).toBeUnknown();
        return call.arguments;
      case 'invalid':
        expectTypeOf(call.error).toEqualTypeOf<ToolArgumentsError>();
        return call.error;
      case 'streaming':
      case 'cut-short':
        // @ts-expect-error [ts2339] - what was cut short must not be run
        expectTypeOf(call.arguments).toBeAny();
        return [early, error];
      default:
        expectTypeOf(call).toBeNever();
        return call;
    }
  };

  it('has arguments only when it is complete', () => {
    expectTypeOf<Extract<ToolCall, { readonly arguments: unknown }>['status']>().toEqualTypeOf<'complete'>();
    expectTypeOf<ToolCall['status']>().toEqualTypeOf<'streaming' | 'cut-short' | 'complete' | 'invalid'>();
    expect(read).toBeInstanceOf(Function);
  });

  it('always has its text', () => {
    expectTypeOf<ToolCall['argumentsText']>().toBeString();
    expectTypeOf<ToolCall['id']>().toBeString();
    expectTypeOf<ToolCall['executedBy']>().toEqualTypeOf<'client' | 'server'>();
  });
});

describe('Completion', () => {
  it('has a choice 0', () => {
    expectTypeOf<Completion['choices'][0]>().toEqualTypeOf<Choice>();
    expectTypeOf<Completion['choices']>().toEqualTypeOf<readonly [Choice, ...Choice[]]>();
  });

  it('has the flat fields of a choice', () => {
    expectTypeOf<Completion>().toExtend<Pick<Choice, 'text' | 'reasoning' | 'toolCalls' | 'finishReason'>>();
    expectTypeOf<Completion['finishReason']>().toEqualTypeOf<FinishReason | undefined>();
  });

  it('is read-only, down to its parts', () => {
    const change = (completion: Completion): void => {
      // @ts-expect-error [ts2540] - a snapshot stays as it is
      completion.text = '';
      // @ts-expect-error [ts2339] - so do its choices
      completion.choices.push(completion.choices[0]);
      // @ts-expect-error [ts2339] - and their parts
      completion.choices[0].parts.push({ kind: 'other', raw: 1 });
    };
    expect(change).toBeInstanceOf(Function);
  });
});

describe('Part', () => {
  it('is told apart by kind, every variant of it', () => {
    const textOf = (part: Part): unknown => {
      switch (part.kind) {
        case 'text':
          expectTypeOf(part.citations).toEqualTypeOf<GrowingList<Citation>>();
          return part.text;
        case 'reasoning':
          return part.redacted ?? part.text;
        case 'refusal':
          return part.text;
        case 'tool-call':
          expectTypeOf(part).toEqualTypeOf<ToolCall>();
          return part.argumentsText;
        case 'audio':
          return part.transcript;
        case 'tool-result':
        case 'other':
          return part.raw;
        default:
          expectTypeOf(part).toBeNever();
          return part;
      }
    };
    expect(textOf({ kind: 'refusal', text: 'No' })).toBe('No');
  });
});

describe('GrowingList', () => {
  it('is read, not written', () => {
    expectTypeOf<GrowingList<string>>().toExtend<Iterable<string>>();
    expectTypeOf<ReturnType<GrowingList<string>['toArray']>>().toEqualTypeOf<string[]>();
    expectTypeOf<ReturnType<GrowingList<string>['at']>>().toEqualTypeOf<string | undefined>();
    expectTypeOf<GrowingList<string>>().not.toHaveProperty('append');
  });
});
