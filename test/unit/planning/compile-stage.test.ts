import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

const bold = (subject: string, rest = ''): string =>
  `sub-${subject}/func/sub-${subject}_task-x${rest}_bold.nii`;

describe.skipIf(!hasTestData)('functional/clean on six real runs', () => {
  const data = { bids: testData('bids', 'haxby-slice') };

  it('makes one job of each step for each run, which reads what the step before made', async () => {
    const stage = await compile({ pipeline: 'functional/clean', data });
    expect(stage.findings).toEqual([]);
    const perStep = new Map<string, number>();
    for (const { step } of stage.jobs) perStep.set(step, (perStep.get(step) ?? 0) + 1);
    expect([...perStep.values()]).toEqual(Array(12).fill(6));
    const smooth = stage.jobs.find(({ id }) => id === 'work/smooth/sub-1_task-objectviewing_run-02_bold');
    expect(smooth?.needs).toEqual(['work/restore-mean/sub-1_task-objectviewing_run-02_bold']);
    expect(smooth?.argv).toEqual([
      'niimath',
      '/in/image/image.nii.gz',
      '-s',
      '2.5479654',
      '/out/image.nii.gz',
      '-odt',
      'flt',
    ]);
    expect(smooth?.outputs).toEqual([
      {
        id: 'smoothed',
        kind: 'nifti',
        optional: false,
        path: 'image.nii.gz',
        publish: 'sub-1/func/sub-1_task-objectviewing_run-02_desc-clean_bold.nii.gz',
      },
    ]);
    expect(stage.dataset).toEqual({
      kind: 'derivative',
      folder: 'derivatives/functional-clean',
      source: { name: 'raw', path: data.bids },
    });
  });

  it('takes the repetition time from the inherited sidecar, and says so in what the key is made of', async () => {
    const stage = await compile({
      pipeline: 'functional/clean',
      data,
      params: { high_pass_s: 128, low_pass_hz: 0.1 },
    });
    const bandpass = stage.jobs.find(({ step }) => step === 'bandpass');
    // 128 s / (2 * 2.5 s) = 25.6 volumes; 1 / (2 * 2.5 s * 0.1 Hz) = 2 volumes.
    expect(bandpass?.params).toEqual({ highpass_sigma: 25.6, lowpass_sigma: 2 });
    expect(bandpass?.sidecar).toEqual({ RepetitionTime: 2.5 });
    expect(bandpass?.context).toEqual({ TaskName: 'object viewing', RepetitionTime: 2.5 });
    const smooth = stage.jobs.find(({ step }) => step === 'smooth');
    expect(smooth?.sidecar).toEqual({});
  });

  it('lets the step before stand in for one that is switched off, also for what is published', async () => {
    const stage = await compile({
      pipeline: 'functional/clean',
      data,
      params: { smoothing_fwhm_mm: 0, high_pass_s: 0 },
    });
    expect(stage.findings).toEqual([]);
    expect(new Set(stage.jobs.map(({ step }) => step))).not.toContain('smooth');
    const restored = stage.jobs.find(({ step }) => step === 'restore-mean');
    expect(restored?.needs[0]).toMatch(/^work\/detrend\//);
    expect(restored?.outputs[0]?.publish).toBe(
      'sub-1/func/sub-1_task-objectviewing_run-01_desc-clean_bold.nii.gz',
    );
  });

  it('selects runs, and names the labels there are where none fits', async () => {
    const some = await compile({ pipeline: 'functional/clean', data, select: { run: ['02', '05'] } });
    expect(some.jobs).toHaveLength(24);
    const none = await compile({ pipeline: 'functional/clean', data, select: { run: '9' } });
    expect(messages(none)).toEqual(['error no func bold file with run 9']);
    expect(none.findings[0]?.expected).toBe('one of 01, 02, 03, 04, 05, 06');
    expect(none.findings[0]?.place?.field).toBe('stages.work.select.run');
  });

  it('compiles a copy at another place to the same jobs but for where files lie', async () => {
    const copy = join(temporaryFolder(), 'moved');
    cpSync(data.bids, copy, { recursive: true });
    const [here, there] = await Promise.all([
      compile({ pipeline: 'functional/clean', data }),
      compile({ pipeline: 'functional/clean', data: { bids: copy } }),
    ]);
    expect(JSON.stringify(there.jobs).replaceAll(copy, data.bids)).toBe(JSON.stringify(here.jobs));
  });

  it('finds a low-pass beyond Nyquist, for the repetition time of these data', async () => {
    const stage = await compile({ pipeline: 'functional/clean', data, params: { low_pass_hz: 0.25 } });
    expect(messages(stage)[0]).toMatch(/^error .*run-01_bold.*0\.25 Hz lies beyond Nyquist.*0\.2 Hz$/);
    expect(stage.jobs.map(({ step }) => step)).not.toContain('smooth');
  });
});

describe.skipIf(!hasTestData)('fan-out over sessions and runs of example datasets', () => {
  const header = async () =>
    (await import('../../../src/imaging/nifti-header.js')).readNiftiHeader(
      testData('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
    );

  it.each(['ds114', 'synthetic', '7t_trt'])(
    '%s: one job per bold file of the participants asked for',
    async (name) => {
      const root = testData('bids-examples', name);
      const dataset = await indexDataset(root);
      const files = dataset.files.filter(
        ({ suffix, datatype, extension, entities }) =>
          suffix === 'bold' &&
          datatype === 'func' &&
          extension.startsWith('.nii') &&
          ['01', '02'].includes(entities['sub'] ?? ''),
      );
      expect(files.length).toBeGreaterThan(2);
      const one = { ...(await header()), repetitionTimeS: undefined };
      const stage = await compile(
        {
          pipeline: 'functional/clean',
          data: { bids: root },
          participants: ['01', '02'],
          params: { high_pass_s: 0 },
        },
        { header: () => Promise.resolve(one) },
      );
      expect(stage.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      const smooth = stage.jobs.filter(({ step }) => step === 'smooth');
      expect(smooth.map(({ id }) => id).sort()).toEqual(
        files
          .map(
            ({ path }) =>
              `work/smooth/${path
                .split('/')
                .pop()
                ?.replace(/\.nii(\.gz)?$/, '')}`,
          )
          .sort(),
      );
      expect(
        new Set(stage.jobs.flatMap(({ outputs }) => outputs.flatMap(({ publish }) => publish ?? []))).size,
      ).toBe(5 * files.length);
    },
  );

  it('says of empty images what they are not, and names each', async () => {
    const stage = await compile({
      pipeline: 'functional/clean',
      data: { bids: testData('bids-examples', 'ds114') },
      participants: ['01'],
    });
    const errors = stage.findings.filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(10);
    expect(errors[0]?.place?.file).toMatch(/^sub-01\/ses-.*_bold\.nii\.gz$/);
    expect(errors[0]?.code).toBe('input.malformed');
  });
});

describe('planted mistakes in data', () => {
  const clean = (bids: string, more: Record<string, unknown> = {}) =>
    compile({ pipeline: 'functional/clean', data: { bids }, ...more });

  it('a repetition time of the header that is not that of the sidecar is told with both', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { headerTr: 2, tr: 2.2 } });
    const stage = await clean(root);
    expect(messages(stage)).toEqual([
      `error the sidecar of ${bold('1')} says RepetitionTime 2.2 s, its header 2 s`,
    ]);
    expect(stage.findings[0]?.place).toEqual({ file: bold('1'), field: 'RepetitionTime' });
  });

  it('milliseconds in a sidecar are recognised', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { headerTr: 2, tr: 2000 } });
    expect((await clean(root)).findings[0]?.expected).toBe('seconds in the sidecar, not milliseconds');
  });

  it('a difference of half a millisecond is rounding', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { headerTr: 2, tr: 2.0005 } });
    expect((await clean(root)).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('a missing repetition time is not taken from the header', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { headerTr: 2, tr: null } });
    const stage = await clean(root);
    expect(messages(stage)[0]).toBe(`error ${bold('1')}: RepetitionTime is missing in the sidecar`);
    expect(stage.findings[0]?.place).toEqual({ file: bold('1'), field: 'bandpass.highpass_sigma' });
  });

  it('a repetition time that is a text is shown', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { tr: '2 s' } });
    expect(messages(await clean(root))[0]).toBe(`error ${bold('1')}: RepetitionTime is "2 s" in the sidecar`);
  });

  it('one volume where a time series is due', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { volumes: 1, tr: 2 } });
    expect(messages(await clean(root))[0]).toBe(`error ${bold('1')} is one volume (2 x 2 x 2)`);
  });

  it('a time series where one volume is due', async () => {
    const root = writeDataset(temporaryFolder(), { 'sub-1/anat/sub-1_T1w.nii': { volumes: 3 } });
    const stage = await compile({ pipeline: 'structural/quality', data: { bids: root } });
    expect(messages(stage)[0]).toBe('error sub-1/anat/sub-1_T1w.nii has 3 volumes (2 x 2 x 2 x 3)');
  });

  it('too few volumes', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { volumes: 9 } });
    const stage = await clean(root);
    expect(messages(stage)[0]).toBe(`error ${bold('1')} has 9 volumes`);
    expect(stage.findings[0]?.expected).toMatch(/^at least 10/);
  });

  it('a high-pass longer than the run', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: { volumes: 20, headerTr: 2 } });
    expect(messages(await clean(root))).toEqual([
      `warning ${bold('1')}: a high-pass at 100 s removes little: the run lasts 40 s`,
    ]);
  });

  it('a sidecar that is not JSON, named once', async () => {
    const root = writeDataset(temporaryFolder(), {
      [bold('1')]: { tr: null },
      [bold('1').replace('.nii', '.json')]: '{"RepetitionTime": 2,',
    });
    const errors = messages(await clean(root)).filter((message) => message.includes('JSON'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/sub-1_task-x_bold\.json/);
  });

  it('the same recording twice, compressed and not', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: {}, [`${bold('1')}.gz`]: 'x' });
    expect(messages(await clean(root))[0]).toMatch(/^error .* are the same recording twice$/);
  });

  it('a participant who is not there, with the nearest who is', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('anna')]: {}, [bold('berta')]: {} });
    const stage = await clean(root, { participants: ['ana'] });
    expect(messages(stage)[0]).toBe('error participant ana is not in the data; did you mean anna?');
  });

  it('a participant without the image: left out with a warning, an error where named', async () => {
    const root = writeDataset(temporaryFolder(), {
      [bold('1')]: {},
      'sub-2/anat/sub-2_T1w.nii': { volumes: 1 },
    });
    const all = await clean(root);
    expect(messages(all)).toEqual(['warning no func bold file for sub-2: left out']);
    expect(all.jobs.length).toBeGreaterThan(0);
    expect(messages(await clean(root, { participants: ['1', 'sub-2'] }))).toEqual([
      'error no func bold file for sub-2',
    ]);
    expect(messages(await clean(root, { participants: ['2'] }))[0]).toBe('error no func bold file for sub-2');
  });

  it('names with spaces, quotes, semicolons and other scripts make jobs as any other', async () => {
    const odd = `a b';$(x) µ`;
    const root = writeDataset(temporaryFolder(), { [bold(odd)]: {} });
    const stage = await clean(root);
    expect(stage.findings).toEqual([]);
    expect(stage.jobs[0]?.argv[1]).toBe(`/in/image/sub-${odd}_task-x_bold.nii`);
    expect(stage.jobs[0]?.id).toBe(`work/mean/sub-${odd}_task-x_bold`);
  });

  it('DICOMs given to a pipeline over BIDS, and the other way round', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: {} });
    expect(messages(await compile({ pipeline: 'functional/clean', data: { dicom: root } }))[0]).toBe(
      'error functional/clean works on a BIDS dataset, the stage has a folder of DICOMs',
    );
    expect(messages(await compile({ pipeline: 'curation/dicom-to-bids', data: { bids: root } }))[0]).toBe(
      'error curation/dicom-to-bids converts DICOMs, the stage has a BIDS dataset',
    );
  });
});

