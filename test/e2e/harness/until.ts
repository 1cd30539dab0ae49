/** Waits until something holds that nothing tells of; throws when it does not in time. */
export const until = async (holds: () => boolean | Promise<boolean>, what: string, limitMs = 10_000): Promise<void> => {
  for (const startMs = performance.now(); !(await holds());) {
    if (performance.now() - startMs > limitMs) throw new Error(`within ${limitMs} ms it did not hold that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
