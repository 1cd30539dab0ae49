import '../support/angular.ts';

import { GrowingBody } from '../../src/angular/GrowingBody.ts';
import { until } from '../support/provider.ts';

const decoder = new TextDecoder();

/** A text that counts how often somebody looks at it. */
const grown = (sampleMs: number) => {
  const left: string[] = [];
  const body = new GrowingBody({
    sampleMs,
    onLeft: () => left.push('left'),
    outside: (work) => {
      work();
    },
  });
  const reads: string[] = [];
  let end: unknown;
  const reader = body.stream.getReader();
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      reads.push(decoder.decode(value));
    }
  };
  const start = (): void => {
    readAll().then(
      () => (end = 'closed'),
      (error: unknown) => (end = error),
    );
  };
  return { body, left, reader, reads, start, end: () => end };
};

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('GrowingBody', () => {
  it('hands out the first text at once, and what follows once in so many milliseconds', async () => {
    const { body, reads, start, end } = grown(40);
    start();
    await turn();
    const atMs = performance.now();
    let text = '';
    while (performance.now() - atMs < 150 || text.length < 21) {
      text += 'x';
      body.grow(text);
      await turn();
    }
    const tookMs = performance.now() - atMs;
    body.finish();
    await until(() => end() !== undefined);

    expect(reads.join('')).toBe(text);
    expect(reads[0]).toBe('x');
    expect(reads.length).toBeGreaterThan(2);
    expect(reads.length).toBeLessThan(tookMs / 40 + 5);
    expect(text.length).toBeGreaterThan(reads.length);
  });

  it('looks at nothing while nobody reads', async () => {
    const { body, reads, start } = grown(0);
    await turn();
    body.grow('a');
    body.grow('ab');
    await turn();
    expect(reads).toEqual([]);

    body.grow('abc');
    start();
    await until(() => reads.length > 0);
    expect(reads).toEqual(['abc']);
  });

  it('gives the rest at the end, without a wait', async () => {
    const { body, reads, start, end } = grown(60_000);
    start();
    await turn();
    body.grow('ab');
    await turn();
    body.grow('abc');
    body.finish('abcd');
    await until(() => end() !== undefined);

    expect(reads).toEqual(['ab', 'cd']);
    expect(end()).toBe('closed');
  });

  it('never splits a pair', async () => {
    const { body, reads, start, end } = grown(0);
    start();
    const text = 'a👩‍👩‍👧b\ud83d';
    for (let chars = 1; chars <= text.length; chars += 1) {
      await turn();
      body.grow(text.slice(0, chars));
    }
    await turn();
    expect(reads.join('')).toBe('a👩‍👩‍👧b');

    body.finish(`${text}\ude00`);
    await until(() => end() !== undefined);
    expect(reads.join('')).toBe('a👩‍👩‍👧b😀');
  });

  it('gives what came before it broke', async () => {
    const { body, reads, start, end } = grown(60_000);
    start();
    await turn();
    body.grow('a');
    await turn();
    body.grow('ab');
    body.break(new Error('reset'));
    await until(() => end() !== undefined);

    expect(reads).toEqual(['a', 'b']);
    expect(end()).toMatchObject({ message: 'reset' });
  });

  it('gives nothing of what was void', async () => {
    const { body, reads, start, end } = grown(60_000);
    start();
    await turn();
    body.grow('a');
    await turn();
    body.grow('ab');
    body.abandon(new Error('again'));
    await until(() => end() !== undefined);

    expect(reads).toEqual(['a']);
    expect(end()).toMatchObject({ message: 'again' });
  });

  it('tells of a text that changed where it was read, at the end too', async () => {
    const early = grown(0);
    early.start();
    await turn();
    early.body.grow('abc');
    await turn();
    early.body.grow('ab');
    await until(() => early.end() !== undefined);
    expect(String(early.end())).toContain('changed where it was read');

    const late = grown(0);
    late.start();
    await turn();
    late.body.grow('abc');
    await turn();
    late.body.finish('xbcd');
    await until(() => late.end() !== undefined);
    expect(String(late.end())).toContain('changed where it was read');
    expect(late.reads).toEqual(['abc']);
  });

  it('gives pieces as they are, in order', async () => {
    const { body, reads, start, end } = grown(25);
    const encoder = new TextEncoder();
    body.push(encoder.encode('a'));
    body.push(encoder.encode('b'));
    start();
    await turn();
    body.push(encoder.encode('c'));
    body.finish(null);
    body.push(encoder.encode('d'));
    await until(() => end() !== undefined);

    expect(reads).toEqual(['a', 'b', 'c']);
  });

  it('tells when its reader leaves, and stops its clock', async () => {
    const { body, left, reader } = grown(60_000);
    await turn();
    body.grow('a');
    await reader.read();
    void reader.read();
    body.grow('ab');
    await reader.cancel();
    body.grow('abc');
    body.finish('abc');

    expect(left).toEqual(['left']);
  });
});
