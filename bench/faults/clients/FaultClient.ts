import type { Clocks, FaultCase } from '../FaultCase.ts';
import type { Outcome, RunnableCall, Seen } from '../judge.ts';
import type { CaseRunner } from '../runTrials.ts';

/** A client as somebody uses it. */
export interface FaultClient {
  /** The package, what is called and how: `openai create`. */
  readonly name: string;
  /** The dialect that it speaks. */
  readonly dialect: string;
  readonly run: CaseRunner;
}

/** Takes note of an answer on its way: after every step, and once it is said to be whole. */
export interface Notes {
  readonly text: (piece: string) => void;
  /** What the reader takes for the answer. */
  readonly whole: (answer: Seen) => void;
}

/** What a client that knows one clock is told, in milliseconds: the shortest of those a case has. */
export const timeoutMs = ({ connectMs, silenceMs, stallMs }: Clocks): number => Math.min(connectMs, silenceMs, stallMs);

/** Calls whose arguments are JSON: these an application would run. */
export const parsedCalls = (
  calls: readonly { readonly name: string; readonly arguments: string }[],
): readonly RunnableCall[] =>
  calls.flatMap((call) => {
    try {
      return [{ name: call.name, arguments: JSON.parse(call.arguments) as unknown }];
    } catch {
      return [];
    }
  });

/** Runs a reader that throws when something is wrong; any error counts as one that says so. */
export const reading =
  (read: (faultCase: FaultCase, origin: string, notes: Notes, signal: AbortSignal) => Promise<void>): CaseRunner =>
  async (faultCase, origin, signal) => {
    const shown: Seen[] = [];
    let text = '';
    const notes: Notes = {
      text: (piece) => {
        text += piece;
        shown.push({ text, runnable: [] });
      },
      whole: (answer) => shown.push(answer),
    };
    try {
      await read(faultCase, origin, notes, signal);
      return { ending: 'complete', shown };
    } catch (error) {
      return { ending: 'error', shown, isTyped: true, error: (error as Error).name } satisfies Outcome;
    }
  };
