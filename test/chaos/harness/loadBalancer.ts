import type { ChaosServer } from './ChaosServer.ts';
import type { Random } from './random.ts';

export interface LoadBalancerOptions {
  readonly servers: readonly ChaosServer[];
  readonly random: Random;
  /** How many of the connections are cut, of 1. */
  readonly cuts: () => number;
  /** How long a server may say nothing, in milliseconds. */
  readonly silentMs: number;
  readonly onConnection: (server: string, what: string) => void;
  /** It was cut here, or given up. */
  readonly onCut: (server: string, why: string) => void;
}

/** Passes a body on; cuts it behind some bytes, and where it is silent for long. */
const passedOn = (
  body: ReadableStream<Uint8Array>,
  cutAfterBytes: number,
  silentMs: number,
  onCut: (why: string) => void,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  let leftBytes = cutAfterBytes;
  const cut = (why: string, controller: ReadableStreamDefaultController<Uint8Array>): void => {
    onCut(why);
    reader.cancel().catch(() => undefined);
    controller.error(new TypeError(`terminated: ${why}`));
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let isSilent = false;
        const timer = setTimeout(() => {
          isSilent = true;
          cut('silent', controller);
        }, silentMs);
        try {
          const { done, value } = await reader.read();
          if (isSilent) return;
          if (done) {
            controller.close();
            return;
          }
          if (leftBytes > 0) controller.enqueue(value.subarray(0, leftBytes));
          leftBytes -= value.length;
          if (leftBytes <= 0) cut('cut', controller);
        } catch (error) {
          if (!isSilent) controller.error(error);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
};

/** A `fetch` that reaches any of the servers, another one each time, and cuts some of the connections. */
export const loadBalancer =
  ({ servers, random, cuts, silentMs, onConnection, onCut }: LoadBalancerOptions): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const up = servers.filter(({ port }) => port !== undefined);
    if (up.length === 0) throw new TypeError('fetch failed: no server is up');
    const server = random.pick(up);
    const url = new URL(request.url);
    url.port = String(server.port);
    const headersIn = new AbortController();
    const timer = setTimeout(() => {
      headersIn.abort();
    }, silentMs);
    try {
      const response = await fetch(new Request(url, request), {
        signal: AbortSignal.any([request.signal, headersIn.signal]),
      });
      onConnection(server.name, `${response.status} from ${request.headers.get('last-event-id') ?? 'the start'}`);
      if (!response.body || response.status !== 200) return response;
      const cutAfterBytes = random.chance(cuts()) ? random.between(0, 20_000) : Infinity;
      const body = passedOn(response.body, cutAfterBytes, silentMs, (why) => {
        onCut(server.name, why);
      });
      return new Response(body, { status: response.status, headers: response.headers });
    } finally {
      clearTimeout(timer);
    }
  };
