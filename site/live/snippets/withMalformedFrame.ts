/** A network that puts `frame` among the pieces of a body, in as many responses as told. */
export const withMalformedFrame = (
  fetch: typeof globalThis.fetch,
  frame: string,
  { afterPieces, times }: { readonly afterPieces: number; readonly times: number },
): typeof globalThis.fetch => {
  let responses = 0;
  return async (input, init) => {
    const response = await fetch(input, init);
    responses += 1;
    if (responses > times || response.body === null) return response;
    let pieces = 0;
    const spoil = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, out) {
        out.enqueue(piece);
        pieces += 1;
        if (pieces === afterPieces) out.enqueue(new TextEncoder().encode(frame));
      },
    });
    return new Response(response.body.pipeThrough(spoil), response);
  };
};
