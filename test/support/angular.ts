/**
 * Makes `TestBed` work in Node, where there is no DOM: for services, signals and resources, not for components. Is to be imported
 * before anything of Angular's, for its effect, so first in a test: `import '../support/angular.ts';`
 */
// Angular's packages are compiled in part only; the compiler does the rest when they are loaded.
import '@angular/compiler';

import {
  DOCUMENT,
  type EnvironmentProviders,
  NgModule,
  type Provider,
  provideZonelessChangeDetection,
} from '@angular/core';
import { getTestBed, TestBed, TestComponentRenderer } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

class NoRenderer extends TestComponentRenderer {
  override insertRootElement(): void {
    // There are no elements.
  }

  override removeAllRootElements(): void {
    // There are no elements.
  }
}

/** As much of a document as Angular asks for while no component is made. */
const noDocument = {
  cookie: '',
  getElementById: () => null,
  location: { href: 'http://page.test/', origin: 'http://page.test', protocol: 'http:' },
};

class NoDom {}

NgModule({
  providers: [
    { provide: TestComponentRenderer, useClass: NoRenderer },
    { provide: DOCUMENT, useValue: noDocument },
  ],
})(NoDom);

getTestBed().initTestEnvironment([BrowserTestingModule, NoDom], platformBrowserTesting());

/** What `work` gives in an injection context with these providers, in an application without zone.js. */
export const inTestBed = <T>(providers: readonly (Provider | EnvironmentProviders)[], work: () => T): T => {
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection(), ...providers] });
  return TestBed.runInInjectionContext(work);
};

/** Lets effects and resources catch up with the signals that they read, and promises with what they wait for. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) {
    TestBed.tick();
    await Promise.resolve();
  }
};
