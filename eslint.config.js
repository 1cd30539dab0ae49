import js from '@eslint/js';
import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Where a rule is off, or not as its preset has it, the reason stands beside it. Formatting is prettier's.

const defaultExport = { selector: 'ExportDefaultDeclaration', message: 'A file exports something of its own name.' };

/** Properties of type `number`, with or without `undefined`, whose name ends where a unit should follow. */
const numberWithoutUnit = ['TSTypeAnnotation', 'TSTypeAnnotation > TSUnionType']
  .map((type) => `TSPropertySignature[key.name=/(timeout|delay|interval|duration|size)$/i] > ${type} > TSNumberKeyword`)
  .join(', ');

export default defineConfig(
  // The Angular applications are projects of their own, each with a TypeScript of its own.
  { ignores: ['dist/', 'site/dist/', 'coverage/', 'examples/angular-chat/', 'test/angular-versions/app/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    ignores: ['src/**'],
    extends: [tseslint.configs.recommendedTypeChecked, rxjsX.configs.recommended],
  },
  {
    files: ['src/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    rules: {
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 100],
      'no-restricted-syntax': [
        'error',
        defaultExport,
        { selector: 'ExportAllDeclaration', message: 'index.ts files name their exports one by one.' },
        { selector: numberWithoutUnit, message: 'A number carries its unit: idleTimeoutMs, maxFrameChars.' },
      ],
      // A number reads the same in a message whichever way it gets there.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An operator passes on what its source threw, whatever that was: `throwError(() => error)`.
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/testing/**'],
    rules: {
      // The types of Node are there for src/testing; the rest runs in browsers, too.
      'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'setImmediate'],
    },
  },
  {
    files: ['{test,bench,conformance,examples}/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', 600],
      'no-restricted-syntax': [
        'error',
        defaultExport,
        {
          selector: 'CallExpression > Literal.arguments:first-child[value=/^should\\b/]',
          message: 'A test title is a fact in the present tense: "waits, then resubscribes".',
        },
      ],
      // JSON that was read back and jest's matchers are `any`; a wrong guess fails the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Methods are compared and passed along, not called.
      '@typescript-eslint/unbound-method': 'off',
      // A fake is `async` because what it stands for is.
      '@typescript-eslint/require-await': 'off',
      // What is thrown on purpose need not be an Error: sources throw anything.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'rxjs-x/throw-error': 'off',
      // A test knows which error it caused.
      'rxjs-x/no-implicit-any-catch': 'off',
      // Re-entrant and misbehaving sources are what is tested.
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-redundant-notify': 'off',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // `noFallthroughCasesInSwitch` of TypeScript does it, and lets a comment stand between two cases.
      'no-fallthrough': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // With `verbatimModuleSyntax`, `import { type A }` leaves an `import {}` behind.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // `_` marks what has to be named though nobody reads it: a parameter before another, an `infer`.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
);
