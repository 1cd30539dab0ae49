import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openAiChat } from 'rxllm/openai';
import { answer, type ReceivedRequest, type Reply } from 'rxllm/testing';

import { root } from '../support/entryPoints.ts';
import { provider, until } from '../support/provider.ts';

const timeoutMs = 30_000;
const program = join(root, 'examples/recipes/summarise-documents.ts');
/** That of util-linux, which runs a program on a terminal; others take their arguments in another way. */
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder with so many documents in it. */
const documents = (count: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  folders.push(folder);
  for (let at = 0; at < count; at += 1) writeFileSync(join(folder, nameOf(at)), `Document number ${at}.`);
  return folder;
};

const nameOf = (at: number): string => `${String(at).padStart(3, '0')}.txt`;

/** The document that a request is about. */
const numberIn = ({ body }: ReceivedRequest): number => {
  const { messages } = body as { readonly messages: readonly { readonly content: string }[] };
  return Number(/number (\d+)/.exec(messages.at(-1)?.content ?? '')?.[1]);
};

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exitCode: Promise<number | null>;
}

const run = (command: string, args: readonly string[], baseUrl: string): Run => {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], OPENAI_BASE_URL: baseUrl },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, stdout: () => stdout, stderr: () => stderr, exitCode };
};

/** A provider that counts how many answers are under way, as it sees it. */
const counting = async (replyTo: (request: ReceivedRequest) => Reply) => {
  let most = 0;
  const started = await provider({
    replies: (request) => {
      most = Math.max(most, started.requests.filter(({ endedBy }) => endedBy === undefined).length);
      return replyTo(request);
    },
  });
  return { ...started, url: started.baseUrl(openAiChat), most: () => most };
};

const aboutIt = (request: ReceivedRequest): Reply => ({
  deltas: answer({ text: `About ${numberIn(request)}.` }),
  frameMs: 2,
});

/** The lines that were drawn on a terminal, one over the other. */
const drawn = (screen: string): readonly string[] =>
  screen
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll('\x1b[K', ''))
    .filter((line) => /\d+\/\d+/.test(line));

describe('the summaries of many documents', () => {
  it(
    'are made of all 500, never more than 8 at once, and told of in plain lines where there is no terminal',
    async () => {
      const { url, requests, most } = await counting(aboutIt);
      const { exitCode, stdout, stderr } = run(process.execPath, [program, documents(500)], url);

      expect([await exitCode, stderr().split('\n').at(-2)]).toEqual([0, '500/500']);
      const lines = stdout()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly file: string; readonly summary: string });
      const byFile = new Map(lines.map(({ file, summary }) => [file, summary]));
      expect(lines).toHaveLength(500);
      expect(byFile).toEqual(new Map(Array.from({ length: 500 }, (_, at) => [nameOf(at), `About ${at}.`])));
      expect([requests.length, most()]).toEqual([500, 8]);
      expect(stderr().match(/^\d+\/500/gm)).toEqual(Array.from({ length: 11 }, (_, at) => `${50 * at}/500`));
      expect(stderr()).not.toContain('\x1b');
    },
    timeoutMs,
  );

  it(
    'wait where the provider says so, and go on without one that fails',
    async () => {
      let isTold = false;
      const { url, requests } = await counting((request) => {
        if (numberIn(request) === 3) return { status: 404, error: { message: 'no such model' } };
        if (numberIn(request) !== 5 || isTold) return aboutIt(request);
        isTold = true;
        return { status: 429, headers: { 'retry-after-ms': '50' } };
      });
      const { exitCode, stdout, stderr } = run(process.execPath, [program, documents(20)], url);

      expect(await exitCode).toBe(1);
      expect(stdout().trimEnd().split('\n')).toHaveLength(19);
      expect(stdout()).not.toContain('003.txt');
      expect(stderr()).toMatch(/^003\.txt: HttpError: .*404.*no such model/m);
      expect(stderr()).toMatch(/^20\/20 · 1 failed · 1 retried$/m);
      expect(requests).toHaveLength(21);
    },
    timeoutMs,
  );

  it(
    'stop at Ctrl-C: what is done is kept, the connections close, and nothing more is asked for',
    async () => {
      // Each fourth is surely under way when the others are done.
      const frameMs = (request: ReceivedRequest): number => (numberIn(request) % 4 === 0 ? 5_000 : 40);
      const { url, requests } = await counting((request) => ({ ...aboutIt(request), frameMs: frameMs(request) }));
      const { child, exitCode, stdout, stderr } = run(process.execPath, [program, documents(100)], url);
      await until(() => stdout().split('\n').length > 9, 'nine summaries', 20_000);
      child.kill('SIGINT');

      expect(await exitCode).toBe(130);
      const kept = stdout().trimEnd().split('\n').length;
      expect(stderr()).toContain(`Stopped after ${kept} of 100.\n`);
      await until(() => requests.every(({ endedBy }) => endedBy !== undefined), 'the end of every answer');
      expect(requests.length - kept).toBeLessThanOrEqual(8);
      expect(requests.some(({ endedBy }) => endedBy === 'client')).toBe(true);
    },
    timeoutMs,
  );

  (hasTerminal || process.env['CI'] ? it : it.skip)(
    'draw one line on a terminal, as wide as that is, and leave it behind',
    async () => {
      const { url } = await counting((request) => ({ ...aboutIt(request), frameMs: 20 }));
      const line = `stty cols 40; '${process.execPath}' '${program}' '${documents(60)}' > /dev/null`;
      const { child, exitCode, stdout } = run('script', ['-qec', line, '/dev/null'], url);

      expect(await exitCode).toBe(0);
      child.stdin?.end();
      const lines = drawn(stdout());
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.filter((text) => text.length > 40)).toEqual([]);
      expect(lines.at(-1)).toBe(`${'█'.repeat(33)} 60/60`);
      expect(lines.slice(0, -1).every((text) => /^█*░+ \d+\/60/.test(text))).toBe(true);
      // It is always the same line, until the end of it.
      expect(stdout().match(/\n/g)).toHaveLength(1);
      expect(stdout().endsWith('\n')).toBe(true);
    },
    timeoutMs,
  );
});
