const { createCjsPreset } = require('jest-preset-angular/presets');

module.exports = {
  ...createCjsPreset({ testEnvironment: '<rootDir>/jsdom-with-fetch.mjs' }),
  setupFilesAfterEnv: ['<rootDir>/setup-jest.ts'],
  transformIgnorePatterns: ['node_modules/(?!.*\\.mjs$|(.*/)?(rxllm|eventsource-parser|@angular/common/locales)/)'],
};
