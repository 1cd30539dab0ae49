import { expectTypeOf } from 'expect-type';
import {
  type ApiError,
  type Completion,
  type HttpError,
  isStreamError,
  type StreamError,
  TaggedError,
  TruncatedError,
} from 'rxllm';

describe('StreamError', () => {
  it('is told apart by its tag, every member of it', () => {
    const adviceFor = (error: StreamError): string => {
      switch (error._tag) {
        case 'HttpError':
          return String(error.status);
        case 'ContentTypeError':
          return error.contentType;
        case 'NetworkError':
          return error.phase;
        case 'ApiError':
          return error.providerMessage;
        case 'ChunkParseError':
          return error.path;
        case 'TruncatedError':
          return error.missing;
        case 'StreamTimeoutError':
          return error.phase;
        case 'AbortedError':
          return error.message;
        case 'LimitError':
          return error.option;
        case 'OutputError':
          return error.problem;
        case 'ToolError':
        case 'ModerationError':
        case 'WorkerError':
        case 'LogError':
          return error.reason;
        default:
          // `ResumeError` and others join as they come to be; then this names them.
          expectTypeOf(error).toBeNever();
          return error;
      }
    };
    expect(adviceFor(new TruncatedError())).toBe('stop-reason');
  });

  it('has what all have in common without a look at the tag', () => {
    expectTypeOf<StreamError['isRetryable']>().toBeBoolean();
    expectTypeOf<StreamError['partial']>().toEqualTypeOf<Completion | undefined>();
    expectTypeOf<StreamError>().toExtend<TaggedError>();
  });

  it('narrows to one of them', () => {
    expectTypeOf<Extract<StreamError, { readonly _tag: 'ApiError' }>>().toEqualTypeOf<ApiError>();
    expectTypeOf<Extract<StreamError, { readonly _tag: 'HttpError' }>>().toEqualTypeOf<HttpError>();
  });
});

describe('isStreamError', () => {
  it('narrows whatever was caught', () => {
    const caught: unknown = new TruncatedError();

    // @ts-expect-error [ts18046] - nothing is known of it yet
    expect(caught._tag).toBe('TruncatedError');
    if (isStreamError(caught)) expectTypeOf(caught).toEqualTypeOf<StreamError>();
  });
});

describe('withPartial', () => {
  it('keeps the class', () => {
    expectTypeOf<ReturnType<ApiError['withPartial']>>().toEqualTypeOf<ApiError>();
  });
});

describe('TaggedError', () => {
  it('needs a tag, and to be told whether it is retryable', () => {
    // @ts-expect-error [ts2654] - neither is there
    class Half extends TaggedError {}
    // @ts-expect-error [ts2511] - nor is it made by itself
    const make = (): TaggedError => new TaggedError('x');

    expect([Half, make]).toHaveLength(2);
  });
});
