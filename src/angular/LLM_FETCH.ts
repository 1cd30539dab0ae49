import { InjectionToken } from '@angular/core';

/** The function that sends requests, where a feature brings one; `undefined` is that of the runtime. */
export const LLM_FETCH = /* @__PURE__ */ new InjectionToken<typeof globalThis.fetch | undefined>('LLM_FETCH');
