import type { Delta, PartPlace, TokenLogprob } from '../deltas/Delta.ts';
import { LimitError } from '../errors/LimitError.ts';
import { checkOption } from '../internal/checkOption.ts';

export interface AnswerLimits {
  /** Upper bound on one answer, in UTF-16 code units; `Infinity` for none. @defaultValue 67_108_864 */
  readonly maxAnswerChars?: number | undefined;
  /** Upper bound on the parts of a choice, those of all steps together, and on the choices; `Infinity` for none. @defaultValue 10_000 */
  readonly maxParts?: number | undefined;
}

/** What an entry of a list weighs beside its text, in characters. */
const entryChars = 64;

/** How long a provider's own object is as JSON; one that nests too deep to be written is too long. */
const charsOfJson = (raw: unknown): number => {
  if (raw === undefined) return 0;
  try {
    return (JSON.stringify(raw) as string | undefined)?.length ?? 0;
  } catch {
    return Infinity;
  }
};

const charsOfLogprobs = (list: readonly TokenLogprob[]): number =>
  list.reduce((chars, { token, topLogprobs }) => {
    const others = topLogprobs.reduce((sum, other) => sum + entryChars + other.token.length, 0);
    return chars + entryChars + token.length + others;
  }, 0);

/** How many characters a delta adds to an answer. */
const charsOf = (delta: Delta): number => {
  switch (delta.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return delta.text.length;
    case 'tool-call':
      return (delta.argumentsText?.length ?? 0) + (delta.id?.length ?? 0) + (delta.name?.length ?? 0);
    case 'audio':
      return (delta.data?.length ?? 0) + (delta.transcript?.length ?? 0);
    case 'part-start':
      return (delta.redacted?.length ?? 0) + charsOfJson(delta.raw);
    case 'part-end':
      return charsOfJson(delta.raw);
    case 'redact':
      return delta.text.length;
    case 'tool-result':
      return charsOfJson(delta.result);
    case 'signature':
      return delta.signature.length;
    case 'citation':
      return entryChars + charsOfJson(delta.citation.raw);
    case 'logprobs':
      return charsOfLogprobs(delta.content) + charsOfLogprobs(delta.refusal);
    default:
      return 0;
  }
};

/** Throws once the deltas of one answer outgrow a bound, those of failed attempts left out, before anything is made of the one that does. */
export const answerLimiter = ({ maxAnswerChars = 67_108_864, maxParts = 10_000 }: AnswerLimits = {}): ((
  delta: Delta,
) => void) => {
  checkOption('bound', 'maxAnswerChars', maxAnswerChars);
  checkOption('bound', 'maxParts', maxParts);
  let chars = 0;
  let choices = new Set<number>();
  /** Where the last delta belonged: most belong where the one before did. */
  let lastChoice: number | undefined;
  let lastPart: number | undefined;
  let step = 0;
  /** How many parts of choice 0 the step under way has. */
  let parts = 0;
  /** What the steps before this one hold. */
  let earlier = { chars: 0, parts: 0 };
  const add = (more: number, choice: number | undefined, part: number | undefined): void => {
    chars += more;
    if (chars > maxAnswerChars) throw new LimitError('maxAnswerChars', maxAnswerChars);
    if (choice === lastChoice && part === lastPart) return;
    if (choice !== undefined) choices.add(choice);
    const place = part === undefined ? 0 : part + 1;
    if (place > maxParts || choices.size > maxParts) throw new LimitError('maxParts', maxParts);
    if (place > parts && choice === 0) parts = place;
    if (earlier.parts + parts > maxParts) throw new LimitError('maxParts', maxParts);
    lastChoice = choice;
    lastPart = part;
  };
  return (delta) => {
    if (delta.type === 'start') {
      if (delta.step === 0) earlier = { chars: 0, parts: 0 };
      else if (delta.step !== step) earlier = { chars, parts: earlier.parts + parts };
      ({ step } = delta);
      ({ chars } = earlier);
      parts = 0;
      choices = new Set();
      lastChoice = undefined;
    }
    // Read where nothing has another shape, which is quicker (`npm run bench -- decode`).
    if (delta.type === 'text') add(delta.text.length, delta.choice, delta.part);
    else {
      const { choice, part } = delta as Partial<PartPlace>;
      add(charsOf(delta), choice, part);
    }
  };
};
