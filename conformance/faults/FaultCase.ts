import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { ReceivedRequest } from '../../src/testing/fakeProvider.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { deltasOf, type FaultAnswer } from './FaultAnswer.ts';

/** How rxllm is told to deal with faults. */
export const modes = ['plain', 'retry', 'resume'] as const;
export type Mode = (typeof modes)[number];

/** What a case must come to; `either` where it depends on what the network does with bytes that were sent. */
export type Expected = 'right' | 'error' | 'either';

/** Short where a case waits for one to ring, in milliseconds. */
export interface Clocks {
  readonly connectMs: number;
  /** Without any byte. */
  readonly silenceMs: number;
  /** Without any of the answer. */
  readonly stallMs: number;
}

export const patience: Clocks = { connectMs: 8_000, silenceMs: 8_000, stallMs: 8_000 };

/** Whether a case waits for a clock. */
export const hasClock = ({ clocks }: Pick<FaultCase, 'clocks'>): boolean =>
  clocks.connectMs < patience.connectMs || clocks.silenceMs < patience.silenceMs || clocks.stallMs < patience.stallMs;

/** One answer, one fault, and what should become of it. */
export interface FaultCase {
  /** Names the case to the server; unique within a run. */
  readonly id: string;
  /** What goes wrong; cases of a kind are counted together. */
  readonly kind: string;
  readonly dialect: Dialect;
  readonly answer: FaultAnswer;
  /** Makes the reply to the request `count` (from 0) go wrong; `way` tells how a further one asks for the rest. */
  readonly break: (reply: Reply, count: number, way: Way) => Reply;
  /** How much of what was said the server repeats when it is asked to go on. */
  readonly overlapChars: number;
  readonly clocks: Clocks;
  readonly expected: Readonly<Record<Mode, Expected>>;
  /** Where the reader leaves by itself: before the response's head, or at the first text, by its signal or its loop. */
  readonly leave?: 'before-head' | 'in-text' | 'break' | undefined;
  /** How many choices the request asks for. @defaultValue 1 */
  readonly choices?: number | undefined;
}

/** What a request wants: the answer, the rest of one that begins like this, or the same in words. */
export type Way = 'begin' | 'prefill' | 'ask';

interface Message {
  readonly role: string;
  readonly content: string;
}

/** Reads off a request how far the client had got. */
const askedIn = (body: unknown): { readonly way: Way; readonly said: string } => {
  const { messages = [] } = body as { messages?: readonly Message[] };
  const last = messages.at(-1);
  const before = messages.at(-2);
  if (last?.role === 'assistant') return { way: 'prefill', said: last.content };
  if (before?.role === 'assistant') return { way: 'ask', said: before.content };
  return { way: 'begin', said: '' };
};

export const caseHeader = 'x-fault-case';

/** Answers the requests of all cases, each told by its header; remembers how many each has sent. */
export class CaseServer {
  readonly #cases = new Map<string, { readonly faultCase: FaultCase; count: number }>();

  add(faultCase: FaultCase): void {
    this.#cases.set(faultCase.id, { faultCase, count: 0 });
  }

  /** How many requests a case has sent. */
  countOf(id: string): number {
    return this.#cases.get(id)?.count ?? 0;
  }

  clear(): void {
    this.#cases.clear();
  }

  readonly reply = ({ headers, body }: ReceivedRequest): Reply => {
    const known = this.#cases.get(headers[caseHeader] ?? '');
    if (!known) return { status: 404, error: { message: 'no such case', code: 'not_found_error' } };
    const { faultCase, count } = known;
    known.count += 1;
    const { way, said } = askedIn(body);
    // A model that was handed a beginning goes on with it; one that was asked may repeat some.
    const from = way === 'ask' ? Math.max(0, said.length - faultCase.overlapChars) : said.length;
    // Without keep-alive an open socket is an answer under way, or a leak.
    const reply: Reply = { deltas: deltasOf(faultCase.answer, from), headers: { connection: 'close' } };
    return faultCase.break(reply, count, way);
  };
}
