import type { BrowserContextOptions, Page } from 'playwright-core';
import type { FakeProvider } from 'rxllm/testing';

import type { ChatPage } from './ChatPage.ts';

/** What a scenario plays on: a fresh page with the application, and the provider behind it. */
export interface Stage {
  readonly page: Page;
  readonly chat: ChatPage;
  readonly url: string;
  readonly provider: FakeProvider;
  /** Fails where axe finds something. */
  readonly accessible: (state: string) => Promise<void>;
  /** Takes a picture of the page as it is. */
  readonly picture: (state: string) => Promise<void>;
  /** Something worth reading beside the result. */
  readonly note: (text: string) => void;
  /** A table that is printed behind all results. */
  readonly figures: (table: string) => void;
  /** A page of its own in the same browser, such as the one that the application is measured against. */
  readonly newPage: () => Promise<Page>;
}

/** One thing that a person would try in the browser. */
export interface Scenario {
  readonly name: string;
  /** What holds, as a fact. */
  readonly title: string;
  readonly browser?: BrowserContextOptions | undefined;
  /** What the console may complain of here: browsers report every failed request. */
  readonly expects?: RegExp | undefined;
  readonly play: (stage: Stage) => Promise<void>;
}
