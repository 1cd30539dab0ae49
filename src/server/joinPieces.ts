import type { Delta } from '../deltas/Delta.ts';

/**
 * Two pieces of one text, or of the arguments of one call, as one. Whatever writes them one by one makes the same frames of the
 * first alone and of both, but for the last, and one frame or none of each further piece.
 */
export const joinPieces = (first: Delta, second: Delta): Delta | undefined => {
  if (!('part' in first) || !('part' in second)) return undefined;
  if (first.choice !== second.choice || first.part !== second.part) return undefined;
  if (first.type === 'tool-call' && second.type === 'tool-call') {
    const { argumentsText: text = '', id, name, input, executedBy } = first;
    const { argumentsText: more = '' } = second;
    // What comes with an id or a name may begin something.
    const isMore = (second.id ?? id) === id && (second.name ?? name) === name;
    const isSame = isMore && second.input === input && second.executedBy === executedBy;
    return isSame && text !== '' && more !== '' ? { ...first, argumentsText: text + more } : undefined;
  }
  if (first.type !== second.type || !('text' in first) || !('text' in second)) return undefined;
  if (first.type === 'redact' || first.text === '' || second.text === '') return undefined;
  return { ...first, text: first.text + second.text };
};
