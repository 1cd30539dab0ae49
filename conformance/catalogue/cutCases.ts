import { deltasOf, wireOf } from '../faults/FaultAnswer.ts';
import { type Ending, endings, endsAt } from '../faults/faultKinds.ts';
import type { CaseGroup, ConformanceCase } from './ConformanceCase.ts';
import { type Place, places } from './places.ts';
import { repetitionCase } from './repetitionCase.ts';

/** The first request ends at a place, a further one would be answered whole. */
export const endingAt = (prefix: string, what: string, ending: Ending, place: Place): ConformanceCase => {
  const id = `${prefix}-${place.id}`;
  return {
    id,
    title: `${what} ${place.title}`,
    bar: 'honest',
    trials: (dialect) => {
      const wire = wireOf(dialect, deltasOf(place.answer));
      const bytes = place.bytes(wire, dialect);
      return bytes === undefined ? [] : [endsAt({ ...ending, kind: id }, dialect, place.answer, wire, bytes, 1, 0)];
    },
  };
};

const everywhere = Object.values(places);

export const cutCases: CaseGroup = {
  title: 'The connection ends early',
  intro:
    'The first request is cut; a further one would be answered whole, so that a client that asks again has the chance to. ' +
    '`end` is the end of a body that is told by the end of its connection, as behind many proxies: to HTTP nothing is wrong. ' +
    '`broken-chunk` is the same in a chunked body, and `reset` a TCP reset; to HTTP both are errors. The right answer is good, and so is an error.',
  cases: [
    ...everywhere.map((place) => endingAt('end', 'the body ends', endings.fin, place)),
    ...everywhere.map((place) => endingAt('broken-chunk', 'the chunked body breaks off', endings.chunkedFin, place)),
    ...everywhere.map((place) => endingAt('reset', 'the connection is reset', endings.rst, place)),
    repetitionCase,
  ],
};
