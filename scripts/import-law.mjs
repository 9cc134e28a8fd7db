// Applies the import law of .dependency-cruiser.cjs to src/ and proves that it was seen whole: with a compiler that
// dependency-cruiser cannot use, it finds no module, no violation, and is content.
//   node scripts/import-law.mjs [folder with src/, tsconfig.json and .dependency-cruiser.cjs]
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.argv[2] ?? project);
const cruiser = join(project, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');

const { modules, summary } = JSON.parse(
  execFileSync(
    process.execPath,
    [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] },
  ),
);

const problems = summary.violations.map(
  ({ from, to, rule, cycle }) =>
    `${rule.name}: ${from} -> ${cycle ? cycle.map((step) => step.name).join(' -> ') : to}`,
);

const onDisk = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true }).filter(
  (entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name),
).length;
const seen = modules.filter(
  (module) => /^src\/.*\.[cm]?[jt]s$/.test(module.source) && !module.couldNotResolve,
);
if (seen.length !== onDisk) problems.push(`blind: saw ${seen.length} of the ${onDisk} modules in src/`);
const links = seen.reduce((sum, module) => sum + module.dependencies.length, 0);
if (links < onDisk / 2) problems.push(`blind: ${onDisk} modules with only ${links} imports between them`);

for (const problem of problems) console.error(problem);
console.log(`${seen.length} modules, ${links} imports, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
