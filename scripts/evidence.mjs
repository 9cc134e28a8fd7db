// Writes skills/evidence.json from what tests showed; nobody edits it by hand.
//   npm run evidence                      runs all tests; the file then holds what they showed and nothing else
//   npm run evidence -- TEST_FILE...      runs these and adds what they showed
//   node scripts/evidence.mjs --check RECORDS [BOOK]   for CI, after a run of all tests: exit 1 where the file says
//                                         anything else than that run
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differences, merge, print } from './evidence-book.mjs';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const shipped = join(project, 'skills', 'evidence.json');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The book; lines that a merge of two versions left doubled or without a comma are taken as they are. */
function readBook(file) {
  const text = readFileSync(file, 'utf8');
  const lines = [...text.matchAll(/^\s*("[^"]+"): (\{[^}]*\}),?$/gm)].map(
    ([, id, entry]) => `${id}: ${entry}`,
  );
  return JSON.parse(`{${lines.join(',')}}`);
}

function check(recordsFile, bookFile = shipped) {
  const problems = differences(readBook(bookFile), read(recordsFile));
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) return 0;
  console.error(
    `\n${problems.length} differences: run \`npm run evidence -- TEST_FILE\` and commit the file`,
  );
  return 1;
}

function update(files) {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-evidence-'));
  const records = join(folder, 'records.json');
  try {
    const vitest = join(project, 'node_modules', 'vitest', 'vitest.mjs');
    const { status } = spawnSync(
      process.execPath,
      [vitest, 'run', ...files, '--reporter=default', '--reporter=./test/support/evidence/reporter.ts'],
      {
        cwd: project,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, NEUROCLAW_EVIDENCE: records },
      },
    );
    const everything = files.length === 0;
    if (everything && status !== 0) {
      console.error('not every test passed: skills/evidence.json is left as it was');
      return 1;
    }
    writeFileSync(shipped, print(merge(readBook(shipped), read(records), everything)));
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, ...rest] = process.argv.slice(2);
process.exitCode = first === '--check' ? check(...rest) : update(first === undefined ? [] : [first, ...rest]);
