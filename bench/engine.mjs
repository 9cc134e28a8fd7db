// What the engine costs per job beyond the tool, and what a run costs that has nothing to do.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const lab = fileURLToPath(new URL('../test/fixtures/lab/', import.meta.url));
const ROUNDS = 5;
const JOBS = 60;
const NO_OP_JOBS = 5_001;

/** A dataset of `participants` events files: three host jobs, or one embedded job, for each. */
export async function writeEvents(root, participants) {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'dataset_description.json'), '{"Name": "benchmark", "BIDSVersion": "1.10.0"}\n');
  for (let index = 1; index <= participants; index++) {
    const folder = join(root, `sub-${index}`, 'func');
    await mkdir(folder, { recursive: true });
    const rows = Array.from({ length: 20 }, (_, row) => `${row * 2.5 + index / 1000}\t1\n`).join('');
    await writeFile(join(folder, `sub-${index}_task-x_events.tsv`), `onset\tduration\n${rows}`);
    await writeFile(join(folder, `sub-${index}_task-x_events.json`), `{"Participant": ${index}}\n`);
  }
}

export async function openApp(cpus) {
  const { NeuroClaw } = await import('../dist/app/neuroclaw.js');
  const { loadSettings } = await import('../dist/config/settings.js');
  const flags = {
    allowHost: true,
    cpus,
    skills: [join(lab, 'skills')],
    agents: [join(lab, 'agents')],
    environments: [join(lab, 'environments')],
    state: await mkdtemp(join(tmpdir(), 'neuroclaw-bench-state-')),
  };
  return new NeuroClaw(loadSettings({ env: {}, flags }), '0.0.0-bench');
}

export function planFor(pipeline, bids, out) {
  return {
    schema: 'neuroclaw/plan@1',
    title: 'benchmark',
    request: '',
    out,
    origin: { planner: 'bench', version: '1', reasons: [], alternatives: [] },
    stages: [{ id: 'jobs', pipeline, data: { bids }, select: {}, params: {} }],
  };
}

export async function timedRun(app, plan) {
  const { runPlan } = await import('../dist/engine/run-plan.js');
  app.datasets.forget();
  const started = performance.now();
  const outcome = await runPlan(
    {
      plan,
      actor: { kind: 'engine', id: 'bench' },
      approve: async () => true,
      signal: new AbortController().signal,
      cpus: app.settings.values.cpus,
      userHeads: app.userHeads,
    },
    await app.world(),
  );
  if (outcome.outcome !== 'finished') throw outcome.firstFailure ?? new Error(outcome.outcome);
  return { seconds: (performance.now() - started) / 1000, counts: outcome.counts, out: outcome };
}

/** The same programs on the same files under the same isolation, one after the other, with nothing around them. */
async function bareSeconds(outcome, bids) {
  const trace = (await readFile(outcome.trace, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const commands = trace.filter((event) => event.type === 'job.started').map((event) => event.body.argv);
  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-bench-bare-'));
  await mkdir(join(folder, 'out'));
  const file = join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv');
  const isolation = [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--setenv',
    'PATH',
    '/usr/bin:/bin',
    '--ro-bind',
    '/usr',
    '/usr',
    '--ro-bind-try',
    '/bin',
    '/bin',
    '--ro-bind-try',
    '/lib',
    '/lib',
    '--ro-bind-try',
    '/lib64',
    '/lib64',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--bind',
    join(folder, 'out'),
    '/out',
  ];
  const started = performance.now();
  for (const argv of commands) {
    const inputs = argv.flatMap((token) => /(\/in\/[^ ]*)$/.exec(token)?.[1] ?? []);
    const binds = inputs.flatMap((path) => ['--ro-bind', file, path]);
    await new Promise((resolve, reject) => {
      const child = spawn('bwrap', [...isolation, ...binds, '--', ...argv], { stdio: 'ignore' });
      child.once('error', reject);
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${argv.join(' ')} exited with ${code}`)),
      );
    });
  }
  const seconds = (performance.now() - started) / 1000;
  await rm(folder, { recursive: true });
  return { seconds, jobs: commands.length };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw-bench-'));
  const figures = [];
  const app = await openApp(1);
  try {
    const bids = join(root, 'bids');
    await writeEvents(bids, JOBS / 3);
    const host = [];
    const embedded = [];
    const fresh = (name, round) => join(root, `${name}-${round}`);
    await timedRun(app, planFor('lab/embedded', bids, fresh('warm', 0)));
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await timedRun(app, planFor('lab/short', bids, fresh('host', round)));
      const bare = await bareSeconds(ours.out, bids);
      host.push(((ours.seconds - bare.seconds) / bare.jobs) * 1000);
      const inside = await timedRun(app, planFor('lab/embedded', bids, fresh('embedded', round)));
      embedded.push((inside.seconds / inside.counts.committed) * 1000);
    }
    figures.push({
      label: 'host job beyond the bare command under bubblewrap',
      value: median(host),
      unit: 'ms',
    });
    figures.push({
      label: 'embedded job, whole (its tool does next to nothing)',
      value: median(embedded),
      unit: 'ms',
    });

    const many = join(root, 'many');
    await writeEvents(many, NO_OP_JOBS / 3);
    const parallel = await openApp(undefined);
    const out = join(root, 'no-op');
    const first = await timedRun(parallel, planFor('lab/short', many, out));
    figures.push({
      label: `${NO_OP_JOBS} host jobs, per job with all cpus`,
      value: (first.seconds / NO_OP_JOBS) * 1000,
      unit: 'ms',
    });
    const again = [];
    for (let round = 0; round < 3; round++) {
      const run = await timedRun(parallel, planFor('lab/short', many, out));
      if (run.counts.reused !== NO_OP_JOBS) throw new Error(`${run.counts.reused} jobs reused`);
      again.push(run.seconds);
    }
    figures.push({ label: `${NO_OP_JOBS} committed jobs, run again`, value: median(again), unit: 's' });
    await parallel.close();
  } finally {
    await app.close();
    await rm(root, { recursive: true, force: true });
  }
  return { name: 'engine', figures };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(await bench())}\n`);
}
