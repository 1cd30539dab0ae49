import { InjectionToken } from '@angular/core';

import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import type { BufferForUiOptions } from '../ui/bufferForUi.ts';
import type { LlmConfig } from './LlmConfig.ts';

/** What stands in for models in a test: nothing is sent, whatever a config or its features say. */
export interface LlmStandIn {
  readonly runIn: StreamRunner;
  /** What holds where `provideLlm` says nothing. */
  readonly config: LlmConfig;
  /** How often what is shown follows, whatever an option says. */
  readonly paint?: BufferForUiOptions | false | undefined;
}

export const LLM_STAND_IN = /* @__PURE__ */ new InjectionToken<LlmStandIn>('LLM_STAND_IN');
