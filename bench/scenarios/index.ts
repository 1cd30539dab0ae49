import type { Scenario } from '../harness/Scenario.ts';
import { decode } from './decode.ts';
import { faults } from './faults.ts';
import { relay } from './relay.ts';
import { structured } from './structured.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [decode, faults, structured, relay];
