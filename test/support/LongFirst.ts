import { createRequire } from 'node:module';

import type * as Module from '@jest/test-sequencer';

// Its types hold for CommonJS alone.
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof Module.default;

type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

/** Suites that wait for processes and browsers, the longest first. */
const long = ['chaos/chaos', 'faults/', 'bench/run', 'examples/', 'docs/', 'worker/', 'laws/', 'relay/', 'server/'];

const placeOf = (path: string): number => {
  const place = long.findIndex((part) => path.includes(`/test/${part}`));
  return place === -1 ? long.length : place;
};

/** Begins with what takes long, also where nobody has run it before: else one worker ends minutes after the other. */
// eslint-disable-next-line no-restricted-syntax -- jest takes a default export only
export default class LongFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    return (await super.sort([...tests])).sort((a, b) => placeOf(a.path) - placeOf(b.path));
  }
}
