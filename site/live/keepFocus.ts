/** Does something that replaces elements; the new one with the same `data-key` as the one in focus gets it. */
export const keepFocus = (host: HTMLElement, change: () => void): void => {
  const key = document.activeElement?.getAttribute('data-key') ?? undefined;
  change();
  if (key !== undefined) host.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
};
