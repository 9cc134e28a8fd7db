// What a short job costs in other workflow systems on this machine, beside ours in the same run: the same copies of the
// same files. Needs `snakemake` and a Python with `nipype` below $NEUROCLAW_BENCH_PEERS/bin (a virtual environment).
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openApp, planFor, timedRun, writeEvents } from './engine.mjs';

const PARTICIPANTS = 20;
const ROUNDS = 3;
const NIPYPE_NODES = 6;

const snakefile = `
P = list(range(1, ${PARTICIPANTS + 1}))
rule all:
    input: expand("sum/{p}.txt", p=P)
rule copy:
    input: "bids/sub-{p}/func/sub-{p}_task-x_events.tsv"
    output: "copy/{p}.tsv"
    shell: "dd if={input} of={output} bs=64 status=none"
rule sort:
    input: "copy/{p}.tsv"
    output: "sort/{p}.txt"
    shell: "sort -o {output} {input}"
rule sum:
    input: "sort/{p}.txt"
    output: "sum/{p}.txt"
    shell: "sha256sum {input} > {output}"
`;

const nipype = `
import sys
from nipype import Node, Workflow, logging
from nipype.interfaces.utility import Function
logging.getLogger('nipype.workflow').setLevel('ERROR')
def copy(source, target):
    import subprocess, os
    target = os.path.abspath(target)
    subprocess.run(['dd', 'if=' + source, 'of=' + target, 'bs=64', 'status=none'], check=True)
    return target
flow = Workflow('flow', base_dir=sys.argv[1])
for index in range(1, ${NIPYPE_NODES} + 1):
    node = Node(Function(input_names=['source', 'target'], output_names=['target'], function=copy), 'copy%d' % index)
    node.inputs.source = '%s/sub-%d/func/sub-%d_task-x_events.tsv' % (sys.argv[2], index, index)
    node.inputs.target = 'copy.tsv'
    flow.add_nodes([node])
flow.run()
`;

async function seconds(command, args, cwd) {
  const started = performance.now();
  await new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} exited with ${code}: ${said.slice(-400)}`)),
    );
  });
  return (performance.now() - started) / 1000;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench() {
  const peers = process.env['NEUROCLAW_BENCH_PEERS'];
  if (peers === undefined)
    throw new Error('set NEUROCLAW_BENCH_PEERS to a virtual environment with snakemake and nipype');
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw-peers-'));
  const jobs = PARTICIPANTS * 3;
  const times = { ours: [], oursAgain: [], snakemake: [], snakemakeAgain: [], nipype: [], nipypeAgain: [] };
  const app = await openApp(1);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const folder = join(root, String(round));
      const bids = join(folder, 'bids');
      await mkdir(folder);
      await writeEvents(bids, PARTICIPANTS);
      const plan = planFor('lab/short', bids, join(folder, 'ours'));
      times.ours.push((await timedRun(app, plan)).seconds / jobs);
      times.oursAgain.push((await timedRun(app, plan)).seconds / jobs);
      await writeFile(join(folder, 'Snakefile'), snakefile);
      const snakemake = [join(peers, 'bin', 'snakemake'), ['--cores', '1', '--quiet', 'all'], folder];
      times.snakemake.push((await seconds(...snakemake)) / jobs);
      times.snakemakeAgain.push((await seconds(...snakemake)) / jobs);
      await writeFile(join(folder, 'flow.py'), nipype);
      const flow = [join(peers, 'bin', 'python'), ['flow.py', join(folder, 'nipype'), bids], folder];
      times.nipype.push((await seconds(...flow)) / NIPYPE_NODES);
      times.nipypeAgain.push((await seconds(...flow)) / NIPYPE_NODES);
    }
  } finally {
    await app.close();
    await rm(root, { recursive: true, force: true });
  }
  const figure = (label, values) => ({ label, value: median(values) * 1000, unit: 'ms' });
  return {
    name: 'peers',
    figures: [
      figure('NeuroClaw, a job (verified, committed, isolated)', times.ours),
      figure('Snakemake, a job', times.snakemake),
      figure('Nipype, a node', times.nipype),
      figure('NeuroClaw, a job with nothing to do', times.oursAgain),
      figure('Snakemake, a job with nothing to do', times.snakemakeAgain),
      figure('Nipype, a node with nothing to do', times.nipypeAgain),
    ],
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(await bench())}\n`);
}
