import { computed, type ResourceRef, untracked } from '@angular/core';
import { rxResource, toObservable } from '@angular/core/rxjs-interop';
import { defer, filter, NEVER, type Observable, takeUntil, throwError } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import { streamCompletion } from '../pipeline/streamCompletion.ts';
import type { BufferForUiOptions } from '../ui/bufferForUi.ts';
import { injectLlmContext, type LlmOverrides } from './injectLlmContext.ts';
import { LLM_STAND_IN } from './LLM_STAND_IN.ts';
import { paintedBy } from './paintedBy.ts';
import { type Reactive, read } from './Reactive.ts';
import { idleState, type StreamState } from './StreamState.ts';
import { streamStates } from './streamStates.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export interface CompletionResourceOptions<Body extends object = any> extends Omit<LlmOverrides<Body>, 'body'> {
  /** What is asked, behind the messages of `body`; while it is `undefined`, nothing is sent. */
  readonly prompt?: Reactive<string | undefined>;
  /** Fields of the request's body. Without a `prompt`, nothing is sent while it is `undefined`. */
  readonly body?: Reactive<Partial<NoInfer<Body>> | undefined>;
  /** What the model is told about its task, where the provider wants it. */
  readonly system?: Reactive<string | undefined>;
  /** How often there is a new value, as for `bufferForUi`; `false` for every one. @defaultValue once per frame */
  readonly paint?: BufferForUiOptions | false | undefined;
}

type Answer = () => Observable<Completion>;

interface Asked<Body> {
  readonly words: string | undefined;
  readonly fields: Partial<Body> | undefined;
  readonly task: string | undefined;
}

/**
 * The answer to a prompt as a resource of Angular's: when a signal that it reads changes, it is asked anew.
 *
 * - **Shape:** `prompt`, `system` and `body`, each a value, a signal or a function, to a `ResourceRef` whose value is a
 *   `StreamState<Completion>`. While `prompt` is `undefined` nothing is sent. Needs an injection context, or an `injector`
 * - **Time:** new values once per frame, or as `paint` says; `status()` is `resolved` from the beginning of an answer, so look at
 *   `value().status`
 * - **Errors:** none: they are in the state, beside the text that came before. `InvalidOptionError` thrown at the call where
 *   `provideLlm` is missing
 * - **Unsubscribe:** with the component or service, and when the prompt changes
 *
 * @example What was submitted, answered
 * ```ts
 * import { signal } from '@angular/core';
 * import { TestBed } from '@angular/core/testing';
 * import { completionResource } from 'rxllm/angular';
 * import { fakeLlm } from 'rxllm/angular/testing';
 *
 * const llm = fakeLlm();
 * TestBed.configureTestingModule({ providers: [llm.provider] });
 * const submitted = signal<string | undefined>(undefined);
 * const summary = TestBed.runInInjectionContext(() => completionResource({ prompt: submitted, system: 'Summarize.' }));
 *
 * summary.value().status; // => 'idle'
 * submitted.set('A long text');
 * TestBed.tick();
 * llm.text('Short.');
 * llm.done();
 * await Promise.resolve();
 * summary.value().value?.text; // => 'Short.'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export function completionResource<Body extends object = any>({
  prompt,
  body,
  system,
  paint,
  ...overrides
}: CompletionResourceOptions<Body>): ResourceRef<StreamState<Completion>> {
  const { config, injector, isSilent, request, bound } = injectLlmContext(
    overrides as LlmOverrides<Body>,
    completionResource,
  );
  const { dialect } = config;
  paintedBy(paint);
  const painted = paintedBy<Completion>(injector.get(LLM_STAND_IN, null)?.paint ?? paint);

  const completion = ({ words, fields, task }: Asked<Body>): Observable<Completion> => {
    let full = { ...config.body, ...fields } as Body;
    if (task !== undefined) full = dialect.withMessage(full, { role: 'system', content: task }) as Body;
    if (words !== undefined) full = dialect.withMessage(full, { role: 'user', content: words }) as Body;
    return bound(() => streamCompletion(dialect, request(full)));
  };

  /** What it is to give now; `undefined` for nothing. */
  const answer = (): Answer | undefined => {
    if (isSilent) return undefined;
    try {
      const asked: Asked<Body> = { words: read(prompt), fields: read(body), task: read(system) };
      const isIdle = prompt === undefined ? asked.fields === undefined : asked.words === undefined;
      return isIdle ? undefined : () => completion(asked);
    } catch (error) {
      return () => throwError(() => error);
    }
  };

  // A resource that becomes idle lets what it has go on; nobody would see it.
  const params = computed(answer);
  const idle$ = toObservable(params, { injector }).pipe(filter(() => untracked(params) === undefined));

  return rxResource<StreamState<Completion>, Answer | undefined>({
    injector,
    defaultValue: idleState,
    params,
    stream: (asked) => streamStates(defer(asked.params), painted, NEVER).pipe(takeUntil(idle$)),
  });
}
