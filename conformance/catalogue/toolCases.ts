import type { Dialect } from '../../src/dialects/Dialect.ts';
import { answer as answerDeltas } from '../../src/testing/answer.ts';
import type { FinishReason } from '../../src/deltas/FinishReason.ts';
import { everRight } from '../faults/expectations.ts';
import type { FaultAnswer } from '../faults/FaultAnswer.ts';
import { caseOf } from '../faults/faultKinds.ts';
import { type CaseGroup, type ConformanceCase, hasArgumentsText } from './ConformanceCase.ts';

/** A call whose arguments do not parse; whoever runs it runs something that the model did not ask for. */
const cutCall = (id: string, title: string, finishReason: FinishReason): ConformanceCase => {
  const calls = [{ id: 'call_1', name: 'weather', arguments: ['{"city":', '"Zür'] }];
  const answer: FaultAnswer = { name: id, pieces: ['Wait. '], calls, whole: { text: 'Wait. ', runnable: [] } };
  const deltas = answerDeltas({ text: ['Wait. '], toolCalls: calls, finishReason, id: 'a', model: 'm' });
  return {
    id,
    title,
    bar: 'honest',
    trials: (dialect: Dialect) =>
      hasArgumentsText(dialect)
        ? [
            caseOf({
              kind: id,
              dialect,
              answer,
              times: Infinity,
              break: (whole) => ({ ...whole, deltas }),
              expected: everRight,
            }),
          ]
        : [],
  };
};

export const toolCases: CaseGroup = {
  title: 'Tool calls that must not run',
  intro:
    'The stream ends in good order, and the arguments of its call are cut all the same. `right` means that the text was handed ' +
    'out and the call was not, or not as one that could be run; an error is as good.',
  cases: [
    cutCall('arguments-cut-by-length', 'the token limit cut the arguments (`length`, `max_tokens`)', 'length'),
    cutCall('arguments-cut-by-filter', 'a filter cut the arguments (`content_filter`, `refusal`)', 'content-filter'),
    cutCall('arguments-not-json', 'the model wrote arguments that are not JSON, and called it done', 'tool-calls'),
  ],
};
