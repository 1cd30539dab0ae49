import type { Config } from 'jest';

import { entryPoints } from './test/support/entryPoints.ts';

const config: Config = {
  extensionsToTreatAsEsm: ['.ts'],
  // The process that hands out the suites is idle meanwhile, so it needs no core for itself.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/support/LongFirst.ts',
  // For what hangs; whatever is slow because the machine is busy may take its time.
  testTimeout: 30_000,
  // A process never lets go of native ES modules that it has loaded; a fresh one takes over before that hurts.
  workerIdleMemoryLimit: '1GB',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Tests import what users import, and get the source of it.
  moduleNameMapper: {
    ...Object.fromEntries(entryPoints.map(({ specifier, source }) => [`^${specifier}$`, `<rootDir>/${source}`])),
    // Every test passes without the fast path, too.
    ...(process.env['RXLLM_FUSED'] === 'off' && { '/fuseDecoding\\.ts$': '<rootDir>/test/support/fuseNothing.ts' }),
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

export default config;
