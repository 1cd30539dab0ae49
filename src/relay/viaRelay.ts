import { concat, defer, EMPTY, type Observable, tap } from 'rxjs';

import { AbortedError } from '../errors/AbortedError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { randomId } from '../internal/randomId.ts';
import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import { within } from '../pipeline/within.ts';
import { fromRelay } from './fromRelay.ts';
import type { RelayEnding } from './RelayEnding.ts';
import { checkRelay, type RelayConnection } from './RelayOptions.ts';
import { relayUrl } from './relayUrl.ts';
import { stopLater } from './stopLater.ts';

/** What a server is asked for, as it finds it in the body of the request. */
export interface RelayQuestion {
  /** The dialect's name. */
  readonly dialect: string;
  /** The body of the request to the provider. */
  readonly body: unknown;
}

/** An answer that was asked for. */
export interface RelayedAnswer extends RelayQuestion {
  readonly key: string;
  /** Where it can be followed (`fromRelay`) and stopped (`stopAnswer`). */
  readonly url: string;
}

export interface ViaRelayOptions extends Omit<RelayConnection, 'signal'> {
  /** Names an answer, each with a name of its own. @defaultValue a random name */
  readonly key?: ((question: RelayQuestion) => string) | undefined;
  /** Told of each answer before it is asked for, so that a page can find it again. */
  readonly onStart?: ((answer: RelayedAnswer) => void) | undefined;
  /**
   * What becomes of an answer when it is unsubscribed from before its end: it goes on, for whoever comes back, or it is stopped. A page
   * that is closed or reloaded unsubscribes from nothing. @defaultValue 'go-on'
   */
  readonly whenLeft?: 'go-on' | 'stop' | undefined;
}

/** An answer that is not whole is an error here: whoever asked for it through a dialect knows no other end. */
const checkWhole = (hasEnded: boolean, ending: RelayEnding | undefined): Observable<never> => {
  if (hasEnded) return EMPTY;
  if (ending?.state !== 'stopped') throw new TruncatedError({ missing: 'marker' });
  throw new AbortedError({ cause: new Error(`the answer was stopped: ${ending.reason}`) });
};

/**
 * Makes requests go to one's own server instead of to a provider: the server makes the answer, keeps it, and the page finds it again
 * after a reload or on another connection. Keys stay on the server.
 *
 * Give it to a request as `runIn`; everything that makes requests (`streamCompletion`, `runTools`, a chat) takes it from there.
 *
 * - **Shape:** the address of `resumable`'s endpoints, to a `StreamRunner`. The server's `start` gets `{ dialect, body }`, the
 *   dialect's name and the request's body. Of the request, `body`, `signal`, `fetch`, `readWhen`, `timeouts.totalMs` and
 *   `limits.maxFrameChars` count here; addresses, keys, headers, retries and the other clocks are the server's matter
 * - **Errors:** those of `fromRelay`; `AbortedError` where somebody stopped the answer, `TruncatedError` where the server's deltas
 *   lack their `end`. `InvalidOptionError` thrown at the call
 * - **Completes:** after `end`
 * - **Unsubscribe:** closes the connection; the answer goes on, or is stopped, as `whenLeft` says
 *
 * @example A request that names no key, and an answer that can be found again
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, streamCompletion, streamDeltas } from 'rxllm';
 * import { memoryLog } from 'rxllm/log';
 * import { openAiChat } from 'rxllm/openai';
 * import { fromRelay, viaRelay } from 'rxllm/relay';
 * import { resumable } from 'rxllm/server';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * // On the server.
 * const provider = fakeProvider({ apiKey: 'the-key' });
 * const answers = resumable(memoryLog(), {
 *   authorize: () => 'user-1',
 *   start: ({ body }) =>
 *     streamDeltas(openAiChat, {
 *       baseUrl: 'http://fake.test/v1',
 *       apiKey: 'the-key',
 *       fetch: provider.fetch,
 *       body: (body as { body: { model: string; messages: [] } }).body,
 *     }),
 * });
 *
 * // In the page; with a network between them, there is no `fetch`.
 * const fetch = (input: RequestInfo | URL, init?: RequestInit) => answers.fetch(new Request(input, init));
 * let found = '';
 * const runIn = viaRelay('https://chat.test', { fetch, onStart: ({ url }) => (found = url) });
 * const request = { baseUrl: '', runIn, body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] } };
 * const { text } = await lastValueFrom(streamCompletion(openAiChat, request));
 * const again = await lastValueFrom(fromRelay(found, { fetch }).pipe(accumulateDelta()));
 *
 * text; // => 'Hello! I am a stand-in for a model.'
 * again.text; // => text
 * ```
 *
 * @category relay
 * @since 0.1.0
 */
export function viaRelay(url: string, options: ViaRelayOptions = {}): StreamRunner {
  const { key: nameOf = randomId, onStart, whenLeft = 'go-on', ...connection } = options;
  checkOneOf('whenLeft', whenLeft, ['go-on', 'stop']);
  checkRelay(connection);

  return (dialect, { body, fetch, limits, readWhen, signal, timeouts = {} }) => {
    const question = { dialect: dialect.name, body: JSON.parse(JSON.stringify(body)) as unknown };
    const access = { ...connection, fetch: connection.fetch ?? fetch };
    const deltas = defer(() => {
      const key = nameOf(question);
      const answer = { ...question, key, url: relayUrl(url, key) };
      let ending: RelayEnding | undefined;
      let hasEnded = false;
      onStart?.(answer);
      return concat(
        fromRelay(url, {
          ...access,
          maxFrameChars: access.maxFrameChars ?? limits?.maxFrameChars,
          readWhen,
          body: question,
          key,
          onEnding: (told) => {
            ending = told;
          },
        }).pipe(
          tap({
            next: ({ type }) => {
              hasEnded ||= type === 'end';
            },
            unsubscribe: () => {
              if (whenLeft === 'stop' && !hasEnded) stopLater(answer.url, access);
            },
          }),
        ),
        defer(() => checkWhole(hasEnded, ending)),
      );
    });
    return deltas.pipe(within(timeouts.totalMs ?? Infinity, dialect.expectedChoices(body)), abortedBy(signal));
  };
}
