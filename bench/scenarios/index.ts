import type { Scenario } from '../harness/Scenario.ts';
import { decode } from './decode.ts';
import { faults } from './faults.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [decode, faults];
