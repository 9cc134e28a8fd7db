import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noModel, type AgentUnderTest } from '../trial/agent.js';

const SCRIPT = fileURLToPath(new URL('../../../neurobench/lib/adversary.py', import.meta.url));

/** Lazy and dishonest agents that every task must turn down: what they leave looks like a result, or attacks the harness. */
const plays = {
  touch: 'leaves empty files',
  zeros: 'leaves images of zeros on the right grid',
  constants: 'leaves constants',
  noise: 'leaves noise',
  'copy-input': 'hands its input back',
} as const;

const attacks = {
  link: 'leaves links to where a reference might be',
  bomb: 'leaves a small file that unpacks to 2 GB',
  sparse: 'leaves files of 2 GB without content',
  'giant-header': 'leaves headers that promise more voxels than there are atoms in the scanner',
  pipe: 'leaves pipes that never end',
  traversal: 'leaves a link to the root and names that lead out',
  many: 'leaves 6,000 files',
  'edit-inputs': 'tries to change its inputs',
} as const;

/** @param hostile also those that attack the harness and not the task */
export function dishonestAgents(hostile: boolean): AgentUnderTest[] {
  const modes = { ...plays, ...(hostile ? attacks : {}) };
  return [doesNothing, reportOnly, ...Object.keys(modes).map(scripted)];
}

function scripted(mode: string): AgentUnderTest {
  return {
    provider: 'control',
    model: null,
    arm: 'control',
    control: { kind: 'adversary', name: mode },
    async play({ task, sandbox }) {
      const spec = task.outputs.filter(({ required }) => required).map(({ path, kind }) => ({ path, kind }));
      await sandbox.write('code/adversary.py', await readFile(SCRIPT, 'utf8'));
      await sandbox.write('code/spec.json', JSON.stringify(spec));
      await sandbox.run([
        'python3',
        '{out}/code/adversary.py',
        mode,
        '{in}',
        '{out}',
        '{out}/code/spec.json',
      ]);
      return { status: 'ended', model: null, usage: noModel };
    },
  };
}

const doesNothing: AgentUnderTest = {
  provider: 'control',
  model: null,
  arm: 'control',
  control: { kind: 'null', name: 'null' },
  play: () => Promise.resolve({ status: 'ended', model: null, usage: noModel }),
};

/** Says in perfect prose and perfect provenance that all was done, and does nothing. */
const reportOnly: AgentUnderTest = {
  provider: 'control',
  model: null,
  arm: 'control',
  control: { kind: 'adversary', name: 'report-only' },
  async play({ task, sandbox }) {
    const outputs = task.outputs.map(({ path }) => ({ path, sha256: '0'.repeat(64) }));
    const claims = {
      schema: 'neurobench/provenance@1',
      GeneratedBy: [{ Name: 'MRtrix3', Version: '3.0.3' }],
      commands: [{ argv: ['dwi2tensor', 'dwi.mif', 'tensor.mif'], exit_code: 0 }],
      inputs: [],
      outputs,
      environment: { digest: '0'.repeat(64), os: 'Linux', arch: 'x86_64' },
      seeds: {},
      threads: task.settings.threads,
      started: '2026-01-01T00:00:00Z',
      ended: '2026-01-01T00:01:00Z',
      warnings: [],
      data_licences: [],
    };
    await sandbox.write(
      'report.md',
      '# Report\n\nAll outputs were computed and checked; every value is as expected.\n',
    );
    await sandbox.write('provenance.json', JSON.stringify(claims));
    return { status: 'ended', model: null, usage: noModel };
  },
};

/** Hands in the right artefacts, which no command of it made: somebody else's results, or a reference that leaked. */
export function leakedCopy(artefacts: string): AgentUnderTest {
  return {
    provider: 'control',
    model: null,
    arm: 'control',
    control: { kind: 'adversary', name: 'leaked-copy' },
    async play({ task, sandbox }) {
      for (const { path } of task.outputs.filter(({ required }) => required)) {
        await mkdir(dirname(join(sandbox.out, path)), { recursive: true });
        await cp(join(artefacts, path), join(sandbox.out, path), { recursive: true });
      }
      // A trace of its own making counts for nothing: the harness reads only what it wrote itself.
      await sandbox.write(
        'trace.jsonl',
        '{"v":1,"seq":1,"type":"trial.command","body":{"exit":{"code":0}}}\n',
      );
      return { status: 'ended', model: null, usage: noModel };
    },
  };
}
