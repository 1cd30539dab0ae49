/** A whole answer as a server sends it. */
export interface Recording {
  /** One item per event, its framing included. */
  readonly events: readonly Uint8Array[];
  /** What a client must make of it. */
  readonly text: string;
}

/** What the clients below a dialect need to know of a provider's format. */
export interface Wire {
  readonly name: string;
  /** An answer of so many pieces of text; the same one every time. */
  record(contentChunks: number): Recording;
  /** What an event's JSON adds to the text. */
  pieceIn(json: unknown): string;
}
