// Indexing 100,000 files: indexDataset against a plain walk of the same tree, each in a process of its own, in turns.
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FILES = 100_000;
const JSON_FILES = 42_000;
const ROUNDS = 5;
const script = fileURLToPath(import.meta.url);

/** 400 participants with two sessions; sidecars of 42 of 100 files. Files are empty: only their names are indexed. */
async function buildTree(root) {
  await writeFile(join(root, 'dataset_description.json'), '{"Name": "benchmark", "BIDSVersion": "1.10.0"}\n');
  const participants = Array.from({ length: 400 }, (_, index) => `sub-${String(index + 1).padStart(3, '0')}`);
  await writeFile(join(root, 'participants.tsv'), ['participant_id', ...participants, ''].join('\n'));
  let left = FILES - 2;
  let json = JSON_FILES - 1;
  for (const participant of participants) {
    const pending = [];
    for (const session of ['ses-1', 'ses-2']) {
      const stem = `${participant}_${session}`;
      for (const [datatype, names] of Object.entries(recordings())) {
        const folder = join(root, participant, session, datatype);
        await mkdir(folder, { recursive: true });
        for (const [name, extension] of names) {
          if (left <= 0 || (extension === '.json' && json <= 0)) continue;
          left--;
          if (extension === '.json') json--;
          pending.push(writeFile(join(folder, `${stem}_${name}${extension}`), ''));
        }
      }
    }
    await Promise.all(pending);
  }
  // What rounding left.
  const extra = join(root, 'sub-001', 'ses-1', 'func');
  for (; left > 0; left--) {
    const extension = json-- > 0 ? '.json' : '.nii.gz';
    await writeFile(join(extra, `sub-001_ses-1_task-extra_run-${left}_bold${extension}`), '');
  }
}

/** 125 files of one session, 52 of them JSON. */
function recordings() {
  const func = [];
  for (let run = 1; run <= 24; run++) {
    const name = `task-nback_run-${String(run).padStart(2, '0')}`;
    func.push([`${name}_bold`, '.nii.gz'], [`${name}_bold`, '.json'], [`${name}_events`, '.tsv']);
    func.push([`${name}_sbref`, '.nii.gz']);
    if (run <= 21) func.push([`${name}_sbref`, '.json']);
  }
  return {
    anat: ['T1w', 'T2w'].flatMap((name) => [
      [name, '.nii.gz'],
      [name, '.json'],
    ]),
    dwi: ['.nii.gz', '.json', '.bval', '.bvec'].map((extension) => ['dwi', extension]),
    fmap: ['dir-AP_epi', 'dir-PA_epi'].flatMap((name) => [
      [name, '.nii.gz'],
      [name, '.json'],
    ]),
    func,
  };
}

async function plainWalk(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const below = entries.map((entry) => (entry.isDirectory() ? plainWalk(join(folder, entry.name)) : 1));
  return (await Promise.all(below)).reduce((sum, count) => sum + count, 0);
}

/** One measurement, in this process: printed as JSON for the parent. */
async function measure(what, root) {
  const { indexDataset } = what === 'index' ? await import('../dist/bids/index-dataset.js') : {};
  const start = performance.now();
  let files;
  let findings = 0;
  if (indexDataset) {
    const dataset = await indexDataset(root);
    files = dataset.files.length;
    findings = dataset.findings.length;
  } else {
    files = await plainWalk(root);
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, files, findings, megabytes: process.resourceUsage().maxRSS / 1024 };
}

async function measureApart(what, root) {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--measure', what, root]);
  const measured = JSON.parse(stdout);
  if (measured.files !== FILES) throw new Error(`${what} saw ${measured.files} files of ${FILES}`);
  if (measured.findings !== 0)
    throw new Error(`${what} reported ${measured.findings} findings on a sound dataset`);
  return measured;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw bench '));
  try {
    await buildTree(root);
    const runs = { walk: [], index: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const what of ['walk', 'index']) runs[what].push(await measureApart(what, root));
    }
    const seconds = (what) => median(runs[what].map((run) => run.seconds));
    const megabytes = (what) => Math.max(...runs[what].map((run) => run.megabytes));
    const rounded = (value, digits) => Number(value.toFixed(digits));
    return {
      name: 'indexing',
      figures: [
        { label: `index ${FILES} files`, value: rounded(seconds('index'), 3), unit: 's' },
        { label: 'plain walk of the same files', value: rounded(seconds('walk'), 3), unit: 's' },
        {
          label: 'index over plain walk',
          value: rounded(seconds('index') / seconds('walk'), 2),
          unit: 'times',
        },
        { label: 'index, peak memory', value: Math.round(megabytes('index')), unit: 'MB' },
        { label: 'plain walk, peak memory', value: Math.round(megabytes('walk')), unit: 'MB' },
      ],
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (process.argv[1] === script) {
  const [, , flag, what, root] = process.argv;
  console.log(JSON.stringify(flag === '--measure' ? await measure(what, root) : await bench()));
}
