import type { Scenario } from '../harness/Scenario.ts';
import { bundle } from './bundle.ts';
import { concurrent } from './concurrent.ts';
import { decode } from './decode.ts';
import { growth } from './growth.ts';
import { relay } from './relay.ts';
import { start } from './start.ts';
import { structured } from './structured.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [decode, structured, growth, concurrent, relay, bundle, start];
