import type { Observable } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { RunToolsOptions } from '../tools/runTools.ts';
import type { Tool } from '../tools/tool.ts';

/**
 * A model, as a place in an application may ask it. `body` holds the fields that are particular to a request.
 *
 * The Observables are cold: two subscriptions are two requests. They run outside of Angular's zone, complete when the place
 * they were made in is destroyed, and on a server they complete at once without sending anything, unless `ssr` is true.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export interface Llm<Body extends object = any> {
  /** The answer as deltas, as `streamDeltas` gives them. */
  deltas(body?: Partial<Body>): Observable<Delta>;
  /** The answer so far, after every delta, as `streamCompletion` gives it. */
  completion(body?: Partial<Body>): Observable<Completion>;
  /** The answer of a model that may call tools, as `runTools` gives it. */
  runTools(body: Partial<Body>, tools: readonly Tool[], options?: RunToolsOptions): Observable<Delta>;
}
