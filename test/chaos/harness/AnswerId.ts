/** What a server has to know of an answer to make it, or to go on with it: all of it stands in the id. */
export interface AnswerId {
  /**
   * What happens when its producer dies: `go` is gone on with by another server, `end` is lost, `decline` is lost, too, since whoever
   * takes it over has nothing to go on with.
   */
  readonly onLost: 'go' | 'end' | 'decline';
  /** Which it is: no two of a run have the same. */
  readonly name: string;
  readonly tokens: number;
  /** How long a token takes on average, in microseconds. */
  readonly paceUs: number;
}

export const writeAnswerId = ({ onLost, name, tokens, paceUs }: AnswerId): string =>
  `${onLost}-${name}-${tokens}-${paceUs}`;

/** Throws for text that is none. */
export const readAnswerId = (id: string): AnswerId => {
  const [, onLost, name, tokens, paceUs] = /^(go|end|decline)-(\w+)-(\d+)-(\d+)$/.exec(id) ?? [];
  if (name === undefined) throw new Error(`${id} is the id of no answer`);
  return { onLost: onLost as AnswerId['onLost'], name, tokens: Number(tokens), paceUs: Number(paceUs) };
};
