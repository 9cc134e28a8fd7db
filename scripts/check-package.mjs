// Packs the tarball that the registry would get and installs it in an empty folder, as a user would: its command must
// answer, its library must load, and nothing may be missing, superfluous or too large.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const maxInstalledMb = 200;
const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'neuroclaw-package-'));
const problems = [];

/** Runs a program to its end and gives its standard output; throws with everything it said where it fails. */
function run(cwd, command, ...args) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout ?? ''}`);
  }
}

function check(holds, problem) {
  if (!holds) problems.push(problem);
}

/** Bytes of all files below a folder; links count as nothing. */
function bytesIn(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

function checkCommand(folder, how) {
  const said = run(folder, 'npx', '--no-install', 'neuroclaw', '--version').trim();
  check(said === version, `${how}: neuroclaw --version said ${JSON.stringify(said)}, not ${version}`);
}

try {
  const packed = JSON.parse(run(project, 'npm', 'pack', '--json', '--pack-destination', work))[0];
  const files = packed.files.map((file) => file.path);
  for (const needed of [
    'LICENSE',
    'README.md',
    'dist/cli/main.js',
    'dist/index.d.ts',
    'dist/skill-index.json',
    'dist/vendor/bids-validator/index.cjs',
    // Hidden folders are easily lost on the way.
    'skills/.modules/skill_io.py',
    'environments/python-neuro/requirements.lock',
  ])
    check(files.includes(needed), `the tarball lacks ${needed}`);
  for (const file of files)
    check(!/^(src|test|bench|\.ci)\/|\.tsbuildinfo$/.test(file), `the tarball should not hold ${file}`);

  const folder = join(work, 'empty folder');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', join(work, packed.filename));
  checkCommand(folder, 'npm install');
  run(folder, process.execPath, '--input-type=module', '--eval', "await import('neuroclaw')");
  const megabytes = bytesIn(join(folder, 'node_modules')) / 1e6;
  check(megabytes < maxInstalledMb, `${megabytes.toFixed(0)} MB installed, more than ${maxInstalledMb}`);

  // The scripts of bundled packages have run here, in this project, and not at the user's.
  const installed = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  for (const [path, one] of Object.entries(installed))
    check(
      !one.hasInstallScript || one.inBundle || path === 'node_modules/neuroclaw',
      `${path} runs an install script`,
    );

  // From the lock file and without development packages, as a deployment does.
  rmSync(join(folder, 'node_modules'), { recursive: true });
  run(folder, 'npm', 'ci', '--omit=dev', '--no-audit', '--no-fund');
  checkCommand(folder, 'npm ci --omit=dev');

  const { messages, pkg } = await publint({ pkgDir: project, strict: true, pack: false });
  for (const message of messages) problems.push(`publint: ${formatMessage(message, pkg) ?? message.code}`);
  console.log(
    `${files.length} files, ${(packed.size / 1e6).toFixed(1)} MB packed, ${megabytes.toFixed(0)} MB installed with everything`,
  );
} catch (error) {
  problems.push(error.message);
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems.slice(0, 20)) console.error(problem);
if (problems.length > 20) console.error(`and ${problems.length - 20} more`);
process.exitCode = problems.length === 0 ? 0 : 1;
