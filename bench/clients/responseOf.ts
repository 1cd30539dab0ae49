/** A response whose body gives one read after the other, for clients that take bytes by `fetch` only. */
export const responseOf = (reads: readonly Uint8Array[]): Response => {
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const bytes = reads[next];
      next += 1;
      if (bytes) controller.enqueue(bytes);
      else controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
};
