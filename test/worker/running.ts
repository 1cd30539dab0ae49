import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { build } from 'esbuild';

import type { Delta, Dialect, StreamRunner } from 'rxllm';
import { inWorker, type InWorkerOptions } from 'rxllm/worker';

/** Every worker of the test under way, oldest first; none of them outlives it. */
export const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A script in one piece, so that a worker starts fast. */
const bundled = async (name: string): Promise<URL> => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return scriptOf(outputFiles[0]?.text ?? '');
};

/** The address of a script that is this. */
export const scriptOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

let script: URL;
beforeAll(async () => {
  script = await bundled('llmWorker.ts');
}, 30_000);

export const makeWorker = (url: URL = script): Worker => {
  const worker = new Worker(url, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  workers.push(worker);
  return worker;
};

export const makeRunner = (options?: InWorkerOptions): StreamRunner => inWorker(() => makeWorker(), options);

const bodies: Readonly<Record<string, object>> = {
  gemini: { model: 'm', contents: [] },
  'openai-responses': { model: 'm', input: [] },
  'anthropic-messages': { model: 'm', max_tokens: 9, messages: [] },
};

/** A body that a dialect takes. */
export const bodyFor = (dialect: Dialect): object => bodies[dialect.name] ?? chat;

export const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

/** All that can be told of an error by looking at it: class, words, fields, cause. */
export const toldOf = (error: unknown): unknown => {
  if (!(typeof error === 'object' && error !== null && 'message' in error)) return error;
  const { message, cause, name } = error as Error;
  const fields = Object.entries(error).map(([key, value]) => [key, toldOf(value)]);
  return { class: error.constructor.name, name, message, fields: Object.fromEntries(fields), cause: toldOf(cause) };
};

/** Deltas as far as a worker keeps them: pieces of the same text, or call, that follow each other are one. */
export const joined = (deltas: readonly Delta[]): readonly unknown[] => {
  const out: Delta[] = [];
  for (const delta of deltas) {
    const last = out.at(-1);
    if (last && 'text' in delta && 'text' in last && delta.type === last.type && delta.part === last.part) {
      if (delta.choice === last.choice) {
        out[out.length - 1] = { ...last, text: last.text + delta.text };
        continue;
      }
    }
    out.push(delta);
  }
  return out.map((delta) => ('error' in delta ? { ...delta, error: toldOf(delta.error) } : delta));
};
