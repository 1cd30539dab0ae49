import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { Reply } from '../../src/testing/Reply.ts';
import { everRight } from '../faults/expectations.ts';
import { deltasOf, longText, wireOf } from '../faults/FaultAnswer.ts';
import type { FaultCase } from '../faults/FaultCase.ts';
import { caseOf } from '../faults/faultKinds.ts';
import type { Bar, CaseGroup, ConformanceCase } from './ConformanceCase.ts';
import { places } from './places.ts';

const leaving = (
  id: string,
  title: string,
  leave: NonNullable<FaultCase['leave']>,
  reply: (dialect: Dialect) => Reply,
  bar: Bar = 'right',
): ConformanceCase => ({
  id,
  title,
  bar,
  trials: (dialect) => [
    caseOf({
      kind: id,
      dialect,
      answer: longText,
      times: Infinity,
      leave,
      break: (whole) => ({ ...whole, ...reply(dialect) }),
      expected: everRight,
    }),
  ],
});

/** Some of the text, and then the server waits with its connection open. */
const openInText = (dialect: Dialect): Reply => ({
  fault: { kind: 'stall', afterBytes: places.text.bytes(wireOf(dialect, deltasOf(longText))) ?? 0 },
});

/** How long a reader that leaves before the head waits before it does, in milliseconds. */
export const leaveAfterMs = 300;

export const leavingCases: CaseGroup = {
  title: 'The reader leaves',
  intro:
    'By the signal that the client documents (rxllm: by unsubscribing). `right` means that the server saw its connection closed ' +
    'within two seconds, that the call came to an end, and that nothing went uncaught. Leaving by `break` is what the language ' +
    'offers and few clients document, so `break-in-text` is shown and not judged.',
  cases: [
    leaving('abort-before-head', "before the response's head", 'before-head', () => ({ headMs: 60_000 })),
    leaving('abort-in-text', 'in the text', 'in-text', openInText),
    leaving(
      'break-in-text',
      'in the text, by leaving the loop (`break`, `return`; `take`)',
      'break',
      openInText,
      'none',
    ),
  ],
};
