// The one command that checks everything: `npm run check`, or single parts: `npm run check -- lint types`.
// Every part runs even when one before it failed; the last lines say which, and how long each took.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name, ...args) => [join(project, 'node_modules', '.bin', name), ...args];
const script = (name) => [process.execPath, join(project, 'scripts', name)];

/** What is checked, and the command that does it, from the quickest to the slowest. */
const parts = {
  format: bin('prettier', '--check', '--cache', '--log-level', 'warn', '.'),
  docs: script('check-docs.mjs'),
  reference: [...script('generate-reference.mjs'), '--check'],
  imports: script('import-law.mjs'),
  'dead-code': bin('knip', '--no-progress'),
  types: bin('tsc', '-p', 'tsconfig.json'),
  lint: bin('eslint', '.', '--max-warnings', '0'),
  package: script('check-package.mjs'),
  tests: ['npm', 'test'],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no part named ${unknown.join(', ')}; the parts are: ${Object.keys(parts).join(' ')}`);
  process.exit(2);
}

const lines = [];
let failed = 0;
for (const [name, [command, ...args]] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name} ──`);
  const started = Date.now();
  const { status, signal, error } = spawnSync(command, args, {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const seconds = (Date.now() - started) / 1000;
  if (error) console.error(`${command}: ${error.message}`);
  const ok = status === 0;
  if (!ok) failed += 1;
  const how = ok ? 'ok' : `FAILED (${signal ?? status ?? 'not started'})`;
  lines.push(`${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${how}`);
}
console.log(`\n${lines.join('\n')}`);
process.exitCode = failed === 0 ? 0 : 1;
