/** A tool call that its reader would run. */
export interface RunnableCall {
  readonly name: string;
  readonly arguments: unknown;
}

/** What a reader has of an answer: its text, and the tool calls it takes for finished. */
export interface Seen {
  readonly text: string;
  readonly runnable: readonly RunnableCall[];
  /** What was counted; looked at where the right answer has it. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** The text of further choices; looked at where the right answer has some. */
  readonly others?: readonly string[] | undefined;
}

/** What a client did with an answer, in the words of no client. */
export interface Outcome {
  /** `hang` means that it had to be ended from outside, `left` that it was to be, and was. */
  readonly ending: 'complete' | 'error' | 'hang' | 'left';
  /** Every state that the reader was shown, in order; of a completed answer the last is the answer. */
  readonly shown: readonly Seen[];
  /** Whether an error is of a kind that a reader can tell from a bug. */
  readonly isTyped?: boolean;
  /** What the error is called. */
  readonly error?: string;
  /** The answer that came with the error, for clients that promise one; `missing` where it should have. */
  readonly partial?: Seen | 'missing' | undefined;
}

/** What may become of one case. */
export const verdicts = ['right', 'error', 'truncated', 'doubled', 'wrong', 'unsafe', 'untyped', 'hang'] as const;
export type Verdict = (typeof verdicts)[number];

/** How many characters must be those of an earlier place for a text to count as said again, and not as another. */
const minProbeChars = 2;
const maxProbeChars = 4;

const commonChars = (a: string, b: string): number => {
  let chars = 0;
  while (chars < a.length && a[chars] === b[chars]) chars += 1;
  return chars;
};

/** What is wrong with a text that should be a beginning of `whole`. */
const faultIn = (text: string, whole: string): 'doubled' | 'wrong' | undefined => {
  if (whole.startsWith(text)) return undefined;
  const common = commonChars(text, whole);
  const probe = text.slice(common, common + maxProbeChars);
  const saidAt = whole.indexOf(probe);
  return probe.length >= minProbeChars && saidAt >= 0 && saidAt < common ? 'doubled' : 'wrong';
};

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const isUnsafe = ({ runnable }: Seen, whole: Seen): boolean =>
  runnable.some((call) => !whole.runnable.some((meant) => isSame(call, meant))) ||
  runnable.length > whole.runnable.length;

/**
 * Judges what became of an answer whose right form is `whole`. The worst that was shown counts, whatever came of
 * it in the end: `right` and `error` (a typed one, with nothing but a beginning of the answer shown) are good, the rest is not.
 */
export const judge = (whole: Seen, outcome: Outcome): Verdict => {
  const { ending, shown, isTyped = false, partial } = outcome;
  if (ending === 'hang') return 'hang';
  const all = partial === undefined || partial === 'missing' ? shown : [...shown, partial];
  if (all.some((seen) => isUnsafe(seen, whole))) return 'unsafe';
  const faults = all.map(({ text }) => faultIn(text, whole.text));
  if (faults.includes('doubled')) return 'doubled';
  if (faults.includes('wrong')) return 'wrong';
  const last = shown.at(-1) ?? { text: '', runnable: [] };
  if (ending === 'left') return 'right';
  if (ending === 'complete') {
    if (!isSame([last.text, last.runnable], [whole.text, whole.runnable])) return 'truncated';
    const isAll = [whole.usage, whole.others].every((part, at) => !part || isSame(part, [last.usage, last.others][at]));
    return isAll ? 'right' : 'wrong';
  }
  if (partial === 'missing' || (partial !== undefined && partial.text !== last.text)) return 'wrong';
  return isTyped ? 'error' : 'untyped';
};
