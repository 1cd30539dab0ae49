/** How much of an error's body is read, in bytes; providers' errors are far shorter. */
const maxBytes = 65_536;
/** How long to wait for it: a body that never ends must not hide its status. */
const maxMs = 2_000;

/** The first bytes of a response's body, as text: what came before the bound in size or time. */
export const readStart = async (response: Response): Promise<string> => {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<{ done: true; value: undefined }>((resolve) => {
    timer = setTimeout(resolve, maxMs, { done: true, value: undefined });
  });
  let text = '';
  let bytes = 0;
  try {
    while (bytes < maxBytes) {
      const { done, value } = await Promise.race([reader.read(), timeUp]);
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // A body that breaks off still tells what it told.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  return text;
};
