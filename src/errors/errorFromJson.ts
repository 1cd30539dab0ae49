import { AbortedError } from './AbortedError.ts';
import { ApiError } from './ApiError.ts';
import { ChunkParseError } from './ChunkParseError.ts';
import { ContentTypeError } from './ContentTypeError.ts';
import type { ErrorJson, ThrownJson } from './errorToJson.ts';
import { HttpError } from './HttpError.ts';
import { InvalidOptionError } from './InvalidOptionError.ts';
import { LimitError } from './LimitError.ts';
import { LogError } from './LogError.ts';
import { ModerationError } from './ModerationError.ts';
import { NetworkError } from './NetworkError.ts';
import { OutputError } from './OutputError.ts';
import { StreamTimeoutError } from './StreamTimeoutError.ts';
import { ToolArgumentsError } from './ToolArgumentsError.ts';
import { ToolError } from './ToolError.ts';
import { TruncatedError } from './TruncatedError.ts';
import { WorkerError } from './WorkerError.ts';

/** Every class that an error may be of: ours by tag, and the language's own, which tell of mistakes in a program. */
const classes = (): Readonly<Record<string, { readonly prototype: Error }>> => ({
  AbortedError,
  ApiError,
  ChunkParseError,
  ContentTypeError,
  HttpError,
  InvalidOptionError,
  LimitError,
  LogError,
  ModerationError,
  NetworkError,
  OutputError,
  StreamTimeoutError,
  ToolArgumentsError,
  ToolError,
  TruncatedError,
  WorkerError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
});

const revive = ({ name, message, isRenamed = false, cause, code, fields, errors = {}, stack }: ErrorJson): Error => {
  // A true Error, so that runtimes and loggers take it for one, made an instance of its class.
  const error = new Error(message, cause === undefined ? {} : { cause: errorFromJson(cause) });
  const known = isRenamed ? undefined : new Map(Object.entries(classes())).get(name);
  if (known) Object.setPrototypeOf(error, known.prototype);
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return Object.assign(error, {
    ...fields,
    ...Object.fromEntries(Object.entries(errors).map(([key, value]) => [key, errorFromJson(value)])),
    ...((isRenamed || error.name !== name) && { name }),
    ...(code !== undefined && { code }),
  });
};

/** What `errorToJson` was given, as far as it can be told: an error of its class, with its fields. */
export const errorFromJson = (json: ThrownJson): unknown => ('name' in json ? revive(json) : json.thrown);
