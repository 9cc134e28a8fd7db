// The whole diffusion job, DICOM to tractogram in containers, against the same commands by hand: each recorded argv in a
// bare `docker run` with the same isolation on the same files, one after the other. Takes about ten minutes. Needs a
// container engine, NEUROCLAW_TEST_DATA or ../shared/data, and a lock file (`neuroclaw env lock mrtrix3 dcm2niix`).
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = fileURLToPath(new URL('../', import.meta.url));
const data = join(
  resolve(process.env['NEUROCLAW_TEST_DATA'] ?? join(project, '..', 'shared', 'data')),
  'dicom',
  'siemens-trio-dti20',
);
const wish = 'convert these DICOMs to BIDS, then tensor maps and a whole-brain tractogram';

async function run(command, args, options = {}) {
  const started = performance.now();
  await new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
    let said = '';
    child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2000)));
    child.once('error', failed);
    child.once('exit', (code) =>
      code === 0 ? done() : failed(new Error(`${command} exited with ${code}: ${said}`)),
    );
  });
  return (performance.now() - started) / 1000;
}

/** Host folders and files of the inputs of each job that ran in a container, from the store and the trace. */
async function recordedJobs(out) {
  const [name] = await readdir(join(out, '.neuroclaw', 'runs'));
  const trace = await readFile(join(out, '.neuroclaw', 'runs', name, 'trace.jsonl'), 'utf8');
  const events = trace
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const byDigest = new Map();
  for (const { type, body } of events) {
    if (type !== 'job.committed') continue;
    for (const output of body.outputs)
      byDigest.set(output.sha256, join(out, '.neuroclaw', 'store', body.key, 'out', output.path));
  }
  const staged = new Map(
    events.filter(({ type }) => type === 'job.staged').map(({ body }) => [body.job, body.inputs]),
  );
  return events
    .filter(({ type, body }) => type === 'job.started' && body.environment.runtime === 'docker')
    .map(({ body }) => ({
      job: body.job,
      argv: body.argv,
      environment: body.environment.name,
      limits: body.limits,
      inputs: staged.get(body.job),
      byDigest,
    }));
}

async function byHand(job, images, folder) {
  const out = join(folder, 'out');
  const scratch = join(folder, 'scratch');
  await rm(folder, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await mkdir(scratch);
  const mounts = job.inputs.flatMap(({ role, name, sha256 }) => {
    const target = name === '' ? `/in/${role}` : `/in/${role}/${name}`;
    return ['--mount', `type=bind,readonly,source=${job.byDigest.get(sha256) ?? data},target=${target}`];
  });
  const user = `${process.getuid()}:${process.getgid()}`;
  return run('docker', [
    ...['run', '--rm', '--network', 'none', '--read-only', '--user', user, '--cap-drop', 'ALL', '--init'],
    ...[
      '--security-opt',
      'no-new-privileges',
      '--pids-limit',
      '1024',
      '--tmpfs',
      '/tmp',
      '-e',
      'HOME=/scratch',
    ],
    ...['--cpus', String(job.limits.cpus), '--memory', `${job.limits.memory_mb}m`, ...mounts],
    ...[
      '--mount',
      `type=bind,source=${out},target=/out`,
      '--mount',
      `type=bind,source=${scratch},target=/scratch`,
    ],
    ...['-w', '/scratch', images[job.environment], ...job.argv],
  ]);
}

export async function bench() {
  const lock = process.env['NEUROCLAW_LOCK'] ?? resolve('neuroclaw.lock.json');
  const { environments } = JSON.parse(await readFile(lock, 'utf8'));
  const images = Object.fromEntries(Object.entries(environments).map(([name, { image }]) => [name, image]));
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw-bench-dwi-'));
  try {
    const out = join(root, 'out');
    const main = join(project, 'dist', 'cli', 'main.js');
    const args = [
      main,
      'run',
      wish,
      '--data',
      data,
      '--out',
      out,
      '--participant',
      '01',
      '--runtime',
      'docker',
      // Nobody draws pictures by hand.
      '--no-pictures',
      '--yes',
    ];
    const ours = await run(process.execPath, args, {
      env: { ...process.env, NEUROCLAW_LOCK: lock, XDG_STATE_HOME: root },
    });
    const jobs = await recordedJobs(out);
    let hand = 0;
    for (const job of jobs) hand += await byHand(job, images, join(root, 'hand'));
    return {
      name: 'diffusion',
      figures: [
        { label: 'DICOM to tractogram, verified, committed, published', value: ours, unit: 's' },
        { label: `its ${jobs.length} container commands by hand`, value: hand, unit: 's' },
        { label: 'ratio', value: ours / hand, unit: '' },
      ],
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(await bench())}\n`);
}
