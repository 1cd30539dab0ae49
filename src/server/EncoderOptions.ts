import type { Dialect } from '../dialects/Dialect.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { type Carry, carriedDeltas } from '../pipeline/carriedDeltas.ts';
import type { CallsShown } from './PlainAnswer.ts';

/** What the encoders for other providers' clients have in common. */
export interface EncoderOptions {
  /**
   * The dialect that the answer is read in. What it has beyond the common words goes out, too: as it is where the client reads
   * the same dialect, else in fields with the dialect's name. @defaultValue unknown: nothing but common words goes out
   */
  readonly from?: Pick<Dialect, 'name'> | undefined;
  /**
   * When the client is shown calls of its tools. `whole`: once it is known that it is to run them, behind the rest of the
   * answer; those that `runTools` runs here are left out. `live`: piece by piece, for answers none of whose tools is run
   * here; where one is after all, the response ends with an error. @defaultValue 'whole'
   */
  readonly toolCalls?: CallsShown | undefined;
}

/** The options with their defaults, for a protocol; throws `InvalidOptionError` on a mistake. */
export const plainOptions = (
  to: Pick<Dialect, 'name'>,
  { from, toolCalls = 'whole' }: EncoderOptions,
): { readonly carry: Carry; readonly callsShown: CallsShown } => {
  checkOneOf('toolCalls', toolCalls, ['whole', 'live']);
  return { carry: carriedDeltas(from ?? { name: '' }, to, from ? 'keep' : 'drop'), callsShown: toolCalls };
};
