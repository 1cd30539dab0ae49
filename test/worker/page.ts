import { firstValueFrom, lastValueFrom, type Observable, take, tap } from 'rxjs';
import { type Completion, streamCompletion, type StreamRunner } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { inWorker, serveStreams } from 'rxllm/worker';

/** How an answer ended in a page, and in how many values it came. */
export interface Ended {
  readonly text: string;
  readonly updates: number;
  readonly tag: unknown;
  readonly reason: unknown;
  readonly message: string;
  readonly isError: boolean;
}

/** What the test asks of the page. */
export interface Page {
  /** Without a script, the page does it itself. */
  readonly answer: (baseUrl: string, script?: string) => Promise<Ended>;
  /** With a channel in place of a worker. */
  readonly channel: (baseUrl: string) => Promise<Ended>;
  /** Does something to the worker once the answer has begun. */
  readonly end: (baseUrl: string, script: string, how: 'terminate' | 'throw' | 'close') => Promise<Ended>;
  /** Terminates the worker the moment it says that it is ready. */
  readonly endEarly: (baseUrl: string, script: string) => Promise<Ended>;
  /** Leaves once the answer has begun. */
  readonly leave: (baseUrl: string, script: string, keepAliveMs: number) => Promise<void>;
  /** Is busy for so long once the answer has begun, and counts the messages of deltas that waited meanwhile. */
  readonly block: (baseUrl: string, script: string, ms: number) => Promise<{ waited: number; text: string }>;
}

let newest: Worker | undefined;

const runner = (script: string, keepAliveMs = 0): StreamRunner =>
  inWorker(() => (newest = new Worker(script, { type: 'module' })), { keepAliveMs });

const completionOf = (baseUrl: string, runIn: StreamRunner | undefined): Observable<Completion> =>
  streamCompletion(openAiChat, { baseUrl, runIn, retry: false, body: { model: 'm', messages: [] } });

const endOf = (completions: Observable<Completion>): Promise<Ended> =>
  new Promise((resolve) => {
    let text = '';
    let updates = 0;
    const end = (error?: { _tag?: unknown; reason?: unknown; message: string }): void => {
      const { _tag: tag, reason, message = '' } = error ?? {};
      resolve({ text, updates, tag, reason, message, isError: error instanceof Error });
    };
    completions.subscribe({
      next: (completion) => {
        text = completion.text;
        updates += 1;
      },
      error: end,
      complete: end,
    });
  });

const page: Page = {
  answer: (baseUrl, script) => endOf(completionOf(baseUrl, script === undefined ? undefined : runner(script))),

  channel(baseUrl) {
    const runIn = inWorker(() => {
      const { port1, port2 } = new MessageChannel();
      serveStreams([openAiChat], port2);
      return Object.assign(port1, {
        terminate: () => {
          port1.close();
        },
      });
    });
    return endOf(completionOf(baseUrl, runIn));
  },

  end(baseUrl, script, how) {
    let isBegun = false;
    const act = ({ text }: Completion): void => {
      if (isBegun || text === '') return;
      isBegun = true;
      if (how === 'terminate') newest?.terminate();
      else newest?.postMessage(how);
    };
    return endOf(completionOf(baseUrl, runner(script)).pipe(tap(act)));
  },

  endEarly(baseUrl, script) {
    const runIn = inWorker(() => {
      const worker = new Worker(script, { type: 'module' });
      worker.addEventListener('message', () => {
        worker.terminate();
      });
      return worker;
    });
    return endOf(completionOf(baseUrl, runIn));
  },

  async leave(baseUrl, script, keepAliveMs) {
    await firstValueFrom(completionOf(baseUrl, runner(script, keepAliveMs)).pipe(take(1)));
  },

  async block(baseUrl, script, ms) {
    let waited: number | undefined;
    let count = 0;
    const completion$ = completionOf(baseUrl, runner(script)).pipe(
      tap(({ text }) => {
        if (waited !== undefined || text === '') return;
        waited = 0;
        newest?.addEventListener('message', ({ data }: { data: { type: string } }) => {
          if (data.type === 'deltas') count += 1;
        });
        const endMs = performance.now() + ms;
        while (performance.now() < endMs);
        // What waits now was posted meanwhile; it is dispatched before this timer's turn, and what follows it is not.
        setTimeout(() => (waited = count));
      }),
    );
    const { text } = await lastValueFrom(completion$);
    return { waited: waited ?? -1, text };
  },
};

Object.assign(globalThis, { page });
