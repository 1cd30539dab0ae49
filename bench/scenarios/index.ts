import type { Scenario } from '../harness/Scenario.ts';
import { decode } from './decode.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [decode];
