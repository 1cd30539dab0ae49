/** What flows between two operators. */
export type Kind = 'frames' | 'chunks' | 'deltas' | 'lists of deltas' | 'completions' | 'texts';
