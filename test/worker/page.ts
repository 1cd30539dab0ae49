import { lastValueFrom, type Observable } from 'rxjs';
import { type Completion, streamCompletion, type StreamRunner } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { inWorker } from 'rxllm/worker';

/** What the test asks of the page. */
export interface Page {
  readonly answer: (baseUrl: string, script: string | undefined) => Promise<{ text: string; updates: number }>;
  readonly fail: (baseUrl: string, script: string) => Promise<{ tag: unknown; message: string }>;
  readonly leave: (baseUrl: string, script: string) => Promise<void>;
}

const completionOf = (baseUrl: string, script: string | undefined): Observable<Completion> => {
  const runIn: StreamRunner | undefined =
    script === undefined ? undefined : inWorker(() => new Worker(script, { type: 'module' }), { readyMs: 2_000 });
  return streamCompletion(openAiChat, { baseUrl, runIn, retry: false, body: { model: 'm', messages: [] } });
};

const page: Page = {
  async answer(baseUrl, script) {
    let updates = 0;
    const completion$ = completionOf(baseUrl, script);
    const last = await new Promise<Completion | undefined>((resolve, reject) => {
      let completion: Completion | undefined;
      completion$.subscribe({
        next: (next) => {
          completion = next;
          updates += 1;
        },
        error: reject,
        complete: () => {
          resolve(completion);
        },
      });
    });
    return { text: last?.text ?? '', updates };
  },
  fail: (baseUrl, script) =>
    lastValueFrom(completionOf(baseUrl, script)).then(
      () => ({ tag: undefined, message: 'it did not fail' }),
      (error: { _tag?: unknown; message: string }) => ({ tag: error._tag, message: error.message }),
    ),
  leave: (baseUrl, script) =>
    new Promise((resolve) => {
      const subscription = completionOf(baseUrl, script).subscribe({
        next: () => {
          setTimeout(() => {
            subscription.unsubscribe();
            resolve();
          });
        },
        error: () => undefined,
      });
    }),
};

Object.assign(globalThis, { page });
