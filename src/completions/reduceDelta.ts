import type { Delta, StartDelta } from '../deltas/Delta.ts';
import { addUsage, mergeUsage, type Usage } from '../deltas/Usage.ts';
import { changeChoice, type ChoiceDelta, joinedText } from './changeChoice.ts';
import type { Choice, Completion, Step } from './Completion.ts';
import { emptyChoice, emptyCompletion, emptyStep } from './emptyCompletion.ts';
import { cutToolCallsShort, firstPartOf, settleToolCalls } from './settleToolCalls.ts';

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** Choice 0 comes first, whatever numbers a server sends. */
const byIndex = (a: Choice, b: Choice): number => {
  if (a.index === 0 || b.index === 0) return a.index === 0 ? -1 : 1;
  return a.index - b.index;
};

const choicesWith = (choices: Completion['choices'], known: number, choice: Choice): Completion['choices'] => {
  if (known === 0 && choices.length === 1) return [choice];
  const changed = choices.slice() as [Choice, ...Choice[]];
  if (known >= 0) changed[known] = choice;
  else changed.push(choice);
  return known < 0 ? changed.sort(byIndex) : changed;
};

const withChoice = (completion: Completion, number: number, delta: ChoiceDelta): Completion => {
  const { choices } = completion;
  const firstPart = number === 0 ? firstPartOf(completion) : 0;
  // Choices nearly always stand where their number says; servers may send them in any order, with gaps.
  const known = choices[number]?.index === number ? number : choices.findIndex(({ index }) => index === number);
  const before = choices[known] ?? emptyChoice(number);
  const placed = firstPart > 0 && 'part' in delta ? { ...delta, part: firstPart + delta.part } : delta;
  const after = changeChoice(before, placed, firstPart);
  if (after === before && known >= 0) return completion;
  const changed = choicesWith(choices, known, after);
  const [{ text, reasoning, toolCalls, finishReason }] = changed;
  const { steps } = finishReason === completion.finishReason ? completion : withStep(completion, { finishReason });
  const { id, model, usage, ended, cursor } = completion;
  return { id, model, choices: changed, text, reasoning, toolCalls, finishReason, usage, steps, ended, cursor };
};

/** `completion` with something new said of the step that is under way. */
const withStep = (completion: Completion, news: Partial<Step>): Completion => {
  const steps = completion.steps.slice() as [Step, ...Step[]];
  steps[steps.length - 1] = { ...(steps.at(-1) as Step), ...news };
  return { ...completion, steps };
};

/** What a step and those before it cost. Kept, so that the steps of a long run are not added up with every report. */
const usageThrough = new WeakMap<Step, Usage | undefined>();

const sumOf = (earlier: Usage | undefined, { usage }: Step): Usage | undefined =>
  usage === undefined ? earlier : addUsage(earlier, usage);

/** Counts within a step are cumulative; those of the steps are added up. */
const withUsageOfSteps = (completion: Completion): Completion => {
  const { steps } = completion;
  const last = steps.length - 1;
  const known = steps.findLastIndex((step, at) => at < last && usageThrough.has(step));
  let usage = known < 0 ? undefined : usageThrough.get(steps[known] as Step);
  for (const step of steps.slice(known + 1, last)) {
    usage = sumOf(usage, step);
    usageThrough.set(step, usage);
  }
  return { ...completion, usage: sumOf(usage, steps[last] as Step) };
};

/** The answer with a further step begun; what an earlier attempt of that step left behind goes. */
const withStepBegun = (completion: Completion, { id, model, step }: StartDelta): Completion => {
  const [choice] = completion.choices;
  const firstPart = completion.steps.find(({ index }) => index === step)?.firstPart ?? choice.parts.length;
  const kept = { ...withoutPartsFrom(choice, firstPart), finishReason: undefined, logprobs: undefined };
  const { text, reasoning, toolCalls, finishReason } = kept;
  const earlier = completion.steps.filter(({ index }) => index < step);
  return withUsageOfSteps({
    ...completion,
    id,
    model,
    choices: [kept],
    text,
    reasoning,
    toolCalls,
    finishReason,
    steps: [...earlier, emptyStep(step, firstPart)] as unknown as Completion['steps'],
    ended: false,
  });
};

const withoutPartsFrom = (choice: Choice, firstPart: number): Choice => {
  if (firstPart >= choice.parts.length) return choice;
  const parts = choice.parts.slice(0, firstPart);
  return {
    ...choice,
    parts,
    text: joinedText(parts, 'text'),
    reasoning: joinedText(parts, 'reasoning'),
    refusal: joinedText(parts, 'refusal'),
    toolCalls: parts.filter((part) => part.kind === 'tool-call'),
  };
};

/**
 * The answer after one more delta. Pure: the completion that goes in stays as it is.
 *
 * - **Shape:** the completion so far (`undefined` at first) and a delta, to the next completion; the same
 *   object when the delta says nothing that a completion holds, or is of a kind that this version does not know
 * - **Time:** does not depend on how long the answer is; one slot per part of the choice is copied
 * - **Errors:** none
 *
 * @example Two deltas, one answer
 * ```ts
 * import { reduceDelta } from 'rxllm';
 *
 * const started = reduceDelta(undefined, { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 });
 * const completion = reduceDelta(started, { type: 'text', choice: 0, part: 0, text: 'Hi' });
 *
 * completion.text; // => 'Hi'
 * started.text; // => ''
 * ```
 *
 * @category completions
 * @since 0.1.0
 */
export function reduceDelta(completion: Completion | undefined, delta: Delta): Completion {
  const before = completion ?? emptyCompletion();
  switch (delta.type) {
    case 'start':
      return delta.step === 0 ? emptyCompletion(delta.id, delta.model) : withStepBegun(before, delta);
    case 'usage':
      return withUsageOfSteps(withStep(before, { usage: mergeUsage(before.steps.at(-1)?.usage, delta.usage) }));
    case 'end':
      return { ...settleToolCalls(before), ended: true };
    case 'other':
    case 'retry':
    case 'step-end':
      return before;
    // What was cut is asked for anew: no later stop reason may make a whole call of it.
    case 'resume':
      return cutToolCallsShort(before);
    // As below, but read where nothing has another shape, which is quicker (`npm run bench -- decode`).
    case 'text':
    case 'reasoning':
    case 'refusal':
      return isNumber(delta.choice) ? withChoice(before, delta.choice, delta) : before;
    default:
      // A relay that is newer than this may send kinds that have no place here.
      return isNumber(delta.choice) ? withChoice(before, delta.choice, delta) : before;
  }
}
