// Started by tests of the runtimes: a process that uses the built runtimes and is killed, or just ends.
// node runtime-parent.mjs busy|idle IMAGE FOLDER
// node runtime-parent.mjs host STORE FOLDER bubblewrap|bare
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEnvironments } from '../../../dist/environments/registry.js';
import { createRuntimes } from '../../../dist/environments/runtime-set.js';
import { createHostDriver } from '../../../dist/environments/runtimes/host/host-driver.js';

const [mode, what, root, isolation] = process.argv.slice(2);

function run(environment, name, argv, inputs, store) {
  const folder = join(root, name);
  for (const part of ['out', 'scratch']) mkdirSync(join(folder, part), { recursive: true });
  const call = {
    attempt: `${store}-${name}`,
    store,
    run: 'run',
    job: 'job',
    argv,
    inputs,
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
  return environment.run(call, new AbortController().signal);
}

if (mode === 'host') {
  const driver = createHostDriver({ allowed: true, bubblewrap: isolation === 'bubblewrap' });
  const environment = {
    name: 'system',
    executables: ['sh'],
    env: {},
    smoke: [],
    runtimes: { host: { packages: [] } },
    folder: '/nowhere',
  };
  const host = await driver.open(environment);
  await run(host, 'one', ['sh', '-c', 'sleep 1000 & sleep 1000'], [], what);
} else {
  const roots = [fileURLToPath(new URL('../../../environments', import.meta.url))];
  const { environments } = await loadEnvironments(roots);
  const runtimes = createRuntimes({ allowHost: false, workers: 2 });
  const niimath = await runtimes.open(environments.get('niimath'));
  const inputs = [{ hostPath: what, toolPath: 'in/image/image.nii' }];
  const start = (name, operations) =>
    run(niimath, name, ['niimath', '/in/image/image.nii', ...operations, '/out/image.nii'], inputs, 'store');
  if (mode === 'busy') {
    const endless = Array(300).fill(['-s', '40']).flat();
    await Promise.all([start('one', endless), start('two', endless)]);
  } else {
    const exit = await start('one', ['-bin']);
    process.stdout.write(`${exit.reason} ${exit.exitCode}\n`);
  }
}
