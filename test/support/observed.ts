import type { Page } from 'playwright-core';

/** What goes wrong on a page from now on: errors nobody took, and what the console calls an error or a warning. */
export const observed = (page: Page): readonly string[] => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`uncaught: ${String(error)}`));
  page.on('console', (message) => {
    const type = message.type();
    if (type === 'error' || type === 'warning') problems.push(`${type}: ${message.text()}`);
  });
  return problems;
};
