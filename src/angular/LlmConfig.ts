import { InjectionToken } from '@angular/core';

import type { Dialect } from '../dialects/Dialect.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';

/** Where answers come from, and how they are asked for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a config without a type of its own is for any dialect
export interface LlmConfig<Body extends object = any> extends Omit<
  StreamOptions<Body>,
  'body' | 'signal' | 'readWhen'
> {
  readonly dialect: Dialect<Body>;
  /** Fields of every request's body, such as the model; what is asked for in one place wins over them. */
  readonly body?: Partial<NoInfer<Body>> | undefined;
  /** Whether requests are also sent while a page is rendered on a server. @defaultValue false */
  readonly ssr?: boolean | undefined;
}

/** What `provideLlm` was given. */
export const LLM_CONFIG = /* @__PURE__ */ new InjectionToken<LlmConfig>('LLM_CONFIG');
