import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { promisify } from 'node:util';

import { lastValueFrom, retry, take, tap, timer } from 'rxjs';
import { type Delta, reduceDelta, streamCompletion, streamDeltas, type StreamOptions } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';
import { inWorker } from 'rxllm/worker';

import { ending, expectNothingUncaught, failure, provider, until } from '../support/provider.ts';
import { chat, makeRunner, makeWorker, scriptOf, toldOf, workers } from './running.ts';

expectNothingUncaught();

/** Long enough for a worker to start on a busy machine. */
const slowMs = 30_000;

const serving = async (...replies: readonly Reply[]) => {
  const fake = await provider({ replies });
  const request: StreamOptions<typeof chat> = { baseUrl: fake.baseUrl(openAiChat), body: chat, retry: false };
  return { ...fake, request };
};

const hi: Reply = { deltas: answer({ text: 'Hi' }) };
const stall: Reply = { deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } };

describe('a worker that cannot begin', () => {
  const request = { baseUrl: 'http://127.0.0.1:9/v1', body: chat };

  it.each([
    ['its script is not there', new URL('./nowhere.ts', import.meta.url), 'failed-to-start', 'nowhere'],
    ['its script is no script', scriptOf('const const = 1'), 'failed-to-start', 'const'],
    ['its script throws', scriptOf('throw new Error("not today")'), 'failed-to-start', 'not today'],
    ['its script leaves', scriptOf('process.exit(4)'), 'failed-to-start', 'code 4'],
    ['its script serves nothing', scriptOf('1'), 'silent', 'without serveStreams'],
  ])(
    'is a WorkerError: %s',
    async (_what, url, reason, words) => {
      const runIn = inWorker(() => makeWorker(url));
      const error = await failure(streamDeltas(openAiChat, { ...request, runIn }));

      expect(toldOf(error)).toMatchObject({ class: 'WorkerError', fields: { reason, isRetryable: false } });
      expect((error as Error).message).toContain(words);
    },
    slowMs,
  );

  it('is one when it says nothing for too long', async () => {
    const idle = scriptOf('setInterval(() => undefined, 1000)');
    const runIn = inWorker(() => makeWorker(idle), { readyMs: 100 });
    const error = await failure(streamDeltas(openAiChat, { ...request, runIn }));

    expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'silent' });
    expect((error as Error).message).toContain('100 ms; does its script call serveStreams?');
    await once(workers[0] as Worker, 'exit');
  });

  it('is one when it could not be made, and the next may be', async () => {
    const served = await serving(hi);
    let isBroken = true;
    const broken = new RangeError('no more workers');
    const runIn = inWorker(() => {
      if (isBroken) throw broken;
      return makeWorker();
    });
    const error = await failure(streamDeltas(openAiChat, { ...served.request, runIn }));
    isBroken = false;

    expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'failed-to-start', cause: broken });
    await lastValueFrom(streamDeltas(openAiChat, { ...served.request, runIn }));
    await once(workers[0] as Worker, 'exit');
  });

  it('is one when it is the one that was there before, in use or let go', async () => {
    const served = await serving(hi);
    const worker = makeWorker();
    const [first, second] = [inWorker(() => worker), inWorker(() => worker)];
    const running = lastValueFrom(streamDeltas(openAiChat, { ...served.request, runIn: first }));
    const shared = await failure(streamDeltas(openAiChat, { ...served.request, runIn: second }));
    await running;
    const again = await failure(streamDeltas(openAiChat, { ...served.request, runIn: first }));

    for (const error of [shared, again]) {
      expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'failed-to-start' });
      expect((error as Error).message).toContain('make a new one each time');
    }
  });

  it('names the dialects that it has', async () => {
    const error = await failure(streamDeltas({ ...openAiChat, name: 'odd-chat' }, { ...request, runIn: makeRunner() }));

    expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'unknown-dialect', isRetryable: false });
    expect((error as Error).message).toContain('no dialect "odd-chat" (it has: openai-chat, anthropic-messages');
  });
});

