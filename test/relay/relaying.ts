import { defer, from, lastValueFrom, type Observable, toArray } from 'rxjs';
import type { Delta } from 'rxllm';
import { memoryLog, type StreamLog } from 'rxllm/log';
import { resumable, type ResumableOptions } from 'rxllm/server';

export const url = 'http://chat.test/answers';

export type Fetch = typeof globalThis.fetch;

/** What becomes of one connection: it breaks behind some bytes, or somebody else answers. */
export type Fate =
  | { readonly cutBytes: number; readonly how: 'clean' | 'broken' }
  | { readonly response: () => Response }
  | { readonly throws: unknown };

const cutAfter = (body: ReadableStream<Uint8Array>, cutBytes: number, how: 'clean' | 'broken') => {
  let left = cutBytes;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        if (left > 0) controller.enqueue(bytes.subarray(0, left));
        left -= bytes.byteLength;
        if (left >= 0) return;
        if (how === 'clean') controller.terminate();
        else controller.error(new TypeError('terminated'));
      },
    }),
  );
};

/** A network with a fate for each connection, without a socket; those behind the last are whole. */
export const network = (
  servers: readonly ((request: Request) => Promise<Response>)[],
  fates: readonly (Fate | undefined)[] = [],
) => {
  const requests: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request);
    const fate = fates[requests.length - 1];
    if (fate && 'throws' in fate) throw fate.throws;
    if (fate && 'response' in fate) return fate.response();
    const serve = servers[(requests.length - 1) % servers.length] as (request: Request) => Promise<Response>;
    const response = await serve(request.clone());
    if (!fate || response.body === null) return response;
    return new Response(cutAfter(response.body, fate.cutBytes, fate.how), response);
  };
  return { fetch, requests };
};

/** A server whose answers are these deltas. */
export const serverOf = (
  deltas: readonly Delta[] | ((...args: Parameters<ResumableOptions['start']>) => Observable<Delta>),
  log: StreamLog<Delta> = memoryLog(),
  options: Partial<ResumableOptions> = {},
) => {
  let starts = 0;
  const server = resumable(log, {
    basePath: '/answers',
    authorize: ({ headers }) => headers.get('x-user') ?? 'ann',
    start: (start) => {
      const source = typeof deltas === 'function' ? deltas(start) : from(deltas);
      return defer(() => {
        starts += 1;
        return source;
      });
    },
    report: () => undefined,
    ...options,
  });
  return { ...server, log, starts: () => starts };
};

export const allOf = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));

/** Deltas without the cuts between pieces of one part's text, which depend on how far behind a reader is. */
export const joined = (deltas: readonly Delta[]): readonly Delta[] => {
  const result: Delta[] = [];
  for (const delta of deltas) {
    const last = result.at(-1);
    if (delta.type === 'text' && last?.type === 'text' && last.part === delta.part) {
      result[result.length - 1] = { ...last, text: last.text + delta.text };
    } else result.push(delta);
  }
  return result;
};

export const errorOf = async (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source.pipe(toArray())).then(
    (values) => {
      throw new Error(`completed with ${values.length} values`);
    },
    (error: unknown) => error,
  );
