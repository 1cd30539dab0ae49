/** A way from the bytes of an answer, as they were read off the network, to its text. */
export interface DecodeClient {
  /** The package that does it. */
  readonly name: string;
  decode(reads: readonly Uint8Array[]): string | Promise<string>;
}
