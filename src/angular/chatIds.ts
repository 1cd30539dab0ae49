import { InjectionToken } from '@angular/core';

/** Names for messages, each given once in an application: a server renders many, and each begins anew. */
export const chatIds = /* @__PURE__ */ new InjectionToken<() => string>('chatIds', {
  providedIn: 'root',
  factory: () => {
    let last = 0;
    return () => `message-${(last += 1)}`;
  },
});
