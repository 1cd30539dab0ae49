import { InjectionToken } from '@angular/core';

/** The function that sends requests, where a feature brings one. */
export const LLM_FETCH = /* @__PURE__ */ new InjectionToken<typeof globalThis.fetch>('LLM_FETCH');