describe('planted mistakes in plans', () => {
  const root = (): string => writeDataset(temporaryFolder(), { [bold('1')]: {} });

  it('an unknown parameter comes with the one that was meant, a value out of range with what is allowed', async () => {
    const stage = await compile({
      pipeline: 'functional/clean',
      data: { bids: root() },
      params: { smoothing_fwhm: 6, high_pass_s: -5, low_pass_hz: 'fast' },
    });
    expect(stage.jobs).toEqual([]);
    expect(stage.findings.map(({ message, expected, place }) => [place?.field, message, expected])).toEqual([
      [
        'stages.work.params.smoothing_fwhm',
        'functional/clean has no parameter smoothing_fwhm; did you mean smoothing_fwhm_mm?',
        'one of high_pass_s, low_pass_hz, smoothing_fwhm_mm',
      ],
      ['stages.work.params.high_pass_s', 'high_pass_s is -5 s, below 0 s', 'a number from 0 to 2000 s'],
      ['stages.work.params.low_pass_hz', 'low_pass_hz is "fast", not a number', 'a number from 0 to 2 Hz'],
    ]);
  });

  it('a value that the skill refuses is told once for all jobs, with the number of them', async () => {
    const data = writeDataset(temporaryFolder(), { [bold('1')]: {}, [bold('2')]: {}, [bold('3')]: {} });
    const stage = await compile({
      pipeline: pipelineOf({
        inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } } },
        steps: [
          {
            id: 'smooth',
            skill: 'niimath/smooth',
            for_each: 'bold',
            inputs: { image: 'bold' },
            params: { sigma_mm: 50 },
          },
        ],
      }),
      data: { bids: data },
    });
    expect(messages(stage)).toEqual([
      expect.stringMatching(/^error sigma_mm .*50.*\(and so in 2 more jobs\)$/),
    ]);
    expect(stage.findings[0]?.code).toBe('param.invalid');
  });

  it('two jobs that would publish one file are both named', async () => {
    const pipeline = pipelineOf({
      inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } } },
      steps: ['first', 'second'].map((id) => ({
        id,
        skill: 'niimath/temporal-mean',
        for_each: 'bold',
        inputs: { image: 'bold' },
        publish: { mean: {} },
      })),
    });
    const stage = await compile({ pipeline, data: { bids: root() } });
    expect(stage.findings[0]?.code).toBe('plan.conflict');
    expect(messages(stage)[0]).toBe(
      'error work/first/sub-1_task-x_bold and work/second/sub-1_task-x_bold would both publish sub-1/func/sub-1_task-x_stat-mean_boldmap.nii.gz',
    );
  });

  it('a pipeline written for other skills does not compile, with field and reason', async () => {
    const pipeline = pipelineOf({
      inputs: { bold: { query: { suffix: 'bold' } } },
      steps: [{ id: 'smooth', skill: 'niimath/smoth', for_each: 'bold', inputs: { image: 'bold' } }],
    });
    const stage = await compile({ pipeline, data: { bids: root() } });
    expect(stage.jobs).toEqual([]);
    expect(stage.findings[0]).toMatchObject({
      code: 'pipeline.invalid',
      message: 'smooth: there is no skill niimath/smoth',
      expected: 'niimath/smooth?',
    });
  });

  it('unknown stages and pipelines and data that are not there yet are errors with a code', async () => {
    const { skills, pipelines } = await world;
    const with_ = { skills, pipelines, datasets };
    const plan = planOf({ pipeline: 'functional/clean', data: { bids: root() } });
    await expect(compileStage(plan, 'wrok', with_)).rejects.toMatchObject({ code: 'plan.invalid' });
    await expect(
      compileStage(planOf({ pipeline: 'functional/claen', data: { bids: root() } }), 'work', with_),
    ).rejects.toMatchObject({
      code: 'pipeline.unknown',
      message: expect.stringContaining('functional/clean?') as string,
    });
    await expect(
      compileStage(planOf({ pipeline: 'functional/clean', data: { bids: '/nowhere/data' } }), 'work', with_),
    ).rejects.toMatchObject({ code: 'input.not-found' });
    const two = {
      ...plan,
      stages: [...plan.stages, { ...plan.stages[0], id: 'next', data: { stage: 'work' } }],
    } as typeof plan;
    await expect(compileStage(two, 'next', with_)).rejects.toMatchObject({ code: 'plan.cannot' });
  });

  it('another installed version of the pipeline is told', async () => {
    const stage = await compile({ pipeline: 'functional/clean', version: '0.9.0', data: { bids: root() } });
    expect(messages(stage)).toEqual([
      'warning the plan was made for functional/clean 0.9.0; 1.0.0 is installed',
    ]);
  });
});

