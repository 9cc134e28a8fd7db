// Builds dist/ from src/: what `npm ci`, `npm test` and `npx neuroclaw` need.
// Quietly does nothing where the compiler is absent (an installed package, `npm ci --omit=dev`): dist/ is in the tarball.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

let compiler;
try {
  compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
} catch {
  process.exit(0);
}
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
  cwd: root,
});
vendorBidsValidator();
const main = join(root, 'dist', 'cli', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
