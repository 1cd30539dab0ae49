import { inspect } from 'node:util';

import {
  AbortedError,
  ApiError,
  ChunkParseError,
  ContentTypeError,
  HttpError,
  LimitError,
  NetworkError,
  type StreamError,
  StreamTimeoutError,
  TaggedError,
  TruncatedError,
} from 'rxllm';

import { reduceAll, start, text } from '../support/deltas.ts';
import { message } from '../support/frames.ts';

const url = 'http://host/';
const cause = new Error('the cause');
const partial = reduceAll([start(), text(0, 'Hi')]);
const later = reduceAll([start(), text(0, 'Hi there')]);

const all: readonly StreamError[] = [
  new HttpError({ status: 429, url, requestId: 'r1', retryAfterMs: 5 }, { cause }),
  new ContentTypeError({ contentType: 'text/html', expected: 'text/event-stream', url, bodyStart: 'x' }, { cause }),
  new NetworkError({ url, code: 'ECONNRESET', phase: 'body' }, { cause }),
  new ApiError({ message: 'Overloaded', code: 'overloaded_error', isRetryable: false }, { cause }),
  new ChunkParseError({ dialect: 'd', frame: message('{}'), path: 'a', problem: 'b' }, { cause }),
  new TruncatedError({ finishedChoices: 1, expectedChoices: 3 }, { cause }),
  new StreamTimeoutError('total', 5, { cause }),
  new AbortedError({ cause }),
  new LimitError('maxParts', 3, { cause }),
];

describe('withPartial', () => {
  it.each(all)('of $_tag is a copy of the same class that carries the answer so far', (error) => {
    const copy = error.withPartial(partial);

    expect(copy).not.toBe(error);
    expect(copy.partial).toBe(partial);
    expect(copy).toBeInstanceOf(error.constructor);
    expect(copy).toBeInstanceOf(Error);
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(error));
  });

  it.each(all)('of $_tag has all that the error had', (error) => {
    const copy = error.withPartial(partial);
    const { partial: _, ...fields } = error;

    expect(copy).toMatchObject(fields);
    expect(Object.keys(copy).sort()).toEqual(Object.keys(error).sort());
    expect(copy.message).toBe(error.message);
    expect(copy.name).toBe(error.name);
    expect(copy.cause).toBe(cause);
    expect(copy.stack).toBe(error.stack);
    expect(String(copy)).toBe(String(error));
    expect(copy.isRetryable).toBe(error.isRetryable);
  });

  it.each(all)('of $_tag leaves the error as it was', (error) => {
    const before = { ...error };
    error.withPartial(partial);

    expect(error.partial).toBeUndefined();
    expect({ ...error }).toEqual(before);
  });

  it('keeps a partial that is there already, and is the error itself then', () => {
    const copy = new TruncatedError().withPartial(partial);

    expect(copy.withPartial(later)).toBe(copy);
    expect(copy.partial).toBe(partial);
  });

  it('keeps no cause where there was none', () => {
    const errors = [new TruncatedError().withPartial(partial), new HttpError({ status: 503, url })];

    for (const error of errors) expect(inspect(error)).not.toContain('cause');
  });

  it('is an Error for the runtime, too', () => {
    const copy = new TruncatedError().withPartial(partial);

    expect(Object.prototype.toString.call(copy)).toBe('[object Error]');
    expect(inspect(copy)).toContain('TruncatedError: the stream ended before its stop reason');
    expect(Object.getOwnPropertyDescriptor(copy, 'stack')?.enumerable).toBe(false);
    expect(Object.getOwnPropertyDescriptor(copy, 'message')?.enumerable).toBe(false);
  });

  it('works for errors of one’s own, fields included', () => {
    class Mine extends TaggedError {
      readonly _tag = 'Mine';
      override readonly name = 'Mine';
      readonly isRetryable = true;
      readonly extra: number;

      constructor(extra: number) {
        super('mine');
        this.extra = extra;
      }
    }
    const copy = new Mine(7).withPartial(partial);

    expect(copy).toBeInstanceOf(Mine);
    expect(copy).toMatchObject({ _tag: 'Mine', extra: 7, partial });
  });
});
