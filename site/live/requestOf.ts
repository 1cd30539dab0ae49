import type { StreamOptions } from 'rxllm';
import { answer, fakeProvider, type FakeProvider } from 'rxllm/testing';

import { answerText } from './answerText.ts';
import { type Composition, speeds } from './Composition.ts';
import { faultOf } from './faultOf.ts';
import type { LiveDialect } from './LiveDialect.ts';
import { restOf } from './snippets/restOf.ts';
import { withMalformedFrame } from './snippets/withMalformedFrame.ts';

/** How long the provider thinks, in milliseconds. */
export const firstFrameMs = 400;

/** The request of a composition, and the provider that answers it. */
export const requestOf = (
  composition: Composition,
  spoken: LiveDialect,
): { readonly request: StreamOptions<never>; readonly provider: FakeProvider } => {
  const { reply: faulty, deltas: count, malformed } = faultOf(composition, spoken);
  const times = composition.times === 'once' ? 1 : Infinity;
  const provider = fakeProvider({
    replies: ({ body }, requests) => {
      const deltas = answer({ text: restOf(answerText, body) });
      const reply = { deltas, firstFrameMs, frameMs: speeds[composition.speed] };
      return requests < times ? { ...reply, ...faulty, deltas: deltas.slice(0, count) } : reply;
    },
  });
  const fetch = malformed
    ? withMalformedFrame(provider.fetch, malformed.frame, { afterPieces: malformed.afterPieces, times })
    : provider.fetch;
  // The body is of the dialect that is chosen with it.
  return { provider, request: { baseUrl: spoken.baseUrl, fetch, body: spoken.body as never } };
};
