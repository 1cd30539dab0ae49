/** How much of an error's body is read, in bytes; providers' errors are far shorter. */
const maxBytes = 65_536;
/** How long to wait for it: a body that never ends must not hide its status. */
const maxMs = 2_000;

/** The first bytes of a response's body, as text: what came before the bound in size or time. The rest is let go. */
export const readStart = async (reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> => {
  if (reader === undefined) return '';
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
      const piece = value.subarray(0, maxBytes - bytes);
      bytes += piece.byteLength;
      text += decoder.decode(piece, { stream: true });
    }
  } catch {
    // A body that breaks off still tells what it told.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  return text;
};
