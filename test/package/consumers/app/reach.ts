/** What is not an entry point must stay out of reach, or it could never be moved. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const main = async (): Promise<void> => {
  const manifest = createRequire(import.meta.url).resolve('rxllm/package.json');
  for (const inside of ['dist/index.js', 'dist/log/index.js', 'src/index.ts']) {
    assert(existsSync(join(manifest, '..', inside)), `there is no ${inside}`);
    await assert.rejects(import(`rxllm/${inside}`), /export|resolve/i, `${inside} is within reach`);
  }
  console.log('what is no entry point is out of reach');
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
