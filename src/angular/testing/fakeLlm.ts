import type { Provider } from '@angular/core';
import { Observable } from 'rxjs';

import type { Delta } from '../../deltas/Delta.ts';
import { openAiChat } from '../../dialects/openai-chat/openAiChat.ts';
import { abortedBy } from '../../internal/abortedBy.ts';
import type { StreamRunner } from '../../pipeline/StreamRunner.ts';
import type { BufferForUiOptions } from '../../ui/bufferForUi.ts';
import { LLM_STAND_IN, type LlmStandIn } from '../LLM_STAND_IN.ts';
import { type FakeAnswer, type FakeRequest, FakeStream } from './FakeStream.ts';

export interface FakeLlmOptions {
  /** How often what is shown follows what is said: at once (`false`), or as in a browser. @defaultValue false */
  readonly paint?: BufferForUiOptions | false | undefined;
}

/** A model that says what a test tells it to. Its verbs speak on the newest stream that is open. */
export interface FakeLlm extends FakeAnswer {
  /** For `TestBed`; with `provideLlm` beside it the application's own config holds, by itself it has one. */
  readonly provider: Provider;
  /** All that was asked, in order. */
  readonly requests: readonly FakeRequest[];
  /** The answer to each request, to be given one by one. */
  readonly streams: readonly (FakeAnswer & { readonly request: FakeRequest; readonly isOpen: boolean })[];
}

/**
 * A model that says what a test tells it to, for `TestBed`: no network, no waiting, no zone needed.
 *
 * Its provider stands in for the network in all of `rxllm/angular`; whatever the application says of dialect, body and tools
 * holds, and is checked. What it says is shown at once, unless `paint` says otherwise.
 *
 * - **Shape:** verbs make well-formed deltas: `text` opens a part, `done` closes it, tells the stop reason and ends
 * - **Errors:** a verb throws where no stream is open to speak on; on a stream that was left it does nothing
 *
 * @example A component or service is asked, and answered
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectChat } from 'rxllm/angular';
 * import { fakeLlm } from 'rxllm/angular/testing';
 *
 * const llm = fakeLlm();
 * TestBed.configureTestingModule({ providers: [llm.provider] });
 * const chat = TestBed.runInInjectionContext(() => injectChat());
 * chat.send('Hi');
 * llm.text('Hel');
 * chat.messages()[1]?.text(); // => 'Hel'
 * chat.stop();
 *
 * llm.requests[0]?.isOpen; // => false
 * llm.requests[0]?.body; // => { model: 'fake-model', messages: [{ role: 'user', content: 'Hi' }] }
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function fakeLlm({ paint = false }: FakeLlmOptions = {}): FakeLlm {
  const streams: FakeStream[] = [];
  const runIn: StreamRunner = (dialect, options) => {
    // Mistakes are thrown at the call, as they would be. A test need not have a page that a path is relative to.
    const { baseUrl } = options;
    dialect.request(/^\//.test(baseUrl) ? { ...options, baseUrl: `http://llm.test${baseUrl}` } : options);
    return new Observable<Delta>((out) => {
      streams.push(new FakeStream(dialect.name, options.body, out));
    }).pipe(abortedBy(options.signal));
  };
  const config: LlmStandIn['config'] = {
    dialect: openAiChat,
    baseUrl: 'http://llm.test/v1',
    body: { model: 'fake-model' },
  };
  const newest = (): FakeStream => {
    const open = streams.findLast(({ isOpen }) => isOpen);
    if (open !== undefined) return open;
    const count = streams.length;
    throw new Error(
      `fakeLlm: no stream is open: ${count === 0 ? 'nothing has been asked' : `all ${count} have ended or been left`}`,
    );
  };
  return {
    provider: { provide: LLM_STAND_IN, useValue: { runIn, config, paint } satisfies LlmStandIn },
    streams,
    get requests() {
      return streams.map(({ request }) => request);
    },
    start: () => {
      newest().start();
    },
    text: (piece) => {
      newest().text(piece);
    },
    reasoning: (piece) => {
      newest().reasoning(piece);
    },
    refusal: (piece) => {
      newest().refusal(piece);
    },
    toolCall: (call) => {
      newest().toolCall(call);
    },
    usage: (counts) => {
      newest().usage(counts);
    },
    deltas: (deltas) => {
      newest().deltas(deltas);
    },
    done: (finishReason) => {
      newest().done(finishReason);
    },
    fail: (error) => {
      newest().fail(error);
    },
  };
}
