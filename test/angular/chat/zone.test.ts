import '../../support/angular.ts';

import { type EnvironmentProviders, inject, Injector, NgZone, type Provider } from '@angular/core';
import * as t from 'io-ts';
import { Observable, of, Subject } from 'rxjs';
import { type StreamRunner, tool } from 'rxllm';
import { type ChatOptions, injectChat, provideLlm } from 'rxllm/angular';
import { fakeLlm } from 'rxllm/angular/testing';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { inTestBed } from '../../support/angular.ts';
import { expectNothingUncaught } from '../../support/provider.ts';

expectNothingUncaught();

/** A zone as zone.js makes one: whoever calls is inside of it, unless told otherwise. */
const zoneOf = () => {
  let isInside = true;
  const entered = <T>(work: () => T, inside: boolean): T => {
    const before = isInside;
    isInside = inside;
    try {
      return work();
    } finally {
      isInside = before;
    }
  };
  return {
    isInside: () => isInside,
    run: <T>(work: () => T) => entered(work, true),
    runOutsideAngular: <T>(work: () => T) => entered(work, false),
  };
};

const zoned = (options: ChatOptions, provider: Provider | EnvironmentProviders) => {
  const zone = zoneOf();
  const parent = inTestBed([provider], () => inject(Injector));
  const injector = Injector.create({ providers: [{ provide: NgZone, useValue: zone }], parent });
  return { zone, chat: injectChat({ ...options, injector }) };
};

/** Where timers are wound while `work` runs: `true` for inside of the zone. */
const timersIn = (work: () => void, isInside: () => boolean): readonly boolean[] => {
  const places: boolean[] = [];
  const { setInterval, setTimeout } = globalThis;
  const noting =
    <Args extends unknown[], T>(wind: (...args: Args) => T) =>
    (...args: Args): T => {
      places.push(isInside());
      return wind(...args);
    };
  Object.assign(globalThis, { setInterval: noting(setInterval), setTimeout: noting(setTimeout) });
  try {
    work();
  } finally {
    Object.assign(globalThis, { setInterval, setTimeout });
  }
  return places;
};

describe('in an application with zone.js', () => {
  it('the clocks of a chat do not keep the application from being stable', () => {
    const llm = fakeLlm();
    const { chat, zone } = zoned({}, llm.provider);
    const ask = (): void => {
      chat.send('Hi');
      chat.regenerate();
    };
    const places = timersIn(ask, zone.isInside);
    chat.reset();

    expect(places).toContain(false);
    expect(places).not.toContain(true);
  });

  it.each([
    ['a click that approves', 'ask'],
    ['a dialog that is closed', 'dialog'],
  ] as const)('%s starts nothing inside of the zone', (_title, way) => {
    const tools: boolean[] = [];
    const requests: boolean[] = [];
    const closed$ = new Subject<boolean>();
    const weather = tool({
      name: 'weather',
      input: t.type({ city: t.string }),
      run: () => {
        tools.push(zone.isInside());
        return 'sunny';
      },
    });
    const runIn: StreamRunner = () =>
      new Observable((out) => {
        requests.push(zone.isInside());
        const called = answer({ toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Rome"}' }] });
        return of(...(requests.length === 1 ? called : answer({ text: 'Sunny.' }))).subscribe(out);
      });
    const config = { dialect: openAiChat, baseUrl: 'http://fake.test/v1', body: { model: 'm' }, runIn };
    const approve = way === 'ask' ? way : () => closed$;
    const { chat, zone } = zoned({ tools: [weather], approve, paint: false }, provideLlm(config));
    const timers = timersIn(() => {
      chat.send('Weather?');
      if (way === 'ask') chat.approvals()[0]?.approve();
      else closed$.next(true);
    }, zone.isInside);

    expect([chat.status(), chat.messages()[1]?.text()]).toEqual(['done', 'Sunny.']);
    expect([tools, requests]).toEqual([[false], [false, false]]);
    expect(timers).not.toContain(true);
  });
});
