import type { Config } from 'jest';

const config: Config = {
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  moduleNameMapper: {
    '^rxllm$': '<rootDir>/src/index.ts',
    '^rxllm/openai$': '<rootDir>/src/dialects/openai-chat/index.ts',
    '^rxllm/anthropic$': '<rootDir>/src/dialects/anthropic-messages/index.ts',
    '^rxllm/testing$': '<rootDir>/src/testing/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

export default config;