describe('bindings', () => {
  const steps = {
    inputs: {
      bold: { query: { datatype: 'func', suffix: 'bold', extension: '.nii' } },
      t1w: { query: { datatype: 'anat', suffix: 'T1w', extension: '.nii' } },
    },
    steps: [
      {
        id: 'mask',
        skill: 'niimath/head-mask',
        for_each: 't1w',
        inputs: { image: 't1w' },
        publish: { mask: {} },
      },
      {
        id: 'mean',
        skill: 'niimath/temporal-mean',
        for_each: 'bold',
        inputs: { image: 'bold' },
        publish: { mean: {} },
      },
      { id: 'masked', skill: 'niimath/apply-mask', inputs: { image: 'mean.mean', mask: 'mask.mask' } },
    ],
  };

  it('a step over runs gets the one image of its participant and session', async () => {
    const root = writeDataset(temporaryFolder(), {
      'sub-1/ses-a/func/sub-1_ses-a_task-x_bold.nii': {},
      'sub-1/ses-b/func/sub-1_ses-b_task-x_bold.nii': {},
      'sub-1/ses-a/anat/sub-1_ses-a_T1w.nii': { volumes: 1 },
      'sub-1/ses-b/anat/sub-1_ses-b_T1w.nii': { volumes: 1 },
      'sub-2/func/sub-2_task-x_bold.nii': {},
      'sub-2/anat/sub-2_T1w.nii': { volumes: 1 },
    });
    const stage = await compile({ pipeline: pipelineOf(steps), data: { bids: root } });
    expect(stage.findings).toEqual([]);
    const needs = stage.jobs.filter(({ step }) => step === 'masked').map((job) => job.needs);
    expect(needs).toEqual([
      ['work/mean/sub-1_ses-a_task-x_bold', 'work/mask/sub-1_ses-a_T1w'],
      ['work/mean/sub-1_ses-b_task-x_bold', 'work/mask/sub-1_ses-b_T1w'],
      ['work/mean/sub-2_task-x_bold', 'work/mask/sub-2_T1w'],
    ]);
  });

  it('says whose image is missing, and which of several it cannot choose from', async () => {
    const root = writeDataset(temporaryFolder(), {
      [bold('1')]: {},
      [bold('2')]: {},
      'sub-2/anat/sub-2_run-1_T1w.nii': { volumes: 1 },
      'sub-2/anat/sub-2_run-2_T1w.nii': { volumes: 1 },
    });
    const stage = await compile({ pipeline: pipelineOf(steps), data: { bids: root } });
    expect(messages(stage)).toContain(
      'error no t1w for sub-1, which step masked needs for sub-1_task-x_bold',
    );
    expect(messages(stage)).toContain(
      'error step masked takes one t1w as mask for sub-2_task-x_bold, and 2 fit: sub-2_run-1_T1w, sub-2_run-2_T1w',
    );
  });

  it('the dataset that steps publish is a folder of their files, under their names', async () => {
    const root = writeDataset(temporaryFolder(), { [bold('1')]: {}, [bold('2')]: {} });
    const pipeline = pipelineOf({
      inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } } },
      steps: [
        {
          id: 'mean',
          skill: 'niimath/temporal-mean',
          for_each: 'bold',
          inputs: { image: 'bold' },
          publish: { mean: {} },
        },
        { id: 'check', skill: 'bids/validate', inputs: { dataset: { published: ['mean'] } } },
      ],
    });
    const stage = await compile({ pipeline, data: { bids: root } });
    const check = stage.jobs.find(({ step }) => step === 'check');
    expect(check?.id).toBe('work/check');
    expect(check?.argv).toContain('/in/dataset');
    expect(check?.inputs[0]).toEqual({
      role: 'dataset',
      kind: 'folder',
      shape: 'folder',
      files: ['1', '2'].map((label) => ({
        name: `sub-${label}/func/sub-${label}_task-x_stat-mean_boldmap.nii.gz`,
        source: { from: 'job', job: `work/mean/sub-${label}_task-x_bold`, output: 'mean' },
      })),
    });
    expect(check?.needs).toHaveLength(2);
  });

  it('companions are found beside the image or higher up, and their absence is told', async () => {
    const gradients = { 'dwi.bval': '0 1000\n', 'dwi.bvec': '0 1\n0 0\n0 0\n' };
    const image = (label: string): string => `sub-${label}/dwi/sub-${label}_dwi.nii`;
    const pipeline = pipelineOf({
      inputs: { dwi: { query: { datatype: 'dwi', suffix: 'dwi', extension: '.nii' } } },
      steps: [
        {
          id: 'import',
          skill: 'mrtrix3/mrconvert-import-dwi',
          for_each: 'dwi',
          inputs: {
            image: 'dwi',
            bval: { companion: 'bval', of: 'dwi' },
            bvec: { companion: 'bvec', of: 'dwi' },
          },
        },
      ],
    });
    const inherited = writeDataset(temporaryFolder(), { ...gradients, [image('1')]: { volumes: 2 } });
    const stage = await compile({ pipeline, data: { bids: inherited } });
    expect(stage.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(stage.jobs[0]?.inputs.map(({ role, files }) => [role, files[0]?.name])).toEqual([
      ['image', 'sub-1_dwi.nii'],
      ['bval', 'dwi.bval'],
      ['bvec', 'dwi.bvec'],
    ]);
    const bare = writeDataset(temporaryFolder(), { [image('1')]: { volumes: 2 } });
    expect(messages(await compile({ pipeline, data: { bids: bare } }))[0]).toBe(
      `error no bval for ${image('1')}, which step import needs`,
    );
  });

  it('sidecar values and facts of an item decide parameters and steps', async () => {
    const root = writeDataset(temporaryFolder(), {
      [bold('1')]: { tr: 2 },
      [bold('2')]: { tr: 2 },
      'sub-2/func/sub-2_task-x_events.tsv': 'onset\tduration\n1\t2\n',
    });
    const pipeline = pipelineOf({
      inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } } },
      steps: [
        {
          id: 'smooth',
          skill: 'niimath/smooth',
          for_each: 'bold',
          inputs: { image: 'bold' },
          params: { sigma_mm: { sidecar: 'RepetitionTime', of: 'image' } },
          when: 'fact:events',
        },
      ],
    });
    const stage = await compile({ pipeline, data: { bids: root } });
    expect(stage.jobs.map(({ id }) => id)).toEqual(['work/smooth/sub-2_task-x_bold']);
    expect(stage.jobs[0]?.params['sigma_mm']).toBe(2);
    expect(stage.jobs[0]?.sidecar).toEqual({ RepetitionTime: 2 });
  });
});

