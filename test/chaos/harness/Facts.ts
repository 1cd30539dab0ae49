import type { ChaosClient, ClientFault } from './ChaosClient.ts';
import type { AnswerPlan, FaultKind, RoundPlan } from './RoundPlan.ts';

/** What kept a server or Redis from working, from when to when. */
export interface Trouble {
  readonly who: string;
  readonly kind: FaultKind | 'stood';
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What a client saw of an answer. */
export interface ClientFacts {
  readonly client: ChaosClient;
  readonly endedAtMs: number | undefined;
  readonly connections: number;
  /** For the last time. */
  readonly connectedAtMs: number;
  readonly faults: readonly { readonly fault: ClientFault; readonly text: string }[];
}

/** Records as they stand in Redis. */
export interface StoredEntry {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /** Who wrote each of its tokens, and its number. */
  readonly tokens: readonly { readonly index: number; readonly mark: string }[];
  readonly ending: string | undefined;
}

export interface AnswerFacts {
  readonly plan: AnswerPlan;
  /** The servers that wrote it, in order. */
  readonly producers: readonly string[];
  /** What the producer that began it said in the end. */
  readonly reported: string | undefined;
  readonly stopAskedAtMs: number | undefined;
  readonly isStopHeard: boolean;
  readonly clients: readonly ClientFacts[];
  readonly stored: readonly StoredEntry[];
}

export interface RoundFacts {
  readonly plan: RoundPlan;
  readonly answers: readonly AnswerFacts[];
  readonly troubles: readonly Trouble[];
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly history: readonly string[];
}
