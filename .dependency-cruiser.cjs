// The import law: who may depend on whom. `node scripts/import-law.mjs` applies it and proves that it saw every file.

/**
 * The parts of src from the bottom up. Each may import itself and whatever stands before it in this list, so that
 * no cycle between parts is possible. In ARCHITECTURE.md they stand in rows; within a row the left comes first.
 */
const parts = [
  'kernel',
  ...['config', 'bids', 'imaging', 'synthetic'],
  ...['skills', 'environments', 'checks', 'trace'],
  'planning',
  'engine',
  ...['report', 'agents', 'bench'],
  'app',
  ...['cli', 'service', 'index.ts'],
];

const pathOf = (part) => (part.endsWith('.ts') ? `^src/${part}$` : `^src/${part}/`);

const layers = parts.map((part, index) => ({
  name: `${part}-imports-only-below`,
  comment: `${part} may import: ${parts.slice(0, index + 1).join(' ')}`,
  severity: 'error',
  from: { path: pathOf(part) },
  to: { path: '^src/', pathNot: parts.slice(0, index + 1).map(pathOf) },
}));

/** A package or Node module that only one part may use: the rest of the product stays free of it. */
const onlyIn = (name, comment, home, path) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: home },
  to: { path },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'no-unknown-part',
      comment: 'every folder of src has its place in the list of parts',
      severity: 'error',
      from: { path: '^src/', pathNot: parts.map(pathOf) },
      to: {},
    },
    {
      name: 'kernel-without-io',
      comment: 'the kernel is words that everyone shares: of Node it needs digests and random bytes alone',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'no-cycles',
      comment: 'type imports count too: two files that need each other are one file, or three',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'what src imports is in the tarball: it must be a dependency, not a devDependency',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
    onlyIn(
      'language-models-only-in-agents-models',
      'the whole product runs without a model',
      '^src/agents/models/',
      '(^|node_modules/)(langchain|@langchain)(/|$)',
    ),
    onlyIn(
      'processes-only-in-runtimes',
      'tools start in runtimes, which isolate, limit and end them',
      '^src/environments/runtimes/',
      '(^(node:)?(child_process|worker_threads|cluster)$)|((^|node_modules/)(execa|dockerode)(/|$))',
    ),
    onlyIn(
      'prompts-only-in-cli',
      'only the cli talks to the terminal',
      '^src/cli/',
      '^(node:)?readline(/|$)',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
