import { AbortedError } from './AbortedError.ts';
import { ApiError } from './ApiError.ts';
import { ChunkParseError } from './ChunkParseError.ts';
import { ContentTypeError } from './ContentTypeError.ts';
import type { ErrorJson } from './errorToJson.ts';
import { HttpError } from './HttpError.ts';
import { InvalidOptionError } from './InvalidOptionError.ts';
import { LimitError } from './LimitError.ts';
import { ModerationError } from './ModerationError.ts';
import { NetworkError } from './NetworkError.ts';
import { OutputError } from './OutputError.ts';
import { StreamTimeoutError } from './StreamTimeoutError.ts';
import { ToolArgumentsError } from './ToolArgumentsError.ts';
import { ToolError } from './ToolError.ts';
import { TruncatedError } from './TruncatedError.ts';
import { WorkerError } from './WorkerError.ts';

const byName = (): ReadonlyMap<unknown, { readonly prototype: Error }> =>
  new Map(
    Object.entries({
      AbortedError,
      ApiError,
      ChunkParseError,
      ContentTypeError,
      HttpError,
      InvalidOptionError,
      LimitError,
      ModerationError,
      NetworkError,
      OutputError,
      StreamTimeoutError,
      ToolArgumentsError,
      ToolError,
      TruncatedError,
      WorkerError,
      RangeError,
      TypeError,
    }),
  );

const isErrorJson = (value: unknown): value is ErrorJson =>
  typeof value === 'object' && value !== null && 'name' in value && 'message' in value;

/** The error that `errorToJson` was given, as far as it can be told: of its class, with its fields, thrown here. */
export const errorFromJson = (json: ErrorJson): unknown => {
  if ('thrown' in json) return json['thrown'];
  const { name, message, cause, ...fields } = json;
  const revived = Object.entries(fields).map(([key, value]) => [
    key,
    isErrorJson(value) ? errorFromJson(value) : value,
  ]);
  // A true Error, so that runtimes and loggers take it for one, made an instance of its class.
  const error = new Error(String(message), cause === undefined ? {} : { cause: errorFromJson(cause as ErrorJson) });
  const prototype = byName().get(name)?.prototype;
  if (prototype) Object.setPrototypeOf(error, prototype);
  return Object.assign(error, {
    name,
    ...Object.fromEntries(revived),
    ...(fields['_tag'] !== undefined && { partial: undefined }),
  });
};
