import { InjectionToken } from '@angular/core';

import type { StreamRunner } from '../pipeline/StreamRunner.ts';

/** Where requests become deltas, where a feature brings a place; `undefined` is here. */
export const LLM_RUNNER = /* @__PURE__ */ new InjectionToken<StreamRunner | undefined>('LLM_RUNNER');
