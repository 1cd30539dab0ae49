/** What an answer is made of: text, text with the probability of each token, or the arguments of a tool call. */
export type GrowthKind = 'text' | 'logprobs' | 'arguments';

/** A long answer, delta by delta. */
export interface GrowthFeed {
  readonly kind: GrowthKind;
  readonly deltas: number;
  /** Told before each delta is handed over, or before the first of several; throws where there is no time left. */
  passing(index: number): void;
}

/** What a client has of an answer in the end. */
export interface GrownAnswer {
  /** All that is to be kept: the memory that it takes is measured. */
  readonly held: unknown;
  readonly text: string;
}

/** A way from deltas to the answer that they amount to. */
export interface GrowthClient {
  readonly name: string;
  run(feed: GrowthFeed): Promise<GrownAnswer>;
}
