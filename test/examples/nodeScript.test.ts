import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { root } from '../support/entryPoints.ts';
import { closedOrigin, provider, until } from '../support/provider.ts';

const timeoutMs = 30_000;
const secret = 'sk-very-secret-0123456789';

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exitCode: Promise<number | null>;
}

const runScript = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Run => {
  const child = spawn(process.execPath, [join(root, 'examples', 'node-script', 'main.ts'), ...args], {
    // Nothing of the caller's, who may have a key.
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, stdout: () => stdout, stderr: () => stderr, exitCode };
};

describe('the Node script', () => {
  it(
    'streams an answer without a key, and nothing else, to the standard output',
    async () => {
      const { exitCode, stdout, stderr } = runScript();
      await until(() => stdout().includes('A stream'), 'the first words', 10_000);

      expect(stdout()).not.toContain('stops writing');
      expect(await exitCode).toBe(0);
      expect(stdout()).toMatch(/^A stream is an answer .* stops writing, too\.\n$/);
      expect(stderr()).toMatch(/a provider without a model answers\.[^]*49 tokens, finish reason: stop/);
    },
    timeoutMs,
  );

  it(
    'asks the address that it is told, with the key',
    async () => {
      const { requests, baseUrl } = await provider({
        apiKey: secret,
        replies: [{ deltas: answer({ text: 'Grüße 👩‍👩‍👧' }) }],
      });
      const env = { OPENAI_BASE_URL: baseUrl(openAiChat), OPENAI_API_KEY: secret, OPENAI_MODEL: 'm-1' };
      const { exitCode, stdout, stderr } = runScript(['Why?'], env);

      expect(await exitCode).toBe(0);
      expect(stdout()).toBe('Grüße 👩‍👩‍👧\n');
      expect(requests).toMatchObject([{ body: { model: 'm-1', messages: [{ role: 'user', content: 'Why?' }] } }]);
      expect(stderr()).toBe('\n? tokens, finish reason: stop\n');
    },
    timeoutMs,
  );

  it(
    'closes the connection and ends on Ctrl-C',
    async () => {
      const { requests, baseUrl } = await provider({
        replies: [{ deltas: answer({ text: 'word '.repeat(10_000) }), frameMs: 5 }],
      });
      const { child, exitCode, stdout, stderr } = runScript([], { OPENAI_BASE_URL: baseUrl(openAiChat) });
      await until(() => stdout().includes('word'), 'the first words', 10_000);
      child.kill('SIGINT');

      expect(await exitCode).toBe(130);
      expect(stderr()).toBe('\nStopped.\n');
      await until(() => requests[0]?.endedBy === 'client', 'the server seeing the script leave', 5_000);
    },
    timeoutMs,
  );

  it(
    'keeps what it wrote of an answer that is cut, and says what happened',
    async () => {
      const { baseUrl } = await provider({
        replies: [{ deltas: answer({ text: 'All of it' }), fault: { kind: 'cut', afterBytes: 500, with: 'fin' } }],
      });
      const { exitCode, stdout, stderr } = runScript([], { OPENAI_BASE_URL: baseUrl(openAiChat) });

      expect(await exitCode).toBe(1);
      expect(stdout()).toMatch(/^All/);
      expect(stderr()).toContain('TruncatedError: ');
    },
    timeoutMs,
  );

  it(
    'tries again before it gives up on an address where nobody is, and repeats no key',
    async () => {
      const env = { OPENAI_BASE_URL: `${await closedOrigin()}/v1`, OPENAI_API_KEY: secret };
      const { exitCode, stdout, stderr } = runScript([], env);

      expect(await exitCode).toBe(1);
      expect(stdout()).toBe('');
      expect(stderr()).toMatch(/Trying again in \d+ ms[^]*NetworkError/);
      expect(stderr()).not.toContain(secret);
    },
    timeoutMs,
  );
});
