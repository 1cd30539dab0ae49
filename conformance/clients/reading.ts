import { leaveAfterMs } from '../catalogue/leavingCases.ts';
import type { Clocks, FaultCase } from '../faults/FaultCase.ts';
import type { Outcome, RunnableCall, Seen } from '../faults/judge.ts';
import type { CaseRunner } from '../faults/runTrials.ts';

/** Takes note of an answer on its way: after every step, and once it is said to be whole. */
export interface Notes {
  /** A piece of text; tells whether the reader is to leave its loop now. */
  readonly text: (piece: string) => boolean;
  /** What the reader takes for the answer. */
  readonly whole: (answer: Seen) => void;
  /** Where a client keeps what arrived: asked for it after an error. */
  readonly keepsPartial: (text: () => string | undefined) => void;
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

export type Read = (faultCase: FaultCase, origin: string, notes: Notes, signal: AbortSignal) => Promise<void>;

/** Runs a reader that throws when something is wrong; `isTyped` knows the errors that its client documents. */
export const reading =
  (read: Read, isTyped: (error: unknown) => boolean): CaseRunner =>
  async (faultCase, origin, outside) => {
    const shown: Seen[] = [];
    let text = '';
    let partialText = (): string | undefined => undefined;
    let hasLeft = false;
    const leave = new AbortController();
    const goAway = (): void => {
      hasLeft = true;
      leave.abort();
    };
    outside.addEventListener('abort', () => {
      leave.abort();
    });
    const timer = faultCase.leave === 'before-head' ? setTimeout(goAway, leaveAfterMs) : undefined;
    const notes: Notes = {
      text: (piece) => {
        text += piece;
        shown.push({ text, runnable: [] });
        if (text === '' || faultCase.leave === undefined || hasLeft) return false;
        if (faultCase.leave === 'in-text') goAway();
        hasLeft = true;
        return faultCase.leave === 'break';
      },
      whole: (answer) => {
        if (!hasLeft) shown.push(answer);
      },
      keepsPartial: (textOf) => {
        partialText = textOf;
      },
    };
    try {
      await read(faultCase, origin, notes, leave.signal);
      return { ending: hasLeft ? 'left' : 'complete', shown };
    } catch (error) {
      if (hasLeft) return { ending: 'left', shown };
      const kept = partialText();
      const { name, message } = error as Error;
      return {
        ending: 'error',
        shown,
        isTyped: isTyped(error),
        error: `${(error as object).constructor.name === name ? '' : `${(error as object).constructor.name} `}${name}: ${message}`,
        partial: kept === text ? { text: kept, runnable: [] } : undefined,
      } satisfies Outcome;
    } finally {
      clearTimeout(timer);
    }
  };
