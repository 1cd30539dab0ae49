import { deltasOf, faultAnswer, wireOf } from '../faults/FaultAnswer.ts';
import type { Expectations } from '../faults/expectations.ts';
import { caseOf } from '../faults/faultKinds.ts';
import type { ConformanceCase } from './ConformanceCase.ts';
import { places } from './places.ts';

const anyhow: Expectations = { plain: 'either', retry: 'either', resume: 'either' };

const laughs = faultAnswer(
  'laughter',
  Array.from({ length: 8 }, () => 'ha '),
);

/** What is hard for whoever goes on in the middle of an answer. */
export const repetitionCase: ConformanceCase = {
  id: 'resume-in-repetition',
  title:
    'a text that repeats itself (`ha ha ha ...`) is cut once; the server refuses to go on from a beginning, and goes on when asked in words',
  bar: 'honest',
  trials: (dialect) => {
    const wire = wireOf(dialect, deltasOf(laughs));
    return [
      caseOf({
        kind: 'resume-in-repetition',
        dialect,
        answer: laughs,
        times: Infinity,
        break: (whole, way, count) => {
          const afterBytes = places.text.bytes(wire) ?? 0;
          if (count === 0) return { ...whole, fault: { kind: 'cut', afterBytes, with: 'fin' } };
          if (way !== 'prefill') return whole;
          return {
            status: 400,
            error: { message: 'no', code: 'invalid_request_error' },
            headers: { connection: 'close' },
          };
        },
        expected: anyhow,
      }),
    ];
  },
};
