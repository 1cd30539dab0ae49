import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromiumFlags, chromiumPath } from '../../support/chromium.ts';
import { until } from './until.ts';

interface Answered {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A page, driven by the bare protocol: nothing pretends that it has the focus, or that somebody sees it. */
export interface RawPage {
  readonly targetId: string;
  readonly send: (method: string, params?: object) => Promise<unknown>;
  /** The value of an expression, awaited. */
  readonly evaluate: (expression: string) => Promise<unknown>;
}

const connect = async (address: string): Promise<Pick<RawPage, 'send'> & { readonly close: () => void }> => {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (answered: Answered) => void>();
  socket.onmessage = ({ data }) => {
    const answered = JSON.parse(String(data)) as Answered;
    waiting.get(answered.id ?? -1)?.(answered);
  };
  await once(socket, 'open');
  let count = 0;
  const send = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = (count += 1);
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  return {
    send,
    close: () => {
      socket.close();
    },
  };
};

const evaluateBy =
  (send: RawPage['send']): RawPage['evaluate'] =>
  async (expression) => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })) as { result: { value?: unknown }; exceptionDetails?: { exception?: { description?: string }; text: string } };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };

/** Where a browser that was just started listens: it writes so. */
const addressOf = async (child: ChildProcess): Promise<string> => {
  if (!child.stderr) throw new Error('the browser has no standard error');
  const lines = createInterface(child.stderr);
  for await (const line of lines) {
    const [, address] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
    // What it writes from now on must not fill the pipe.
    if (address !== undefined) {
      child.stderr.resume();
      return address;
    }
  }
  throw new Error('the browser ended before it listened');
};

/** A Chromium of its own, without Playwright, which tells pages that they are visible and have the focus. */
export class RawChromium {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #origin: string;
  readonly #closers: (() => void)[] = [];

  private constructor(child: ChildProcess, folder: string, origin: string) {
    this.#child = child;
    this.#folder = folder;
    this.#origin = origin;
  }

  static async start(): Promise<RawChromium> {
    const folder = mkdtempSync(join(tmpdir(), 'rxllm-chromium-'));
    const flags = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${folder}`, ...chromiumFlags];
    const child = spawn(chromiumPath(), [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const { host } = new URL(await addressOf(child));
    return new RawChromium(child, folder, `http://${host}`);
  }

  /** Opens a page in front of all others. */
  async open(url: string): Promise<RawPage> {
    const response = await fetch(`${this.#origin}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
    const { id, webSocketDebuggerUrl } = (await response.json()) as { id: string; webSocketDebuggerUrl: string };
    const { send, close } = await connect(webSocketDebuggerUrl);
    this.#closers.push(close);
    const evaluate = evaluateBy(send);
    const isLoaded = `document.readyState === 'complete' && location.href.startsWith(${JSON.stringify(url)})`;
    // While the page is being replaced there is nobody to answer.
    await until(() => evaluate(isLoaded).then(Boolean, () => false), `${url} was loaded`);
    return { targetId: id, send, evaluate };
  }

  /** Brings a page to the front; the others are hidden by it. */
  async show({ targetId }: RawPage): Promise<void> {
    await fetch(`${this.#origin}/json/activate/${targetId}`);
  }

  async close(): Promise<void> {
    for (const close of this.#closers) close();
    const closed = once(this.#child, 'close');
    this.#child.kill();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
