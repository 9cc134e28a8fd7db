// Builds dist/ from src/: what `npm ci`, `npm test` and `npx neuroclaw` need.
// Quietly does nothing where the compiler is absent (an installed package, `npm ci --omit=dev`): dist/ is in the tarball.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'package.json'));

/** The one file of the legacy BIDS validator that runs alone, with its licence and version (see docs/decisions). */
function vendorBidsValidator() {
  const packageJson = require.resolve('bids-validator/package.json');
  const from = dirname(packageJson);
  const to = join(root, 'dist', 'vendor', 'bids-validator');
  mkdirSync(to, { recursive: true });
  copyFileSync(join(from, 'dist', 'commonjs', 'index.js'), join(to, 'index.cjs'));
  // Its package has no licence file; this is the one of its repository.
  copyFileSync(join(root, 'scripts', 'vendored', 'bids-validator.LICENSE'), join(to, 'LICENSE'));
  const { name, version, license } = JSON.parse(readFileSync(packageJson, 'utf8'));
  writeFileSync(
    join(to, 'package.json'),
    `${JSON.stringify({ name, version, license, type: 'commonjs' })}\n`,
  );
}

/** An index of the skills, so that a start does not read and check hundreds of files (docs/decisions/0013-index-of-skills.md). */
async function indexSkills(file) {
  const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
  const { loadSkills } = await built('skills/registry.js');
  const { readEvidence } = await built('skills/evidence.js');
  const { indexText } = await built('skills/skill-index.js');
  const folder = join(root, 'skills');
  const now = Date.now();
  const { skills, capabilities, findings } = await loadSkills([folder]);
  const told = new Set(findings.map((finding) => finding.place?.skill));
  const sound = [...skills.values()].filter((skill) => !told.has(skill.id));
  const { entries } = await readEvidence(folder);
  writeFileSync(file, indexText(folder, sound, entries, capabilities.values(), now));
}

let compiler;
try {
  compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
} catch {
  process.exit(0);
}
const index = join(root, 'dist', 'skill-index.json');
// Code that was not built to its end must not read the index of other code.
rmSync(index, { force: true });
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
  cwd: root,
});
vendorBidsValidator();
await indexSkills(index);
const main = join(root, 'dist', 'cli', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
