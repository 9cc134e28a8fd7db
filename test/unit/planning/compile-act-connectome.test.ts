import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import type { CompiledStage, Job } from '../../../src/planning/job.js';
import { compile, messages, writeDataset, type Bold } from './support.js';

const shared = mkdtempSync(join(tmpdir(), 'neuroclaw act '));
afterAll(() => rmSync(shared, { recursive: true }));

const image: Bold = { volumes: 1, tr: null };
const LAS: Affine = [
  [-2, 0, 0, 0],
  [0, 2, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
];
/** Eight volumes with gradients of two shells, or one. */
function series(root: string, name: string, shells: readonly number[], affine = LAS): void {
  const dims = [4, 4, 4, 8];
  const put = (end: string, content: string | Uint8Array): void => {
    const path = join(root, `${name}${end}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const data = Float32Array.from({ length: 512 }, (_, n) => n % 11);
  put('.nii', niftiBytes({ dims, affine, datatype: 'float32', data, repetitionTimeS: 3 }));
  put('.json', JSON.stringify({ PhaseEncodingDirection: 'j-', TotalReadoutTime: 0.05, RepetitionTime: 3 }));
  const bvals = [0, ...Array.from({ length: 7 }, (_, n) => shells[n % shells.length] ?? 0)];
  put('.bval', bvals.join(' '));
  const directions = bvals.map((b, n) => (b === 0 ? [0, 0, 0] : [Math.cos(n), Math.sin(n), 0]));
  put('.bvec', [0, 1, 2].map((axis) => directions.map((d) => d[axis]).join(' ')).join('\n'));
}

function study(name: string, { t1w = true, shells = [1000, 2000] } = {}): string {
  const root = join(shared, name);
  writeDataset(root, t1w ? { 'sub-01/anat/sub-01_T1w.nii': image, 'sub-02/anat/sub-02_T1w.nii': image } : {});
  series(root, 'sub-01/dwi/sub-01_dwi', shells);
  return root;
}
const fromT1w = study('t1w');

async function act(data: string, more: object = {}): Promise<CompiledStage> {
  return compile({ pipeline: 'diffusion/act-connectome', data: { bids: data }, ...more });
}
const jobOf = ({ jobs }: CompiledStage, step: string): Job => {
  const found = jobs.find((job) => job.step === step);
  if (found === undefined) throw new Error(`no ${step} among ${jobs.map((job) => job.step).join(', ')}`);
  return found;
};
const argvOf = (stage: CompiledStage, step: string): string => jobOf(stage, step).argv.join(' ');
const stepsOf = ({ jobs }: CompiledStage): string[] => jobs.map(({ step }) => step);
const errors = (stage: CompiledStage): string[] => messages(stage).filter((one) => one.startsWith('error'));

describe('diffusion/act-connectome with FreeSurfer', () => {
  it('reconstructs the T1w of those who have a series, and takes tissues and regions from it', async () => {
    const stage = await act(fromT1w);
    expect(messages(stage)).toEqual(['warning no dwi dwi file for sub-02: left out']);
    const recon = stage.jobs.filter(({ step }) => step === 'recon');
    expect(recon.map(({ argv }) => argv.join(' '))).toEqual([
      'recon-all -all -subjid sub-01 -sd /scratch/subjects -i /in/t1/sub-01_T1w.nii -parallel -openmp {threads}',
    ]);
    expect(argvOf(stage, 'tissues-of-surfaces')).toBe(
      '5ttgen hsvs /in/subject/sub-01 /out/5tt.mif -scratch /scratch -nthreads {threads}',
    );
    expect(argvOf(stage, 'nodes')).toBe(
      'labelconvert /in/labels/parcellation.nii.gz /in/lut_in/lut-in.txt /in/lut_out/lut-out.txt /out/nodes.mif -nthreads {threads}',
    );
    expect(stepsOf(stage)).not.toContain('connectome');
    for (const step of ['tissues', 'tissues-of-t1w', 'register-intensity', 'intensity-matrix', 'correct'])
      expect(stepsOf(stage)).not.toContain(step);
  });

  it('brings the series to the T1w and moves tissues and regions back by the inverse', async () => {
    const stage = await act(fromT1w);
    expect(argvOf(stage, 'register-surface')).toBe(
      'bbregister --s sub-01 --mov /in/moving/image.nii.gz --t2 --init-coreg --6 --reg /out/registration.dat --lta /out/transform.lta --fslmat /out/flirt.mat --o /out/moved.nii.gz',
    );
    for (const step of ['tissues-moved', 'nodes-moved']) {
      expect(argvOf(stage, step)).toMatch(/^mrtransform .* -linear \/in\/linear\/matrix\.txt -inverse/);
      expect(jobOf(stage, step).inputs.find(({ role }) => role === 'linear')?.files[0]?.source).toEqual({
        from: 'job',
        job: jobOf(stage, 'register-surface').id,
        output: 'matrix',
      });
    }
    const needs = (step: string): string[] => jobOf(stage, step).needs.map((id) => id.split('/')[1] ?? '');
    // What was registered the wrong way is seen before anything is estimated.
    expect(needs('mask')).toContain('tissue-on-series');
    expect(needs('response-multi')).toContain('mask');
    expect(needs('track')).toEqual(expect.arrayContaining(['tissues-moved', 'border', 'normalised']));
    expect(needs('weights')).toEqual(expect.arrayContaining(['track', 'normalised', 'tissues-moved']));
    expect(needs('connectome-of-regions')).toEqual(
      expect.arrayContaining(['track', 'nodes-moved', 'weights']),
    );
    expect(needs('table')).toEqual(expect.arrayContaining(['connectome-of-regions', 'lookup']));
    expect(argvOf(stage, 'track')).toMatch(/^tckgen .* -act /);
    expect(argvOf(stage, 'normalised')).toMatch(/^mtnormalise .*wmfod.* .*gm.* .*csf/);
  });

  it('takes FLIRT and tissues of FSL where that was asked for', async () => {
    const stage = await act(fromT1w, { params: { registration: 'flirt', five_tissues: 'fsl' } });
    expect(messages(stage)).toEqual(['warning no dwi dwi file for sub-02: left out']);
    expect(argvOf(stage, 'register-intensity')).toMatch(
      /^flirt -in \/in\/moving\/image\.nii\.gz -ref \/in\/fixed\/t1\.nii\.gz .* -dof 6 -cost normmi/,
    );
    // First the image of -in, then that of -ref.
    expect(argvOf(stage, 'intensity-matrix')).toBe(
      'transformconvert /in/transform/transform.mat /in/moving/image.nii.gz /in/fixed/t1.nii.gz flirt_import /out/transform.txt -nthreads {threads}',
    );
    expect(argvOf(stage, 'tissues-of-t1w')).toMatch(/^5ttgen fsl \/in\/t1\/t1\.nii\.gz \/out\/5tt\.mif/);
    expect(stepsOf(stage)).not.toContain('register-surface');
    expect(argvOf(stage, 'tissues-moved')).toContain('-linear /in/linear/transform.txt -inverse');
  });

  it('uses a reconstruction that is named, and reconstructs nothing', async () => {
    const subjects = join(shared, 'subjects');
    for (const name of [
      'mri/T1.mgz',
      'mri/ribbon.mgz',
      'mri/aparc+aseg.mgz',
      'stats/aseg.stats',
      'surf/lh.white',
    ]) {
      mkdirSync(dirname(join(subjects, 'sub-01', name)), { recursive: true });
      writeFileSync(join(subjects, 'sub-01', name), 'x');
    }
    const stage = await act(fromT1w, { inputs: { freesurfer: subjects } });
    expect(errors(stage)).toEqual([]);
    expect(stepsOf(stage)).not.toContain('recon');
    expect(argvOf(stage, 'anatomy')).toContain('--subject /in/subject ');
    expect(argvOf(stage, 'tissues-of-surfaces')).toContain('5ttgen hsvs /in/subject /out');
    const files = jobOf(stage, 'register-surface').inputs.find(({ role }) => role === 'subjects');
    expect(files).toMatchObject({ shape: 'folder' });
    expect(files?.files.map(({ name }) => name)).toContain('mri/T1.mgz');
  });

  it('corrects motion with FSL where asked, along the direction that MRtrix3 means', async () => {
    const stage = await act(fromT1w, { params: { correct: true } });
    expect(errors(stage)).toEqual([]);
    expect(argvOf(stage, 'correct')).toMatch(
      /^dwifslpreproc \/in\/dwi\/\S+ \/out\/dwi\.mif -rpe_none -pe_dir AP -readout_time 0\.05 /,
    );
    const needs = jobOf(stage, 'response-multi').needs.map((id) => id.split('/')[1]);
    expect(needs).toContain('correct');
  });

  it('names the direction by the scanner, however the image is stored', async () => {
    const root = join(shared, 'flipped');
    writeDataset(root, { 'sub-01/anat/sub-01_T1w.nii': image });
    // The second voxel axis runs to the back: j- leads to the front.
    const lps: Affine = [
      [-2, 0, 0, 0],
      [0, -2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ];
    series(root, 'sub-01/dwi/sub-01_dwi', [1000], lps);
    expect(argvOf(await act(root, { params: { correct: true } }), 'correct')).toContain('-pe_dir PA');
  });

  it('takes one shell without normalisation', async () => {
    const stage = await act(study('one shell', { shells: [1000] }));
    expect(errors(stage)).toEqual([]);
    expect(stepsOf(stage)).toContain('fod-single');
    for (const step of ['fod-multi', 'normalised']) expect(stepsOf(stage)).not.toContain(step);
  });

  it('refuses a series with nothing to take tissues from, and says what would do', async () => {
    const stage = await act(study('nothing', { t1w: false }));
    expect(errors(stage)[0]).toBe(
      'error sub-01_dwi has no tissues with parcellation, and no freesurfer, and no t1w',
    );
    expect(stage.findings[0]?.expected).toMatch(/Five-tissue image .*; or .*recon-all.*; or .*T1-weighted/s);
  });

  it('takes what is given on the series before it makes anything', async () => {
    const root = join(shared, 'given');
    cpSync(fromT1w, root, { recursive: true });
    for (const name of ['desc-5tt_probseg', 'dseg']) {
      const dims = name === 'dseg' ? [4, 4, 4] : [4, 4, 4, 5];
      const data = Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, n) => n % 3);
      writeFileSync(
        join(root, 'sub-01', 'dwi', `sub-01_${name}.nii`),
        niftiBytes({ dims, affine: LAS, datatype: 'uint8', data }),
      );
    }
    const stage = await act(root);
    expect(errors(stage)).toEqual([]);
    expect(stepsOf(stage)).toEqual(expect.arrayContaining(['tissues', 'connectome', 'parcellation-picture']));
    for (const step of ['recon', 'anatomy', 'nodes', 'lookup', 'tissues-moved', 'connectome-of-regions'])
      expect(stepsOf(stage)).not.toContain(step);
  });
});
