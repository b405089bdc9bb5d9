// @ts-check
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** A layer may use its own layer and those below it; an app uses no other app. */
const layers = [
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:service', 'layer:domain', 'layer:foundation'] },
  { sourceTag: 'layer:service', onlyDependOnLibsWithTags: ['layer:service', 'layer:domain', 'layer:foundation'] },
  { sourceTag: 'layer:domain', onlyDependOnLibsWithTags: ['layer:domain', 'layer:foundation'] },
  { sourceTag: 'layer:foundation', onlyDependOnLibsWithTags: ['layer:foundation'] },
];

export default defineConfig(
  globalIgnores(['**/node_modules', '.nx', '.pilvi', 'libs/*/src/generated', '**/*.mjs', '**/*.js']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints: layers, enforceBuildableLibDependency: false, banTransitiveDependencies: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      // Numbers in messages are wanted, and safe.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => promise.resolve()` is plain.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Environment variables and JSON are read as `env['NAME']`: what comes from outside looks different from our own fields.
      '@typescript-eslint/dot-notation': 'off',
      // A seam's in-memory implementation is async because the seam is.
      '@typescript-eslint/require-await': 'off',
      // An index into what was just measured reads better with `!` than with a branch that cannot be taken.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A name that begins with _ is bound for its effect (`await using _lock`) or its place, not for its value.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // Our seams are made by functions: their methods close over their state and have no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      // "Nothing to do" is said by an empty function.
      '@typescript-eslint/no-empty-function': 'off',
      // `() => void x` in a handler says that the value is not meant.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // The compiler's narrowing does not see what an await or a callback has changed: the second look is needed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Knows neither `process` as an EventEmitter nor a TLSSocket behind a Socket.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // In `x === undefined || x.y !== z` the absent case has words of its own.
      '@typescript-eslint/prefer-optional-chain': 'off',
      // What was caught or aborted with is passed on as it came.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      // `type` for unions and `interface` for shapes is ours to choose.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.e2e.ts', 'e2e/src/scenario.ts', '**/testing/**/*.ts', '**/compliance.ts', '**/*-compliance.ts'],
    rules: {
      // node:test's describe and it answer promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['describe', 'it', 'test', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
  prettier,
);
