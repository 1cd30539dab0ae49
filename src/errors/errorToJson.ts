import { InvalidOptionError } from './InvalidOptionError.ts';
import { TaggedError } from './TaggedError.ts';

/** An error as plain data. */
export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  /** Whether the name was given to it, so that it tells nothing of its class. */
  readonly isRenamed?: boolean | undefined;
  readonly cause?: ThrownJson | undefined;
  /** The system's word for it, as errors of networks have. */
  readonly code?: string | undefined;
  /** What one of our own errors has besides; `errors` are those of its fields that are errors themselves. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  readonly errors?: Readonly<Record<string, ThrownJson>> | undefined;
  /** Of errors that are not ours: they tell of a mistake in a program, and where it is. */
  readonly stack?: string | undefined;
}

/** Whatever was thrown, as plain data. */
export type ThrownJson = ErrorJson | { readonly thrown: unknown };

const maxDepth = 5;

/** Errors of another realm are no `instanceof Error` here. */
const isError = (value: unknown): value is Error & { readonly code?: unknown } =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Error).name === 'string' &&
  typeof (value as Error).message === 'string';

const isPlain = (value: unknown): boolean => value === null || !['object', 'function', 'symbol'].includes(typeof value);

const fieldsOf = (error: object, depth: number): Pick<ErrorJson, 'fields' | 'errors'> => {
  // The answer so far is known where the error goes, too; a cause goes its own way.
  const own = Object.entries({ ...error, ...('partial' in error && { partial: undefined }) });
  return {
    fields: Object.fromEntries(own.filter(([, value]) => !isError(value))),
    errors: Object.fromEntries(
      own.filter(([, value]) => isError(value)).map(([key, value]) => [key, errorToJson(value, depth + 1)]),
    ),
  };
};

/**
 * What was thrown as plain data, for another thread; `errorFromJson` is the way back. The stack of our own errors stays where it
 * is, since it names files that nobody there can open.
 */
export const errorToJson = (error: unknown, depth = 0): ThrownJson => {
  if (!isError(error)) return { thrown: isPlain(error) ? error : String(error) };
  const { name, message, cause, code, stack } = error;
  return {
    name,
    message,
    ...(cause !== undefined && depth < maxDepth && { cause: errorToJson(cause, depth + 1) }),
    // Others have tags, too, and fields that are no data.
    ...(error instanceof TaggedError || error instanceof InvalidOptionError
      ? fieldsOf(error, depth)
      : { isRenamed: Object.hasOwn(error, 'name'), code: typeof code === 'string' ? code : undefined, stack }),
  };
};
