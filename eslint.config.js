import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What one part of src does and nobody else: the rule's message says where it belongs. */
const environment = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'Only src/config reads the environment.',
};
const argumentsAndExit = {
  selector:
    'MemberExpression[object.name="process"][property.name=/^(argv|exit|exitCode|stdin|stdout|stderr)$/]',
  message: 'Only src/cli touches the arguments, the streams and the exit of the process.',
};
const printing = {
  selector: 'MemberExpression[object.name="console"]',
  message: 'Only src/cli prints: return a value, a finding or an event.',
};
const shell = {
  selector: 'Property[key.name="shell"][value.value=true]',
  message: 'Programs start from argv arrays, never through a shell.',
};

/** Programs that are started as processes of their own: they have arguments and streams like the cli. */
const workers = ['src/environments/runtimes/**/*worker*.ts', 'src/environments/runtimes/**/*-program.ts'];

export default defineConfig([
  globalIgnores(['dist/', 'coverage/', 'node_modules/', 'skills/', 'test/golden/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // What is wrong at run time and the compiler lets pass.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowRethrowing: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      // The language we keep to.
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-require-imports': 'error',
      'no-eval': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', environment, argumentsAndExit, printing, shell] },
  },
  {
    files: ['src/config/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', argumentsAndExit, printing, shell] },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', environment, shell] },
  },
  {
    files: workers,
    rules: { 'no-restricted-syntax': ['error', shell] },
  },
  {
    files: ['test/**/*.ts'],
    // A test that is wrong about a value fails, which is what it is for.
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: { 'no-eval': 'error', 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error' },
  },
]);
