import type { Scenario } from '../harness/Scenario.ts';
import { conversation } from './conversation.ts';
import { failures } from './failures.ts';
import { hiddenTab } from './hiddenTab.ts';
import { hostile } from './hostile.ts';
import { parts } from './parts.ts';
import { reading } from './reading.ts';
import { speed } from './speed.ts';

/** All that is tried in the browser, in the order in which it is. */
export const scenarios: readonly Scenario[] = [
  ...conversation,
  ...failures,
  ...parts,
  ...reading,
  hiddenTab,
  hostile,
  ...speed,
];
