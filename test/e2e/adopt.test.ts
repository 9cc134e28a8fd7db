import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cliEnvironment, runCli, type CliResult } from '../support/cli.js';
import { boldName, writeFmriprep } from '../support/fmriprep-derivative.js';
import { aparcStats, asegStats, writeFreesurferSubject } from '../support/freesurfer-subject.js';
import { temporaryFolder } from '../support/temporary.js';

const pipeline = {
  schema: 'neuroclaw/pipeline@1',
  id: 'test/adopted',
  version: '1.0.0',
  title: 'What was there before',
  description: 'Reads reconstructions and preprocessed series.',
  publishes: 'derivative',
  inputs: {
    bold: {
      query: { datatype: 'func', suffix: 'bold', desc: 'preproc', extension: '.nii.gz' },
      from: 'derivatives',
    },
    subject: { subject_folders: 'freesurfer' },
  },
  steps: [
    {
      id: 'smooth',
      skill: 'niimath/smooth',
      for_each: 'bold',
      inputs: { image: 'bold' },
      params: { sigma_mm: 4 },
      publish: { smoothed: { desc: 'smooth' } },
    },
    {
      id: 'measures',
      skill: 'quality/measures-reconstruction',
      for_each: 'subject',
      inputs: { subject: 'subject' },
    },
  ],
};

let root: string;
let out: string;
let env: Record<string, string>;
let subjects: string;
let fmriprep: string;