describe('a worker that comes to an end', () => {
  it.each([
    ['throws', (worker: Worker) => void worker.postMessage('throw'), 'out of nowhere'],
    ['leaves', (worker: Worker) => void worker.postMessage('exit'), 'code 3'],
    ['is terminated', (worker: Worker) => void worker.terminate(), 'code 1'],
  ])(
    'fails every stream at once, when it %s, and the next gets another one',
    async (_what, end, words) => {
      const { request } = await serving(stall, stall, hi);
      const runIn = makeRunner();
      const completion$ = streamCompletion(openAiChat, { ...request, runIn });
      const texts = ['', ''];
      const failures = Promise.all(
        texts.map((_, at) => failure(completion$.pipe(tap(({ text }) => (texts[at] = text))))),
      );
      await until(() => texts.every((text) => text.includes('one')), 'that both have begun', slowMs);
      end(workers[0] as Worker);

      for (const error of await failures) {
        expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'crashed', isRetryable: true });
        expect(error).toMatchObject({ partial: { text: expect.stringContaining('one') } });
        expect((error as Error).message).toContain(words);
      }
      expect((await lastValueFrom(completion$)).ended).toBe(true);
      expect(workers.length).toBe(2);
    },
    slowMs,
  );

  it(
    'is made anew by whoever subscribes again at once',
    async () => {
      const { request, requests } = await serving(stall, hi);
      const deltas$ = streamDeltas(openAiChat, { ...request, runIn: makeRunner() }).pipe(
        tap(({ type }) => void (type === 'start' && requests.length === 1 && workers[0]?.postMessage('throw'))),
        retry(1),
      );

      expect((await ending(deltas$)).values.at(-1)).toEqual({ type: 'end' });
      expect(workers.length).toBe(2);
    },
    slowMs,
  );

  it(
    'is not missed while it had nothing to do',
    async () => {
      const { request } = await serving(hi);
      const runIn = makeRunner({ keepAliveMs: Infinity });
      await lastValueFrom(streamDeltas(openAiChat, { ...request, runIn }));
      await workers[0]?.terminate();
      await lastValueFrom(streamDeltas(openAiChat, { ...request, runIn }));

      expect(workers.length).toBe(2);
    },
    slowMs,
  );
});

describe('what cannot be cloned', () => {
  const odd = (name: string) => ({ ...openAiChat, name });
  const text = ['Hello', 'ODD', 'never'];

  it(
    'costs its own stream the rest, and no other anything',
    async () => {
      const deltas = answer({ text });
      const { request } = await serving({ deltas, frameMs: 20 });
      const runIn = makeRunner();
      const other = lastValueFrom(streamCompletion(openAiChat, { ...request, runIn }));
      const { values, error } = await ending(streamDeltas(odd('gives-a-function'), { ...request, runIn }));

      expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'not-cloneable', isRetryable: false });
      expect(values.reduce(reduceDelta, undefined)?.text).toBe('Hello');
      expect((await other).text).toBe(text.join(''));
    },
    slowMs,
  );

  it(
    'does so at the very end, too, and what came before is given',
    async () => {
      const { request } = await serving({ deltas: answer({ text }) });
      const { values, error } = await ending(
        streamDeltas(odd('gives-a-function'), { ...request, runIn: makeRunner() }),
      );

      expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'not-cloneable' });
      expect(values.reduce(reduceDelta, undefined)?.text).toBe('Hello');
    },
    slowMs,
  );

  it(
    'is a WorkerError where an error holds it',
    async () => {
      const { request } = await serving({ deltas: answer({ text }) });
      const error = await failure(streamDeltas(odd('throws-a-function'), { ...request, runIn: makeRunner() }));

      expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'not-cloneable' });
    },
    slowMs,
  );

  it(
    'is no problem in a mistake of a dialect, which keeps its class and its stack',
    async () => {
      const { request } = await serving({ deltas: answer({ text }) });
      const error = await failure(streamDeltas(odd('throws-its-own'), { ...request, runIn: makeRunner() }));

      expect(toldOf(error)).toMatchObject({ class: 'SyntaxError', message: 'a mistake in a dialect' });
      expect((error as Error).stack).toContain('data:text/javascript');
    },
    slowMs,
  );
});

/** A page of its own: says what `inWorker` says, but answers only as told. */
const slowPage = async (worker: Worker, baseUrl: string) => {
  const messages: { type: string; batches?: { deltas: Delta[] }[] }[] = [];
  worker.on('message', (message) => messages.push(message));
  const say = (message: object): void => void worker.postMessage({ ...message, mark: 'rxllm-1' });
  await until(() => messages.length > 0, 'that the worker is ready', slowMs);
  say({
    type: 'start',
    stream: 1,
    request: { dialect: 'openai-chat', options: { baseUrl }, body: JSON.stringify(chat), apiKey: undefined, pace: {} },
  });
  const batches = () => messages.flatMap(({ batches = [] }) => batches.map(({ deltas }) => deltas));
  return { messages, batches, say };
};

