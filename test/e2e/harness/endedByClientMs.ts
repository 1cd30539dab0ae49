import type { Locator } from 'playwright-core';
import type { FakeProvider } from 'rxllm/testing';

import { until } from './until.ts';

/** Clicks, and tells how long it took from the click until the server saw that the page had left. */
export const endedByClientMs = async (provider: FakeProvider, button: Locator): Promise<number> => {
  const request = provider.requests.length - 1;
  const clickedMs = await button.evaluate((element: HTMLElement) => {
    const nowMs = performance.timeOrigin + performance.now();
    element.click();
    return nowMs;
  });
  await until(() => provider.requests[request]?.endedBy === 'client', 'the server saw that the page left', 5_000);
  return performance.timeOrigin + performance.now() - clickedMs;
};
