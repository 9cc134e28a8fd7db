/**
 * What the docker runtime adds to a bare `docker run` of the same command with the same isolation: interleaved pairs,
 * so that a slow moment of the machine meets both. The median of the ratios must stay below 1.3.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockEnvironments } from '../dist/environments/lock/lock-environments.js';
import { loadEnvironments } from '../dist/environments/registry.js';
import { openDockerRuntime } from '../dist/environments/runtimes/docker/docker-runtime.js';
import { engineHosts } from '../dist/environments/runtimes/docker/hosts.js';

const pairs = 21;
const argv = ['mrinfo', '-version'];

export async function bench() {
  const hosts = engineHosts(process.env.DOCKER_HOST, process.env.XDG_RUNTIME_DIR);
  const runtime = await openDockerRuntime({ hosts });
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-bench-'));
  try {
    const { environments } = await loadEnvironments([join(import.meta.dirname, '../environments')]);
    const mrtrix3 = environments.get('mrtrix3');
    const lock = await lockEnvironments([mrtrix3], {
      engine: runtime.engine,
      file: join(folder, 'neuroclaw.lock.json'),
    });
    const locked = lock.environments.mrtrix3;
    const environment = await runtime.open(mrtrix3, locked);
    const measured = { ours: [], bare: [], ratio: [] };
    for (let pair = -1; pair < pairs; pair++) {
      const run = [
        async () => ['ours', await time(() => ours(environment, folder, pair))],
        async () => ['bare', await time(() => bare(runtime.engine.host, locked.image, folder, pair))],
      ];
      if (pair % 2 === 0) run.reverse();
      const result = Object.fromEntries([await run[0](), await run[1]()]);
      // The first pair warms the page cache.
      if (pair < 0) continue;
      measured.ours.push(result.ours);
      measured.bare.push(result.bare);
      measured.ratio.push(result.ours / result.bare);
    }
    return {
      name: 'docker',
      figures: [
        { label: 'job in a container, median', value: median(measured.ours), unit: 's' },
        { label: 'bare `docker run`, same isolation, median', value: median(measured.bare), unit: 's' },
        { label: `ratio, median of ${pairs} interleaved pairs`, value: median(measured.ratio), unit: 'x' },
      ],
    };
  } finally {
    await runtime.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function attemptFolder(folder, name) {
  const attempt = join(folder, name);
  for (const part of ['out', 'scratch']) mkdirSync(join(attempt, part), { recursive: true });
  return attempt;
}

async function ours(environment, folder, pair) {
  const attempt = attemptFolder(folder, `ours${pair}`);
  const exit = await environment.run(
    {
      attempt: `bench-${process.pid}-${pair}`,
      store: 'bench',
      run: 'bench',
      job: 'bench',
      argv,
      inputs: [],
      folder: attempt,
      env: {},
      cpus: 1,
      memoryMb: 512,
      walltimeS: 60,
      gpu: false,
      network: false,
      stdout: join(attempt, 'stdout.log'),
      stderr: join(attempt, 'stderr.log'),
    },
    new AbortController().signal,
  );
  if (exit.exitCode !== 0) throw new Error(`a job of the benchmark failed: ${JSON.stringify(exit)}`);
}

/** The same isolation, spelled for the command line. */
function bare(host, image, folder, pair) {
  const attempt = attemptFolder(folder, `bare${pair}`);
  const { uid, gid } = { uid: process.getuid(), gid: process.getgid() };
  const size = 512 * 1024 * 1024;
  const flags = [
    ['--rm', '--init', '--read-only', '--network=none', '--ipc=private', '--log-driver=none'],
    [`--user=${uid}:${gid}`, '--cap-drop=ALL', '--security-opt=no-new-privileges:true'],
    ['--pids-limit=4096', '--memory=512m', '--memory-swap=512m', '--cpus=1', '--ulimit=core=0:0'],
    ['--workdir=/scratch', '--env=HOME=/home/neuroclaw', '--env=TMPDIR=/scratch'],
    [`--tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777,size=${size}`],
    [`--tmpfs=/home/neuroclaw:rw,exec,nosuid,nodev,mode=1777,size=${size}`],
    [`--mount=type=bind,source=${attempt}/out,target=/out`],
    [`--mount=type=bind,source=${attempt}/scratch,target=/scratch`],
  ].flat();
  execFileSync('docker', ['--host', host, 'run', ...flags, image, ...argv], { stdio: 'ignore' });
}

async function time(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