describe('a page that is blocked', () => {
  const pause = (ms: number) => lastValueFrom(timer(ms));

  it(
    'has two messages waiting at most; the rest is joined meanwhile',
    async () => {
      const words = Array.from({ length: 500 }, (_, at) => `word ${at} `);
      const [first = '', ...others] = words;
      const { baseUrl } = await provider({
        replies: [{ deltas: answer({ text: words }), frameMs: 1, fault: { kind: 'stall', afterBytes: 80_000 } }],
      });
      const page = await slowPage(makeWorker(), baseUrl(openAiChat));
      await until(() => page.batches().length === 2, 'two batches', slowMs);
      await pause(1_000);

      expect(page.batches()).toHaveLength(2);
      expect(page.batches()[0]?.map(({ type }) => type)).toEqual(expect.arrayContaining(['start']));
      page.say({ type: 'taken' });
      await until(() => page.batches().length === 3, 'one more batch', slowMs);
      await pause(200);

      expect(page.batches()).toHaveLength(3);
      expect(page.batches()[2]).toHaveLength(1);
      expect((page.batches()[2]?.[0] as { text: string }).text.length).toBeGreaterThan(others.join('').length / 4);
      expect(first).toBe('word 0 ');
    },
    slowMs,
  );

  it(
    'gets the end at once nevertheless',
    async () => {
      const { baseUrl } = await provider({ replies: [{ deltas: answer({ text: 'a b c d e f g h' }), frameMs: 30 }] });
      const page = await slowPage(makeWorker(), baseUrl(openAiChat));
      await until(() => page.messages.at(-1)?.type === 'complete', 'the end', slowMs);
      const text = page.batches().flat().reduce(reduceDelta, undefined)?.text;

      expect(page.batches()).toHaveLength(3);
      expect(text).toBe('a b c d e f g h');
    },
    slowMs,
  );

  it(
    'makes the worker read no more, once much is waiting, and read on later',
    async () => {
      let pulled = 0;
      const endless = function* (): Generator<Delta> {
        yield* answer({ text: 'a' }).slice(0, 2);
        for (;;) {
          pulled += 1;
          yield { type: 'text', choice: 0, part: 0, text: 'x'.repeat(10_000) };
        }
      };
      const { baseUrl } = await provider({ replies: () => ({ deltas: endless() }) });
      const page = await slowPage(makeWorker(), baseUrl(openAiChat));
      const settled = async (): Promise<number> => {
        for (let before = -1; before !== pulled || pulled === 0; await pause(500)) before = pulled;
        return pulled;
      };
      const first = await settled();
      // Much of it waits in the sockets' own buffers, so the server notices late.
      const more = (): boolean => {
        page.say({ type: 'taken' });
        return pulled > first + 50;
      };
      await until(more, 'that it reads on', slowMs);
      page.say({ type: 'stop', stream: 1 });

      expect(first).toBeGreaterThan(50);
    },
    slowMs,
  );

  it(
    'cannot make one batch endless',
    async () => {
      const odd = Array.from({ length: 3_500 }, (_, at): Delta => ({ type: 'other', name: `n${at}`, raw: at }));
      const plain = answer({ text: 'a' });
      const all = [...plain.slice(0, 1), ...odd, ...plain.slice(1)];
      const { baseUrl } = await provider({ replies: [{ deltas: all }] });
      const page = await slowPage(makeWorker(), baseUrl(openAiChat));
      await until(() => page.messages.at(-1)?.type === 'complete', 'the end', slowMs);

      expect(Math.max(...page.batches().map(({ length }) => length))).toBeLessThanOrEqual(1_000);
    },
    slowMs,
  );
});

describe('a consumer', () => {
  it(
    'may leave in the middle of a batch',
    async () => {
      const { request } = await serving({ deltas: answer({ text: 'a b c d e f' }) });
      const seen: string[] = [];
      await lastValueFrom(
        streamDeltas(openAiChat, { ...request, runIn: makeRunner() }).pipe(
          tap(({ type }) => seen.push(type)),
          take(2),
        ),
      );
      await once(workers[0] as Worker, 'exit');

      expect(seen).toHaveLength(2);
    },
    slowMs,
  );

  it(
    'may begin a stream while it is given a delta of another',
    async () => {
      const { request } = await serving({ deltas: answer({ text: 'a b c' }) });
      const completion$ = streamCompletion(openAiChat, { ...request, runIn: makeRunner() });
      let inner: Promise<unknown> | undefined;
      await lastValueFrom(
        completion$.pipe(
          tap(() => {
            inner ??= lastValueFrom(completion$);
          }),
        ),
      );

      expect(await inner).toMatchObject({ text: 'a b c', ended: true });
      expect(workers.length).toBe(1);
    },
    slowMs,
  );

  it(
    'may post to the worker what is none of ours',
    async () => {
      const { request } = await serving({ deltas: answer({ text: 'a b c' }), frameMs: 5 });
      const runIn = inWorker(() => {
        const worker = makeWorker();
        for (const odd of [null, 'text', { type: 'start', stream: 1 }, [1]]) worker.postMessage(odd);
        return worker;
      });

      expect((await lastValueFrom(streamCompletion(openAiChat, { ...request, runIn }))).text).toBe('a b c');
    },
    slowMs,
  );

  it(
    'that ends its process is not held up by a worker that is kept',
    async () => {
      const { request } = await serving(hi);
      const src = new URL('../../src/', import.meta.url).href;
      const code = `
      import { Worker } from 'node:worker_threads';
      const { openAiChat } = await import('${src}dialects/openai-chat/openAiChat.ts');
      const { streamDeltas } = await import('${src}pipeline/streamDeltas.ts');
      const { inWorker } = await import('${src}worker/inWorker.ts');
      const runIn = inWorker(() => new Worker(new URL('${new URL('./llmWorker.ts', import.meta.url).href}'), { execArgv: [] }), { keepAliveMs: 60_000 });
      streamDeltas(openAiChat, { ...${JSON.stringify(request)}, runIn }).subscribe({ complete: () => console.log('done') });
    `;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
        timeout: slowMs,
      });

      expect(stdout).toBe('done\n');
    },
    slowMs,
  );
});
