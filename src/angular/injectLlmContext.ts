import { isPlatformServer } from '@angular/common';
import { assertInInjectionContext, DestroyRef, inject, Injector, NgZone, PLATFORM_ID } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { EMPTY, Observable } from 'rxjs';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { lowerCased } from '../internal/lowerCased.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import { LLM_FETCH } from './LLM_FETCH.ts';
import { LLM_RUNNER } from './LLM_RUNNER.ts';
import { LLM_STAND_IN } from './LLM_STAND_IN.ts';
import { LLM_CONFIG, type LlmConfig } from './LlmConfig.ts';

/** What is said in one place. It wins over what `provideLlm` was given; of `headers` and `body`, field by field. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export type LlmOverrides<Body extends object = any> = Partial<LlmConfig<Body>> & {
  /** Where to inject from; the streams end with it. @defaultValue the current injection context */
  readonly injector?: Injector | undefined;
};

/** What a place in an application has to ask a model with. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export interface LlmContext<Body extends object = any> {
  readonly config: LlmConfig<Body>;
  readonly injector: Injector;
  /** Whether nothing is sent: a server renders the page, and nobody said `ssr: true`. */
  readonly isSilent: boolean;
  /** A request; `body` holds what is asked for here, over the fields that the config has. */
  readonly request: (body?: Partial<Body>) => StreamOptions<Body>;
  /**
   * What `make` gives, as this place may have it: outside of Angular's zone, ended by `DestroyRef`. Where nothing is sent it is not even
   * called, for a server takes no addresses that are relative to a page.
   */
  readonly bound: <T>(make: () => Observable<T>) => Observable<T>;
  /** An Observable that is subscribed to outside of Angular's zone. */
  readonly outside: <T>(source: Observable<T>) => Observable<T>;
}

type Config<Body extends object> = Partial<LlmConfig<Body>>;

/** `changes` over `config`; what is `undefined` is not said. */
const merged = <Body extends object>(config: Config<Body>, changes: Config<Body>): Config<Body> => {
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return {
    ...config,
    ...said,
    headers: { ...lowerCased(config.headers), ...lowerCased(changes.headers) },
    body: { ...config.body, ...changes.body },
  };
};

/** `config` if there is enough of it to ask a model. */
const checked = <Body extends object>(config: Config<Body>, isProvided: boolean): LlmConfig<Body> => {
  const { dialect, baseUrl } = config;
  if (dialect !== undefined && baseUrl !== undefined) return { ...config, dialect, baseUrl };
  const example = `provideLlm({ dialect: openAiChat, baseUrl: '/api/v1' })`;
  if (!isProvided) {
    throw new InvalidOptionError('provideLlm', `is missing: put ${example} among the providers of the application`);
  }
  const option = dialect === undefined ? 'dialect' : 'baseUrl';
  throw new InvalidOptionError(option, `is missing: provideLlm and the place of use give none; write ${example}`);
};

const outside =
  (zone: NgZone) =>
  <T>(source: Observable<T>): Observable<T> =>
    new Observable((out) => zone.runOutsideAngular(() => source.subscribe(out)));

/** A `fetch` that is told a path where the config names one: interceptors go by what they know as the address of a server. */
const asAsked = (send: typeof globalThis.fetch, baseUrl: string): typeof globalThis.fetch =>
  /^\/(?!\/)/.test(baseUrl)
    ? (input, init) => send(input instanceof Request ? input : String(input).replace(/^[a-z]+:\/\/[^/]*/i, ''), init)
    : send;

/** The config that holds here, and the ways of this place, whether a component or a service. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export const injectLlmContext = <Body extends object = any>(
  { injector: given, ...overrides }: LlmOverrides<Body>,
  caller: (...args: never[]) => unknown,
): LlmContext<Body> => {
  if (given === undefined) assertInInjectionContext(caller);
  const injector = given ?? inject(Injector);
  const standIn = injector.get(LLM_STAND_IN, null);
  const provided = injector.get(LLM_CONFIG, null);
  const config = checked(merged<Body>(provided ?? standIn?.config ?? {}, overrides as Config<Body>), provided !== null);
  const { dialect: _, ssr = false, ...options } = config;
  const isSilent = !ssr && isPlatformServer(injector.get(PLATFORM_ID));
  const ofFeature = injector.get(LLM_FETCH, undefined, { optional: true }) ?? undefined;
  const fetch = options.fetch ?? (ofFeature && asAsked(ofFeature, options.baseUrl));
  const runIn =
    standIn?.runIn ??
    overrides.runIn ??
    injector.get(LLM_RUNNER, undefined, { optional: true }) ??
    options.runIn ??
    undefined;
  const subscribedOutside = outside(injector.get(NgZone));
  const destroyRef = injector.get(DestroyRef);

  return {
    config,
    injector,
    isSilent,
    request: (body) => ({ ...options, fetch, runIn, body: { ...config.body, ...body } as Body }),
    bound: (make) => (isSilent ? EMPTY : make().pipe(subscribedOutside, takeUntilDestroyed(destroyRef))),
    outside: subscribedOutside,
  };
};
