// How long the report of a large study takes to arrange, pictures committed, and how large its pages are.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PARTICIPANTS = 200;
/** Simulated heads; each participant has one of them with a brightness of their own, so that nothing is the same twice. */
const HEADS = 5;
const ROUNDS = 3;

const pipeline = {
  schema: 'neuroclaw/pipeline@1',
  id: 'bench/heads',
  version: '1.0.0',
  title: 'Heads',
  description: 'Measures and draws T1w images.',
  publishes: 'derivative',
  inputs: { t1w: { query: { suffix: 'T1w', extension: '.nii.gz' } } },
  steps: [
    { id: 'measures', skill: 'quality/measures-t1w', for_each: 't1w', inputs: { image: 't1w' } },
    {
      id: 'smooth',
      skill: 'niimath/smooth',
      for_each: 't1w',
      inputs: { image: 't1w' },
      params: { sigma_mm: 2 },
      publish: { smoothed: { desc: 'smooth' } },
    },
    {
      id: 'mask-picture',
      skill: 'quality/picture-mosaic',
      for_each: 't1w',
      inputs: { image: 't1w', outline: 'measures.mask' },
      params: { title: 'Head mask' },
    },
    {
      id: 'turn-picture',
      skill: 'quality/picture-flicker',
      for_each: 't1w',
      inputs: { before: 't1w', after: 'smooth.smoothed' },
      params: { title: 'Before and after smoothing' },
    },
  ],
  qc: Object.fromEntries(
    ['snr_dietrich', 'efc', 'fber', 'head_volume_ml'].map((value) => [
      value,
      { from: 'measures.measures', value, about: `The measure ${value}` },
    ]),
  ),
  pictures: {
    mask: { from: 'mask-picture.picture', title: 'Head mask', about: 'The outline should follow the head.' },
    turn: { from: 'turn-picture.picture', title: 'Smoothing', about: 'Edges become softer, nothing moves.' },
  },
};

/** T1w images of `participants` people in a BIDS dataset, and a plan that measures and draws them. */
export async function writeStudy(root, participants) {
  const [{ makeHead }, { seededRandom }, { simulateT1w }, { writeNifti }] = await Promise.all([
    import('../dist/synthetic/head-phantom.js'),
    import('../dist/synthetic/random.js'),
    import('../dist/synthetic/t1w.js'),
    import('../dist/imaging/nifti-write.js'),
  ]);
  const bids = join(root, 'bids');
  await mkdir(bids, { recursive: true });
  await writeFile(join(bids, 'dataset_description.json'), '{"Name": "heads", "BIDSVersion": "1.10.0"}\n');
  const heads = Array.from({ length: Math.min(HEADS, participants) }, (_, index) =>
    simulateT1w(makeHead(7, `head-${index}`), seededRandom(7, `head-${index}`)),
  );
  for (let index = 0; index < participants; index++) {
    const label = `sub-${String(index + 1).padStart(3, '0')}`;
    const { image, sidecar } = heads[index % heads.length];
    await mkdir(join(bids, label, 'anat'), { recursive: true });
    const data = image.data.map((value) => Math.round(value * (1 + index / 1000)));
    await writeNifti(join(bids, label, 'anat', `${label}_T1w.nii.gz`), { ...image, data });
    await writeFile(join(bids, label, 'anat', `${label}_T1w.json`), JSON.stringify(sidecar));
  }
  const out = join(root, 'out');
  return {
    schema: 'neuroclaw/plan@1',
    title: 'Heads',
    request: '',
    out,
    origin: { planner: 'bench', version: '1', reasons: [], alternatives: [] },
    stages: [{ id: 'heads', pipeline, data: { bids }, select: {}, params: {}, inputs: {}, providers: {} }],
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench(participants = PARTICIPANTS) {
  const [{ openApp, timedRun }, { planSchema }, { writeReport }] = await Promise.all([
    import('./engine.mjs'),
    import('../dist/planning/plan.js'),
    import('../dist/report/write-report.js'),
  ]);
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw-bench-report-'));
  try {
    const plan = planSchema.parse(await writeStudy(root, participants));
    const app = await openApp(undefined);
    const ran = await timedRun(app, plan).finally(() => app.close());
    const seconds = [];
    let written;
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      written = await writeReport(plan.out);
      seconds.push((performance.now() - started) / 1000);
    }
    const sizes = await Promise.all(
      written.files
        .filter((name) => name.endsWith('.html'))
        .map(async (name) => [name, (await stat(join(written.folder, name))).size]),
    );
    const index = sizes.find(([name]) => name === 'index.html')?.[1] ?? 0;
    const pages = sizes.filter(([name]) => name !== 'index.html').map(([, size]) => size);
    const pictures =
      (await readFile(join(written.folder, 'sub-001.html'), 'utf8')).split('data:image/svg').length - 1;
    return {
      name: `report of ${participants} participants, ${ran.counts.committed} jobs`,
      figures: [
        { label: 'the report arranged, median', value: median(seconds), unit: 's' },
        { label: 'first page', value: index / 1e6, unit: 'MB' },
        { label: 'largest page of a participant', value: Math.max(...pages) / 1e6, unit: 'MB' },
        { label: 'pages of participants', value: pages.length, unit: '' },
        { label: 'pictures on a page', value: pictures, unit: '' },
        { label: 'all pages', value: (index + pages.reduce((sum, size) => sum + size, 0)) / 1e6, unit: 'MB' },
        { label: 'the run before, jobs and pictures', value: ran.seconds, unit: 's' },
      ],
    };
  } finally {
    await rm(root, { recursive: true });
  }
}
