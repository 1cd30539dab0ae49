import type { ContextEntry, ValidationError } from 'io-ts';

import type { Dialect } from '../dialects/Dialect.ts';
import type { ApiError } from '../errors/ApiError.ts';
import { ChunkParseError } from '../errors/ChunkParseError.ts';
import type { Frame } from '../frames/Frame.ts';

/** What a frame amounts to: a chunk, an error, a chunk and the error in it, or (a comment, say) nothing. */
export interface Reading<Chunk> {
  readonly chunk?: Chunk;
  readonly error?: ApiError | ChunkParseError;
}

const excerptChars = 80;

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** The name of a codec, short: those of arrays and objects spell out all that is in them. */
const nameOf = (name: string): string => {
  if (name.startsWith('Array')) return 'an array';
  return /^[\w"]+$/.test(name) ? name : 'an object';
};

const isWrapper = ({ type }: ContextEntry): boolean =>
  ['IntersectionType', 'UnionType'].includes((type as { readonly _tag?: string })._tag ?? '');

/** Where in the data a mismatch is; members of unions and intersections have keys that are not the data's. */
const pathOf = ({ context }: ValidationError): readonly string[] =>
  context.slice(1).flatMap(({ key }, at) => (isWrapper(context[at] as ContextEntry) ? [] : [key]));

/** The deepest mismatch tells most. A union has tried all its members, so several may be wrong at one place. */
const explain = (errors: readonly ValidationError[]): { path: string; problem: string } => {
  const depth = Math.max(...errors.map((error) => pathOf(error).length));
  const deepest = errors.filter((error) => pathOf(error).length === depth);
  const path = pathOf(deepest[0] as ValidationError).join('.');
  const there = deepest.filter((error) => pathOf(error).join('.') === path);
  const expected = new Set(there.map(({ context }) => nameOf(context.at(-1)?.type.name ?? '')));
  return { path, problem: `is ${kindOf(there[0]?.value)}, expected ${[...expected].join(' or ')}` };
};

/** Reads frames of one dialect. `is` answers first, since it allocates nothing; only a no is explained. */
export const readChunk =
  <Chunk>(dialect: Pick<Dialect<never, Chunk>, 'name' | 'chunk' | 'errorIn'>): ((frame: Frame) => Reading<Chunk>) =>
  (frame) => {
    if (frame.kind === 'heartbeat') return {};
    const data = frame.kind === 'message' ? frame.data : frame.line;
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch (cause) {
      const error = dialect.errorIn(data, frame);
      if (error) return { error };
      // The standard ignores a line that is no field.
      if (frame.kind === 'stray') return {};
      const excerpt = data.length > excerptChars ? `${data.slice(0, excerptChars)}…` : data;
      const problem = `the data is not JSON: ${excerpt}`;
      return { error: new ChunkParseError({ dialect: dialect.name, frame, path: '', problem }, { cause }) };
    }
    const error = dialect.errorIn(json, frame);
    if (frame.kind === 'stray') return error ? { error } : {};
    if (dialect.chunk.is(json)) return error ? { chunk: json, error } : { chunk: json };
    if (error) return { error };
    const validation = dialect.chunk.decode(json);
    if (validation._tag === 'Right') return { chunk: validation.right };
    return { error: new ChunkParseError({ dialect: dialect.name, frame, ...explain(validation.left) }) };
  };
