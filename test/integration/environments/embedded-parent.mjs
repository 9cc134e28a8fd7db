// Started by embedded-limits.test.ts: a process that uses the built embedded runtime and is killed, or just ends.
// node embedded-parent.mjs busy|idle IMAGE FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironments } from '../../../dist/environments/registry.js';
import { createRuntimes } from '../../../dist/environments/runtime-set.js';

const [mode, image, root] = process.argv.slice(2);
const { environments } = await loadEnvironments([new URL('../../../environments', import.meta.url).pathname]);
const runtimes = createRuntimes({ allowHost: false, workers: 2 });
const niimath = await runtimes.open(environments.get('niimath'));

function start(name, operations) {
  const folder = join(root, name);
  for (const part of ['out', 'scratch']) mkdirSync(join(folder, part), { recursive: true });
  const call = {
    attempt: name,
    store: 'store',
    run: 'run',
    job: 'job',
    argv: ['niimath', '/in/image/image.nii', ...operations, '/out/image.nii'],
    inputs: [{ hostPath: image, toolPath: 'in/image/image.nii' }],
    folder,
    env: {},
    cpus: 1,
    memoryMb: 2048,
    walltimeS: 600,
    gpu: false,
    network: false,
    stdout: join(folder, 'stdout.log'),
    stderr: join(folder, 'stderr.log'),
  };
  return niimath.run(call, new AbortController().signal);
}

if (mode === 'busy') {
  void start('one', Array(300).fill(['-s', '40']).flat());
  void start('two', Array(300).fill(['-s', '40']).flat());
  process.stdout.write('started\n');
} else {
  const exit = await start('one', ['-bin']);
  process.stdout.write(`${exit.reason} ${exit.exitCode}\n`);
}
