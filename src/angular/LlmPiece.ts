import { HttpContextToken, type HttpEvent, HttpEventType, type HttpUserEvent } from '@angular/common/http';

/** Marks the requests whose response is wanted piece by piece. */
export const LLM_STREAM = /* @__PURE__ */ new HttpContextToken<boolean>(() => false);

/** A piece of a response, as `llmStreamingInterceptor` sends it through the interceptors before it. */
export interface LlmPiece extends HttpUserEvent<never> {
  readonly llmPiece: Uint8Array;
}

export const isLlmPiece = (event: HttpEvent<unknown>): event is LlmPiece =>
  event.type === HttpEventType.User && 'llmPiece' in event;