beforeEach(async () => {
  root = temporaryFolder();
  out = join(root, 'out');
  env = cliEnvironment(join(root, 'state'));
  const bids = join(root, 'bids');
  for (const label of ['01', '02']) {
    mkdirSync(join(bids, `sub-${label}`, 'anat'), { recursive: true });
    writeFileSync(join(bids, `sub-${label}`, 'anat', `sub-${label}_T1w.json`), '{}');
  }
  writeFileSync(join(bids, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}\n');
  subjects = join(root, 'elsewhere', 'subjects');
  for (const name of ['sub-01', 'sub-02']) writeFreesurferSubject(join(subjects, name), name);
  fmriprep = await writeFmriprep(join(root, 'elsewhere', 'fmriprep'));
  writeFileSync(
    join(root, 'plan.json'),
    JSON.stringify({
      schema: 'neuroclaw/plan@1',
      title: 'use what is there',
      request: '',
      out,
      origin: { planner: 'test', version: '1', reasons: [], alternatives: [] },
      stages: [{ id: 'use', pipeline, data: { bids }, select: {}, params: {} }],
    }),
  );
});

const cli = (...args: string[]): Promise<CliResult> => runCli(args, env, root);
const run = (): Promise<CliResult> => cli('run', 'plan.json', '--yes');
const adopt = async (...args: string[]): Promise<number | null> =>
  (await cli('adopt', ...args, '--out', out)).code;

describe('results that were adopted', () => {
  it('are used as such by a plan: found, told, traced, described, cited in the crate', async () => {
    const before = await run();
    expect(before.code).toBe(3);
    expect(before.stdout + before.stderr).toContain('neuroclaw adopt');
    const first = await cli('adopt', subjects, '--out', out);
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('made by FreeSurfer 7.4.1')]);
    expect(await adopt(fmriprep, '--as', 'fmriprep')).toBe(0);

    const ran = await run();
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const trace = await cli('trace', 'show', '--out', out);
    expect(trace.stdout).toMatch(
      /adopted, not computed: subjects by FreeSurfer 7\.4\.1, \d+ files of 2 folders, verified on \d{4}-\d\d-\d\d/,
    );
    expect(trace.stdout).toMatch(
      /adopted, not computed: fMRIPrep - fMRI PREProcessing workflow by fMRIPrep 23\.1\.3/,
    );
    expect((await cli('trace', 'verify', '--out', out)).code).toBe(0);
    const methods = (await cli('methods', '--out', out)).stdout.replace(/\s+/g, ' ');
    expect(methods).toContain(
      'Reconstructions of 2 subjects by FreeSurfer 7.4.1 were adopted, not computed by NeuroClaw',
    );
    expect(methods).toContain(
      'Derivatives of 2 participants by fMRIPrep 23.1.3 were adopted, not computed by NeuroClaw',
    );
    const page = readFileSync(join(out, 'report', 'index.html'), 'utf8');
    expect(page).toContain('adopted, not computed: subjects by FreeSurfer 7.4.1');
    expect(page).not.toContain(root);
    const crate = join(root, 'crate');
    expect((await cli('export', 'crate', '--out', out, '--to', crate, '--license', 'CC0-1.0')).code).toBe(0);
    const metadata = readFileSync(join(crate, 'ro-crate-metadata.json'), 'utf8');
    expect(metadata).toContain('adopted, not computed by NeuroClaw: made by FreeSurfer 7.4.1');
    expect(metadata).toContain('adopted, not computed by NeuroClaw: made by fMRIPrep 23.1.3');
    expect(metadata).not.toContain(root);
  });

  it('leave out whom adoption refused', async () => {
    writeFileSync(join(subjects, 'sub-02/stats/aseg.stats'), asegStats('sub-01'));
    rmSync(join(fmriprep, `${boldName('02', '1')}_desc-confounds_timeseries.tsv`));
    expect(await adopt(subjects)).toBe(11);
    expect(await adopt(fmriprep)).toBe(11);
    const ran = await run();
    expect(ran.code).toBe(0);
    const [id = ''] = readdirSync(join(out, '.neuroclaw', 'runs'));
    const record = JSON.parse(
      readFileSync(join(out, '.neuroclaw', 'runs', id, 'stages', 'use.json'), 'utf8'),
    ) as { jobs: { id: string }[]; adopted: { folders: string[] }[] };
    expect(record.jobs.map((job) => job.id).filter((job) => job.includes('sub-02'))).toEqual([]);
    expect(record.adopted.map(({ folders }) => folders)).toEqual([['sub-01'], ['sub-01']]);
  });

  it('stop the run where they changed since, and say which file; adopted again, only that is done anew', async () => {
    expect(await adopt(subjects)).toBe(0);
    expect(await adopt(fmriprep)).toBe(0);
    expect((await run()).code).toBe(0);
    const table = join(subjects, 'sub-02/stats/lh.aparc.stats');
    writeFileSync(table, aparcStats('sub-02').replace('2.509', '2.609'));
    const stopped = await run();
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toMatch(
      /sub-02\/stats\/lh\.aparc\.stats was adopted on \d{4}-\d\d-\d\d and changed since \[input\.adopted\]/,
    );
    const state = await cli('adopt', '--out', out);
    expect(state.code).toBe(11);
    expect(state.stdout).toMatch(/adopted on \d{4}-\d\d-\d\d, changed since: 2 adopted/);
    expect(state.stdout).toContain('changed  sub-02/stats/lh.aparc.stats');
    expect(await adopt(subjects)).toBe(0);
    const again = await run();
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('1 committed, 5 reused')]);
  });

  it('are refused with an exit status and a reason that a script can read', async () => {
    appendFileSync(
      join(subjects, 'sub-02/scripts/recon-all.log'),
      'recon-all -s sub-02 exited with ERRORS\n',
    );
    const told = await cli('adopt', subjects, '--out', out, '--json');
    expect(told.code).toBe(11);
    const { units, refused } = JSON.parse(told.stdout) as {
      units: { folder: string }[];
      refused: { folder: string; findings: { message: string; place: { file: string } }[] }[];
    };
    expect(units.map(({ folder }) => folder)).toEqual(['sub-01']);
    expect(refused).toMatchObject([
      {
        folder: 'sub-02',
        findings: [{ place: { file: 'sub-02/scripts/recon-all.log' }, expected: '`finished without error`' }],
      },
    ]);
    expect(existsSync(join(subjects, '.neuroclaw'))).toBe(false);
    const wrong = await cli('adopt', subjects, '--as', 'spm', '--out', out);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('freesurfer, bids, fmriprep')]);
  });
});
