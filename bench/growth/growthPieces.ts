import { seededRandom, tokens } from '../wires/tokens.ts';
import type { GrowthKind } from './GrowthClient.ts';

/** How many pieces are different; then they come again. */
export const differentPieces = 1_024;

/**
 * The pieces of an answer. Plain ASCII, of which V8 keeps a byte for each character: what is kept beside the text weighs
 * most there.
 */
const pieces = tokens(differentPieces * 2, seededRandom(1))
  .filter((token) => /^[ -~]+$/.test(token))
  .slice(0, differentPieces);

/** The piece in a place; those of arguments are inside of one string of JSON. */
export const growthPiece = (index: number, kind: GrowthKind): string => {
  const piece = pieces[index % differentPieces] ?? '';
  if (kind !== 'arguments') return piece;
  return (index === 0 ? '{"text":"' : '') + piece.replace(/["\\]/g, "'");
};

/** What the whole of an answer amounts to; arguments are cut off, so that nobody has their value beside them in the end. */
export const growthText = (deltas: number, kind: GrowthKind): string =>
  Array.from({ length: deltas }, (_, index) => growthPiece(index, kind)).join('');