describe('curation/validate', () => {
  it('looks at every file, also those whose names BIDS does not know, and at .bidsignore', async () => {
    const root = writeDataset(temporaryFolder(), {
      [bold('1')]: {},
      'notes.txt': 'x',
      '.bidsignore': 'notes.txt',
      '.git/config': 'x',
      'derivatives/x/y.txt': 'x',
      'sub-1/func/odd name;.tmp': 'x',
    });
    mkdirSync(join(root, 'elsewhere'));
    writeFileSync(join(root, 'elsewhere', 'file.txt'), 'x');
    symlinkSync(join(root, 'elsewhere'), join(root, 'linked'));
    symlinkSync(root, join(root, 'elsewhere', 'loop'));
    symlinkSync('/nowhere/annexed', join(root, 'sub-1', 'func', 'sub-1_task-y_bold.nii'));
    const stage = await compile({ pipeline: 'curation/validate', data: { bids: root } });
    expect(stage.jobs[0]?.inputs[0]?.files.map(({ name }) => name)).toEqual([
      '.bidsignore',
      'dataset_description.json',
      'elsewhere/file.txt',
      'linked/file.txt',
      'notes.txt',
      'sub-1/func/odd name;.tmp',
      'sub-1/func/sub-1_task-x_bold.json',
      'sub-1/func/sub-1_task-x_bold.nii',
    ]);
    expect(messages(stage)).toEqual([
      expect.stringMatching(/^warning 3 links of the dataset lead nowhere, among them elsewhere\/loop/),
    ]);
  });
});

it('reads each header once, and none where no tool asks for a shape', async () => {
  const root = writeDataset(temporaryFolder(), { [bold('1')]: {}, [bold('2')]: {} });
  const { readNiftiHeader } = await import('../../../src/imaging/nifti-header.js');
  const read: string[] = [];
  const header = (path: string) => {
    read.push(path);
    return readNiftiHeader(path);
  };
  await compile({ pipeline: 'functional/clean', data: { bids: root } }, { header });
  expect(read.sort()).toEqual([join(root, bold('1')), join(root, bold('2'))]);
  read.length = 0;
  await compile({ pipeline: 'curation/validate', data: { bids: root } }, { header });
  expect(read).toEqual([]);
});
