/**
 * How long a person waits until a run is refused for want of FreeSurfer's licence: the whole command, from its start to
 * its end, in the environment of a container. Nothing may have started by then.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const repetitions = 9;
const root = join(import.meta.dirname, '..');
const fixtures = join(root, 'test', 'fixtures');

export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-bench-'));
  const license = join(folder, 'license.txt');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_STATE_HOME: folder,
    NEUROCLAW_SKILLS: lists('skills'),
    NEUROCLAW_AGENTS: lists('agents'),
    NEUROCLAW_ENVIRONMENTS: join(fixtures, 'lab-containers'),
    NEUROCLAW_LOCK: join(folder, 'neuroclaw.lock.json'),
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
  };
  try {
    const locked = cli(['env', 'lock', 'coreutils'], env);
    if (locked.status !== 0) throw new Error(locked.stderr);
    const plan = writePlan(folder);
    const figures = [];
    for (const [label, given, prepare] of [
      ['not configured', {}, () => undefined],
      ['missing', { FS_LICENSE: join(folder, 'nothing.txt') }, () => undefined],
      ['empty', { FS_LICENSE: license }, () => writeFileSync(license, '')],
      ['not readable inside the container', { FS_LICENSE: license }, () => giveToAnother(license)],
    ]) {
      // Only root can make a file that it reads and its container does not.
      if (label.startsWith('not readable') && process.getuid?.() !== 0) continue;
      prepare();
      const [taken, empty, engine] = [[], [], []];
      for (let n = 0; n < repetitions; n++) {
        const started = performance.now();
        const { status, stderr, stdout } = cli(['run', plan, '--yes', '--json'], { ...env, ...given });
        taken.push((performance.now() - started) / 1000);
        const bare = performance.now();
        spawnSync(process.execPath, ['-e', '0'], { env });
        empty.push((performance.now() - bare) / 1000);
        engine.push(JSON.parse(stdout.trim().split('\n').at(-1)).seconds);
        if (status !== 5 || !stderr.includes('licence')) throw new Error(`not refused: ${stderr}`);
      }
      figures.push({ label: `licence ${label}: the whole command`, value: median(taken), unit: 's' });
      figures.push({ label: '  an empty Node process beside it', value: median(empty), unit: 's' });
      figures.push({ label: '  from the start of the run to its refusal', value: median(engine), unit: 's' });
    }
    const runs = join(folder, 'out', '.neuroclaw', 'runs');
    for (const run of readdirSync(runs))
      if (readFileSync(join(runs, run, 'trace.jsonl'), 'utf8').includes('"job.started"'))
        throw new Error(`a job started in ${run}`);
    return { name: 'license', figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lists(kind) {
  return [join(fixtures, 'lab', kind), join(fixtures, 'lab-suites', kind)].join(delimiter);
}

function giveToAnother(file) {
  writeFileSync(file, 'somebody@example.org\n');
  chmodSync(file, 0o600);
  chownSync(file, 65533, 65533);
}

function writePlan(folder) {
  const data = join(folder, 'data');
  mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
  writeFileSync(join(data, 'dataset_description.json'), '{"Name": "events", "BIDSVersion": "1.10.0"}\n');
  writeFileSync(join(data, 'sub-1', 'func', 'sub-1_task-x_events.tsv'), 'onset\tduration\n1\t1\n');
  const file = join(folder, 'plan.json');
  const stages = [{ id: 'tell', pipeline: 'lab/tell', data: { bids: data } }];
  const origin = { planner: 'bench', version: '1' };
  const plan = { schema: 'neuroclaw/plan@1', title: 'licence', out: join(folder, 'out'), origin, stages };
  writeFileSync(file, JSON.stringify(plan));
  return file;
}

function cli(args, env) {
  return spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
    env,
    encoding: 'utf8',
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
