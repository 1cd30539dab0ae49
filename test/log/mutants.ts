import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

import type { Implementation } from './model/runSchedule.ts';

/** One mistake, made in the source: the text of a file, which is there once, and what stands in its place. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Mistakes that a log can be made with, each of which loses, doubles or mixes up something sooner or later. */
export const mutants: readonly Mutant[] = [
  {
    name: 'append is not idempotent',
    file: 'memoryDriver.ts',
    from: 'if (last <= log.seq) return { stop: log.stop };\n    this.#checkNext(id, log, first);',
    to: 'if (last <= log.seq) first = log.seq + 1;\n    this.#checkNext(id, log, first);',
  },
  {
    name: 'nobody is fenced',
    file: 'memoryDriver.ts',
    from: "if (log.epoch !== epoch) throw new LogError('fenced', id);",
    to: '',
  },
  {
    name: 'a gap is taken for nothing',
    file: 'memoryDriver.ts',
    from: "if (seq !== log.seq + 1) throw new LogError('gap', id, log.seq);",
    to: '',
  },
  {
    name: 'reap ignores the lease',
    file: 'memoryDriver.ts',
    from: "if (log?.state !== 'open' || isLeased(log)) return false;",
    to: "if (log?.state !== 'open') return false;",
  },
  {
    name: 'takeover ignores the lease',
    file: 'memoryDriver.ts',
    from: "if (isLeased(log)) throw new LogError('busy', id);",
    to: '',
  },
  {
    name: 'takeover begins no new epoch',
    file: 'memoryDriver.ts',
    from: 'log.epoch += 1;\n    log.owner = owner;',
    to: 'log.owner = owner;',
  },
  {
    name: 'renewing does nothing',
    file: 'memoryDriver.ts',
    from: 'log.leaseUntilMs = asyncScheduler.now() + leaseMs;\n    this.#expire(id, log, ttlMs);\n    return { stop: log.stop };',
    to: 'this.#expire(id, log, ttlMs);\n    return { stop: log.stop };',
  },
  {
    name: 'read skips the entry that a place is in',
    file: 'memoryDriver.ts',
    from: '(entry.epoch === epoch && entry.last > seq)',
    to: '(entry.epoch === epoch && entry.first > seq)',
  },
  {
    name: 'a stop is not kept',
    file: 'memoryDriver.ts',
    from: 'log.stop ??= reason;\n    this.#tell(id, { stop: log.stop });',
    to: 'this.#tell(id, { stop: reason });',
  },
  {
    name: 'whole batches are given again',
    file: 'LogReader.ts',
    from: 'for (let seq = this.#place.seq + 1; seq <= entry.last',
    to: 'for (let seq = maxRecords === 512 ? entry.first : this.#place.seq + 1; seq <= entry.last',
  },
  {
    name: 'hints are taken in the order they come in',
    file: 'LogHub.ts',
    from: 'entry.first === this.head.seq + 1 && entry.epoch === this.head.epoch',
    to: 'entry.last > this.head.seq',
  },
  {
    name: 'a hint behind a gap is ignored',
    file: 'LogHub.ts',
    from: '} else if (!entry || contradicts(entry, this.head) || entry.last > this.head.seq) {',
    to: '} else if (!entry) {',
  },
  {
    name: 'nobody listens',
    file: 'LogHub.ts',
    from: '      this.#hear(hint);\n',
    to: '      void hint;\n',
  },
  {
    name: 'nobody looks',
    file: 'LogHub.ts',
    from: 'if (this.#isClosed || this.hasEnded || this.failure) return;',
    to: 'if (this.head.seq >= 0) return;',
  },
  {
    name: 'the state is asked for before the hints',
    file: 'LogHub.ts',
    from: 'const untail = await this.driver.tail(this.id, (hint) => {',
    to: 'const early = await this.driver.state(this.id);\nthis.driver = { ...this.driver, state: () => Promise.resolve(early) };\nconst untail = await this.driver.tail(this.id, (hint) => {',
  },
  {
    name: 'what another producer wrote is taken for a continuation',
    file: 'LogPage.ts',
    from: 'epoch > place.epoch ? first <= place.seq : epoch < place.epoch && last > place.seq',
    to: 'epoch > place.epoch && first <= place.seq && last < place.seq',
  },
  {
    name: 'what the engine forgot is not written again',
    file: 'LogProducer.ts',
    from: "const at = error instanceof LogError && error.reason === 'gap' ? (error.seq ?? -1) : -1;",
    to: 'const at = -1;',
  },
  {
    name: 'a failed write is not tried again',
    file: 'LogProducer.ts',
    from: 'persist(work, () => !this.#isOver, Infinity)',
    to: 'persist(work, () => false, Infinity)',
  },
  {
    name: 'two batches are under way at once',
    file: 'LogProducer.ts',
    from: 'this.#isWriting = true;',
    to: 'this.#isWriting = false;',
  },
  {
    name: 'who was fenced keeps its source',
    file: 'LogProducer.ts',
    from: 'this.#untail?.();\n    this.onStop();',
    to: 'this.#untail?.();',
  },
];

const source = fileURLToPath(new URL('../../src/log/', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/rxllm-mutants/', import.meta.url));

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

const mutated = (text: string, { name, file, from, to }: Mutant): string => {
  if (text.split(from).length !== 2) {
    throw new Error(
      `"${name}" changes text that is there ${text.split(from).length - 1} times in ${file}; it has to be there once`,
    );
  }
  return text.replace(from, () => to);
};

/** What is imported from outside of the folder is the real thing; so are errors of a class, which are compared by it. */
const rewired = (text: string): string =>
  text
    .replace(/from '(\.\.\/[^']+)'/g, (_, path: string) => `from '${pathToFileURL(join(source, path)).href}'`)
    .replace(/from '\.\/([^']+)\.ts'/g, "from './$1.mjs'");

/** Compiles `src/log` with one mistake in it, and loads it. */
export const loadMutant = async (mutant: Mutant): Promise<Implementation> => {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(cache);
  try {
    for (const file of readdirSync(source).filter((name) => name.endsWith('.ts'))) {
      const text = readFileSync(join(source, file), 'utf8');
      const changed = file === mutant.file ? mutated(text, mutant) : text;
      const { outputText } = ts.transpileModule(rewired(changed), { compilerOptions: options, fileName: file });
      writeFileSync(join(folder, file.replace(/\.ts$/, '.mjs')), outputText);
    }
    const { createLog } = (await import(join(folder, 'createLog.mjs'))) as Pick<Implementation, 'createLog'>;
    const { memoryDriver } = (await import(join(folder, 'memoryDriver.mjs'))) as Pick<Implementation, 'memoryDriver'>;
    return { createLog, memoryDriver };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const unchanged: Mutant = { name: 'no mistake', file: 'none', from: '', to: '' };
