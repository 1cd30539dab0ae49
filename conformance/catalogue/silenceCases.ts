import { afterError } from '../faults/expectations.ts';
import { longText } from '../faults/FaultAnswer.ts';
import { caseOf, type Ending, endings, heartbeats } from '../faults/faultKinds.ts';
import type { CaseGroup } from './ConformanceCase.ts';
import { endingAt } from './cutCases.ts';
import { places } from './places.ts';

/** What every client's clocks are set to here, in milliseconds. */
export const clockMs = 1_000;

const stall: Ending = { ...endings.stall, clocks: { silenceMs: clockMs } };
const beating: Ending = { ...heartbeats, clocks: { stallMs: clockMs } };

export const silenceCases: CaseGroup = {
  title: 'The server falls silent',
  intro:
    'The connection stays open, and nothing more comes, or only what keeps a connection alive (comments, blank lines). ' +
    'Every clock that a client documents is set to one second. A client that has not ended after eight seconds hangs.',
  cases: [
    {
      id: 'stall-no-head',
      title: "the response's head does not come",
      bar: 'honest',
      trials: (dialect) => [
        caseOf({
          kind: 'stall-no-head',
          dialect,
          answer: longText,
          clocks: { connectMs: clockMs },
          break: (whole) => ({ ...whole, headMs: 60_000 }),
          expected: afterError(true, false, 1),
        }),
      ],
    },
    ...[places.head, places.start, places.text, places.arguments, places.marker].map((place) =>
      endingAt('stall', 'silence', stall, place),
    ),
    ...[places.start, places.text].map((place) => endingAt('heartbeats', 'heartbeats only', beating, place)),
  ],
};
