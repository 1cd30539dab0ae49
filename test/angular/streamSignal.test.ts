import '../support/angular.ts';

import {
  computed,
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  inject,
  Injectable,
  InjectionToken,
  PLATFORM_ID,
  runInInjectionContext,
  signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { concat, defer, NEVER, Observable, of, startWith, Subject, throwError } from 'rxjs';
import { InvalidOptionError, TruncatedError } from 'rxllm';
import { injectLlm, provideLlm, streamSignal, type StreamSignalOptions } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider } from 'rxllm/testing';

import { inTestBed, settle } from '../support/angular.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';

const now = { paint: false } as const;

/** A source that counts its subscriptions, and those that were left. */
const counted = <T>(source: Observable<T>) => {
  const counts = { begun: 0, left: 0 };
  const counting = new Observable<T>((out) => {
    counts.begun += 1;
    out.add(() => (counts.left += 1));
    source.subscribe(out);
  });
  return { counts, source: counting };
};

const make = <T>(source: Observable<T> | (() => Observable<T> | undefined), options: StreamSignalOptions = now) =>
  inTestBed([], () => streamSignal(source, options));

describe('streamSignal', () => {
  expectNothingUncaught();

  it('connects, streams and is done', () => {
    const values = new Subject<string>();
    const state = make(values);
    expect(state()).toEqual({ value: undefined, status: 'connecting', error: undefined });

    values.next('a');
    expect(state()).toEqual({ value: 'a', status: 'streaming', error: undefined });

    values.next('ab');
    values.complete();
    expect(state()).toEqual({ value: 'ab', status: 'done', error: undefined });
  });

  it('has the value of a synchronous stream at once, painted or not', () => {
    expect(make(of(1, 2))()).toEqual({ value: 2, status: 'done', error: undefined });
    expect(streamSignalIn(concat(of(1), NEVER), now)()).toEqual({ value: 1, status: 'streaming', error: undefined });
    expect(streamSignalIn(of(1, 2), {})()).toEqual({ value: 2, status: 'done', error: undefined });
  });

  it('keeps the value when the stream fails, and never throws', () => {
    const values = new Subject<string>();
    const state = make(values);
    const error = new TruncatedError();
    values.next('half');
    values.error(error);

    expect(state()).toEqual({ value: 'half', status: 'error', error });
  });

  it('shows what waits for the next paint before an error, an end and a stop', () => {
    inTestBed([], () => undefined);
    for (const end of ['error', 'complete', 'stop'] as const) {
      const values = new Subject<string>();
      const state = streamSignalIn(values, { paint: { minIntervalMs: 10_000, maxWaitMs: 10_000 } });
      values.next('a');
      values.next('ab');
      expect(state()).toMatchObject({ value: undefined, status: 'connecting' });

      if (end === 'stop') state.stop();
      else if (end === 'error') values.error('no');
      else values.complete();
      expect(state().value).toBe('ab');
    }
  });

  it('changes once for a burst', async () => {
    const values = new Subject<number>();
    const state = make(values, {});
    const seen: unknown[] = [];
    TestBed.runInInjectionContext(() => effect(() => seen.push(state().value)));
    await settle();
    for (let value = 0; value < 100; value += 1) values.next(value);
    // Nobody but the signal itself tells Angular.
    await until(() => seen.at(-1) === 99);

    expect(seen).toEqual([undefined, 99]);
  });

  describe('stop and restart', () => {
    it('leaves the stream and keeps what came of it', () => {
      const values = new Subject<string>();
      const { counts, source } = counted(values);
      const state = make(source);
      values.next('a');
      state.stop();

      expect(state()).toEqual({ value: 'a', status: 'stopped', error: undefined });
      expect(counts).toEqual({ begun: 1, left: 1 });
      values.next('ab');
      expect(state().value).toBe('a');
    });

    it('changes nothing once the stream is over', () => {
      const state = make(of(1));
      state.stop();

      expect(state().status).toBe('done');
    });

    it('subscribes anew after an end, an error and a stop, and in the middle', () => {
      let runs = 0;
      const streams = [of('one'), throwError(() => 'no'), NEVER, NEVER, of('five')];
      const state = make(defer(() => streams[(runs += 1) - 1] ?? NEVER));
      state.restart();
      expect(state()).toEqual({ value: undefined, status: 'error', error: 'no' });
      state.restart();
      expect(state().status).toBe('connecting');
      state.stop();
      expect(state().status).toBe('stopped');
      state.restart();
      state.restart();
      expect(state()).toEqual({ value: 'five', status: 'done', error: undefined });
      expect(runs).toBe(5);
    });

    it('may be called by the stream itself', () => {
      const state: { current: ReturnType<typeof make<number>> | undefined } = { current: undefined };
      const values = new Subject<number>();
      let runs = 0;
      state.current = make(
        new Observable<number>((out) => {
          runs += 1;
          values.subscribe(out);
          if (runs === 2) state.current?.stop();
        }),
      );
      state.current.restart();

      expect(state.current().status).toBe('stopped');
      expect(values.observed).toBe(false);
    });
  });

  describe('of a function', () => {
    it('follows the signals that it reads', async () => {
      const prompt = signal<string | undefined>(undefined);
      const { counts, source } = counted(NEVER);
      const state = make(() => {
        const words = prompt();
        return words === undefined ? undefined : source.pipe(startWith(words));
      });
      expect(state().status).toBe('idle');
      await settle();
      expect(state()).toEqual({ value: undefined, status: 'idle', error: undefined });

      prompt.set('a');
      await settle();
      expect(state()).toEqual({ value: 'a', status: 'streaming', error: undefined });

      prompt.set('b');
      await settle();
      expect(state().value).toBe('b');
      expect(counts).toEqual({ begun: 2, left: 1 });

      prompt.set(undefined);
      await settle();
      expect(state()).toEqual({ value: undefined, status: 'idle', error: undefined });
      expect(counts).toEqual({ begun: 2, left: 2 });
    });

    it('goes on with a stream that is the same', async () => {
      const other = signal(0);
      const { counts, source } = counted(NEVER);
      make(() => {
        other();
        return source;
      });
      await settle();
      other.set(1);
      await settle();

      expect(counts).toEqual({ begun: 1, left: 0 });
    });

    it('shows what the function throws, and recovers', async () => {
      const isBroken = signal(true);
      const state = make(() => {
        if (isBroken()) throw new Error('broken');
        return of('whole');
      });
      await settle();
      expect(state()).toMatchObject({ status: 'error', error: { message: 'broken' } });

      isBroken.set(false);
      await settle();
      expect(state()).toMatchObject({ value: 'whole', status: 'done' });
    });

    it('does not read signals before the place is ready', () => {
      let calls = 0;
      make(() => {
        calls += 1;
        return NEVER;
      });

      expect(calls).toBe(0);
    });

    it('does not subscribe twice when it is restarted just after a change', async () => {
      const prompt = signal('a');
      const subscribed: string[] = [];
      const state = make(() => {
        const words = prompt();
        return new Observable<string>(() => void subscribed.push(words));
      });
      await settle();
      prompt.set('b');
      state.restart();
      await settle();

      expect(subscribed).toEqual(['a', 'b']);
    });

    it('does not depend on what the stream reads', async () => {
      const read = signal(0);
      const { counts, source } = counted(defer(() => concat(of(read()), NEVER)));
      make(() => source);
      await settle();
      read.set(1);
      await settle();

      expect(counts.begun).toBe(1);
    });
  });

  describe('where it lives', () => {
    it('ends with its injector, as something that was stopped', () => {
      const injector = createEnvironmentInjector(
        [],
        inTestBed([], () => inject(EnvironmentInjector)),
      );
      const values = new Subject<string>();
      const { counts, source } = counted(values);
      const state = streamSignal(source, { injector, ...now });
      values.next('a');
      injector.destroy();

      expect(counts).toEqual({ begun: 1, left: 1 });
      expect(state()).toEqual({ value: 'a', status: 'stopped', error: undefined });
    });

    it('works in the constructor of a service', async () => {
      class Service {
        readonly prompt = signal('a');
        readonly state = streamSignal(() => of(this.prompt()), now);
        readonly shout = computed(() => this.state().value?.toUpperCase());
      }
      Injectable({ providedIn: 'root' })(Service);
      const service = inTestBed([], () => inject(Service));
      await settle();

      expect(service.shout()).toBe('A');
    });

    it('wants an injection context', () => {
      expect(() => streamSignal(of(1))).toThrow('NG0203');
    });

    it('may be made where signals are tracked, and writes none when it is read', async () => {
      const injector = inTestBed([], () => inject(EnvironmentInjector));
      const seen: unknown[] = [];
      runInInjectionContext(injector, () => {
        const made = computed(() => streamSignal(of(1), { injector, ...now }));
        effect(() => seen.push(made()().value));
      });
      await settle();

      expect(seen).toEqual([1]);
    });

    it('checks how often to paint at the call', () => {
      expect(() => make(of(1), { paint: { maxWaitMs: -1 } })).toThrow(InvalidOptionError);
    });
  });

  describe('of an llm', () => {
    const config = { dialect: openAiChat, body: { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] } };

    it('shows an answer as it grows, and closes the connection when it is stopped', async () => {
      const fake = await provider({
        replies: [{ deltas: answer({ text: 'a long answer in many words '.repeat(200) }), frameMs: 20 }],
      });
      const state = inTestBed([provideLlm({ ...config, baseUrl: fake.baseUrl(openAiChat) })], () =>
        streamSignal(injectLlm().completion()),
      );
      await until(() => state().value?.text.startsWith('a long') === true);
      state.stop();

      expect(state()).toMatchObject({
        status: 'stopped',
        value: { text: expect.stringMatching(/^a long/), ended: false },
      });
      await until(() => fake.requests[0]?.endedBy === 'client', 'the abort', 100);
    });

    it('is idle on a server, and so is one made of it', async () => {
      const { fetch, requests } = fakeProvider();
      const providers = [
        provideLlm({ ...config, baseUrl: 'http://fake.test/v1', fetch }),
        { provide: PLATFORM_ID, useValue: 'server' },
      ];
      const LLM = new InjectionToken('LLM', { factory: () => injectLlm() });
      const states = inTestBed(providers, () => {
        const llm = inject(LLM);
        return [streamSignal(llm.completion()), streamSignal(() => llm.deltas())];
      });
      await settle();

      for (const state of states) expect(state()).toEqual({ value: undefined, status: 'idle', error: undefined });
      expect(requests).toEqual([]);
    });
  });
});

/** Another one in the same application. */
function streamSignalIn<T>(source: Observable<T>, options: StreamSignalOptions) {
  return TestBed.runInInjectionContext(() => streamSignal(source, options));
}
