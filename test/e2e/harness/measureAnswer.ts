import type { CDPSession, Page } from 'playwright-core';
import type { FakeProvider } from 'rxllm/testing';

import { until } from './until.ts';

/** What an answer cost the page that showed it. */
export interface AnswerCost {
  /** Times that the page was changed. */
  readonly updates: number;
  /** Of the main thread, from the question to the last change. */
  readonly busyMs: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** Frames that were due and not drawn, 60 a second. */
  readonly droppedFrames: number;
  /** From the last byte that the server sent to the last change of the page; 0 where nothing was left to show by then. */
  readonly latencyMs: number;
  /** From the question to the last change. */
  readonly elapsedMs: number;
  readonly shownChars: number;
}

/** Counts in the page; times are milliseconds of the clock that the server has, too. */
interface Counters {
  updates: number;
  lastUpdateMs: number;
  longTasks: number;
  longestTaskMs: number;
  droppedFrames: number;
  stop: () => void;
}

declare global {
  interface Window {
    counters: Counters;
  }
}

/** Runs in the page. */
const startCounting = (selector: string): void => {
  const nowMs = (): number => performance.timeOrigin + performance.now();
  const counters: Counters = {
    updates: 0,
    lastUpdateMs: nowMs(),
    longTasks: 0,
    longestTaskMs: 0,
    droppedFrames: 0,
    stop: () => undefined,
  };
  const mutations = new MutationObserver(() => {
    counters.updates += 1;
    counters.lastUpdateMs = nowMs();
  });
  const watched = document.querySelector(selector);
  if (!watched) throw new Error(`nothing matches ${selector}`);
  mutations.observe(watched, { subtree: true, childList: true, characterData: true });
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      counters.longTasks += 1;
      counters.longestTaskMs = Math.max(counters.longestTaskMs, duration);
    }
  });
  tasks.observe({ type: 'longtask' });
  let lastFrameMs: number | undefined;
  let frame = 0;
  const onFrame = (frameMs: number): void => {
    if (lastFrameMs !== undefined) {
      counters.droppedFrames += Math.max(0, Math.round((frameMs - lastFrameMs) / (1_000 / 60)) - 1);
    }
    lastFrameMs = frameMs;
    frame = requestAnimationFrame(onFrame);
  };
  frame = requestAnimationFrame(onFrame);
  counters.stop = () => {
    mutations.disconnect();
    tasks.disconnect();
    cancelAnimationFrame(frame);
  };
  window.counters = counters;
};

const busyOf = async (session: CDPSession): Promise<number> => {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
};

/** Resolves with the time at which the provider had sent the whole answer, or was left with it. */
const answeredAt = async (provider: FakeProvider, request: number, limitMs: number): Promise<number> => {
  await until(() => provider.requests[request]?.endedBy !== undefined, 'the provider said all', limitMs);
  return performance.timeOrigin + performance.now();
};

export interface MeasureOptions {
  readonly page: Page;
  readonly provider: FakeProvider;
  /** What shows the answer: its changes are counted, and its text is its length. */
  readonly selector: string;
  readonly ask: () => Promise<unknown>;
  /** Resolves once the page has done all that it does. */
  readonly isDone: () => Promise<unknown>;
  /** How long the provider may take, in milliseconds. */
  readonly limitMs: number;
}

/** Asks, waits until the answer is shown, and tells what that cost. */
export const measureAnswer = async (options: MeasureOptions): Promise<AnswerCost> => {
  const { page, provider, selector, ask, isDone, limitMs } = options;
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.evaluate(startCounting, selector);
  const request = provider.requests.length;
  const [startBusyMs, startMs] = [await busyOf(session), performance.timeOrigin + performance.now()];
  await ask();
  // Until then nothing looks at the page: looking costs it time.
  const sentMs = await answeredAt(provider, request, limitMs);
  await isDone();
  const busyMs = (await busyOf(session)) - startBusyMs;
  const { counters, shownChars } = await page.evaluate((where) => {
    const { stop, ...rest } = window.counters;
    stop();
    return { counters: rest, shownChars: document.querySelector(where)?.textContent.length ?? 0 };
  }, selector);
  await session.detach();
  const { lastUpdateMs, ...rest } = counters;
  const latencyMs = Math.max(0, lastUpdateMs - sentMs);
  return { ...rest, busyMs, latencyMs, elapsedMs: lastUpdateMs - startMs, shownChars };
};
