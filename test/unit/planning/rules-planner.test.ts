import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import { parseSeriesMap } from '../../../src/planning/dicom/series-map.js';
import type { Plan } from '../../../src/planning/plan.js';
import { parsePlan } from '../../../src/planning/read-plan.js';
import {
  planByRules,
  type PlanningOptions,
  type PlanningOutcome,
} from '../../../src/planning/rules-planner.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, datasets, world, writeDataset } from './support.js';

async function plan(
  wish: string,
  data: { bids: string } | { dicom: string },
  options?: PlanningOptions,
): Promise<PlanningOutcome> {
  const { pipelines } = await world;
  const common = { out: '/nowhere/out', pipelines, ...(options === undefined ? {} : { options }) };
  if ('dicom' in data) return planByRules(wish, { ...common, dicom: await datasets.dicom(data.dicom) });
  const dataset = await indexDataset(data.bids);
  return planByRules(wish, { ...common, bids: { dataset, summary: await summarizeDataset(dataset) } });
}

function planned(outcome: PlanningOutcome): Plan {
  if (outcome.kind !== 'plan') throw new Error(`no plan: ${JSON.stringify(outcome)}`);
  return outcome.plan;
}

const stagesOf = (outcome: PlanningOutcome) =>
  planned(outcome).stages.map(({ id, pipeline, data }) => [id, pipeline, Object.keys(data)[0]]);
const paramsOf = (outcome: PlanningOutcome) =>
  planned(outcome).stages.find(({ id }) => id === 'clean')?.params;

const shared = mkdtempSync(join(tmpdir(), 'neuroclaw mixed '));
afterAll(() => rmSync(shared, { recursive: true }));

/** A dataset with everything the wishes below speak of, written once. */
function mixedData(): { bids: string } {
  if (existsSync(join(shared, 'dataset_description.json'))) return { bids: shared };
  const files: Record<string, string> = { 'task-rest_bold.json': '{"RepetitionTime": 2}' };
  for (const sub of ['01', '02', '03', '04', '05', '06', '07']) {
    for (const task of ['rest', 'objectviewing', 'motor'])
      for (const run of ['1', '2'])
        files[`sub-${sub}/ses-pre/func/sub-${sub}_ses-pre_task-${task}_run-${run}_bold.nii.gz`] = 'x';
    for (const session of ['pre', 'post'])
      files[`sub-${sub}/ses-${session}/anat/sub-${sub}_ses-${session}_T1w.nii.gz`] = 'x';
  }
  return { bids: writeDataset(shared, files) };
}

describe.skipIf(!hasTestData)('DICOMs', () => {
  const dti = { dicom: testData('dicom', 'siemens-trio-dti20') };
  const rest = { dicom: testData('dicom', 'siemens-prisma-rest') };

  it('"convert these DICOMs to BIDS and check them": a conversion, and a validation of what it makes', async () => {
    const outcome = await plan('convert these DICOMs to BIDS and check them', dti);
    expect(stagesOf(outcome)).toEqual([
      ['dicom-to-bids', 'curation/dicom-to-bids', 'dicom'],
      ['validate', 'curation/validate', 'stage'],
    ]);
    const { stages, origin } = planned(outcome);
    expect(stages[1]?.data).toEqual({ stage: 'dicom-to-bids' });
    expect(stages[0]?.naming).toMatchObject([
      { datatype: 'dwi', suffix: 'dwi', entities: { subject: 'ANON', direction: 'AP' } },
    ]);
    expect(origin.planner).toBe('rules');
    expect(origin.reasons.length).toBeGreaterThan(0);
    expect(parsePlan(JSON.parse(JSON.stringify(planned(outcome))), 'plan.json')).toEqual(planned(outcome));
  });

  it('the plan compiles as it stands', async () => {
    const { stages } = planned(await plan('convert these DICOMs to BIDS and check them', dti));
    const { id: _id, ...conversion } = stages[0] as Plan['stages'][number];
    expect((await compile(conversion)).findings).toEqual([]);
  });

  it('reads over typing errors, says so, and takes the name of the participant', async () => {
    const outcome = await plan('convrt these dicmos as sub-07', dti);
    expect(planned(outcome).stages[0]?.naming?.[0]?.entities['subject']).toBe('07');
    expect(planned(outcome).origin.reasons).toContain('"convrt" was read as convert');
    const option = await plan('convert', dti, { participants: ['sub-09'], session: 'a' });
    expect(planned(option).stages[0]?.naming?.[0]?.entities).toMatchObject({ subject: '09', session: 'a' });
  });

  it('converts first whatever else is asked, and says why', async () => {
    const outcome = await plan('validate the data', dti);
    expect(stagesOf(outcome).map(([id]) => id)).toEqual(['dicom-to-bids', 'validate']);
    expect(planned(outcome).origin.reasons).toContain(
      'curation/dicom-to-bids first, because the data are DICOMs',
    );
    expect(await plan('validate, but do not convert', dti)).toMatchObject({ kind: 'cannot' });
  });

  it('knows before the conversion that nothing will be there to clean', async () => {
    expect(await plan('convert and clean the BOLD runs', dti)).toMatchObject({
      kind: 'cannot',
      reasons: ['no series becomes func bold, which functional/clean needs: there are dwi dwi'],
    });
    expect(await plan('convert and clean the resting state', rest)).toMatchObject({
      kind: 'cannot',
      reasons: ['Rest_fMRI_AP has 2 volumes, and functional/clean needs at least 10'],
    });
  });

  it('a long enough resting state is converted, then cleaned, of that task only', async () => {
    const scan = await datasets.dicom(rest.dicom);
    const long = { ...scan, series: scan.series.map((series) => ({ ...series, volumes: 300 })) };
    const outcome = planByRules('convert and clean the resting state with 8 mm smoothing', {
      dicom: long,
      out: '/o',
      pipelines: (await world).pipelines,
    });
    expect(stagesOf(outcome)).toEqual([
      ['dicom-to-bids', 'curation/dicom-to-bids', 'dicom'],
      ['clean', 'functional/clean', 'stage'],
    ]);
    expect(planned(outcome).stages[1]).toMatchObject({
      select: { task: ['rest'] },
      params: { smoothing_fwhm_mm: 8 },
    });
  });

  it('asks about a series that its header does not name, and takes the answer from a map', async () => {
    const scan = await datasets.dicom(rest.dicom);
    const unnamed = {
      ...scan,
      series: scan.series.map((series) => ({
        ...series,
        protocolName: 'ep2d_bold',
        description: 'ep2d_bold',
      })),
    };
    const context = { dicom: unnamed, out: '/o', pipelines: (await world).pipelines };
    const question = planByRules('convert', context);
    expect(question).toMatchObject({
      kind: 'question',
      questions: [{ id: 'series-7', set: expect.stringContaining('--map') as string }],
    });
    const answered = planByRules('convert', {
      ...context,
      options: { map: parseSeriesMap({ 7: 'func/task-faces_bold' }, 'map') },
    });
    expect(planned(answered).stages[0]?.naming?.[0]).toMatchObject({
      entities: { task: 'faces' },
      sidecar: { TaskName: 'faces' },
    });
  });

  it('says of a folder without DICOMs that it has none', async () => {
    const empty = temporaryFolder();
    expect(await plan('convert', { dicom: empty })).toMatchObject({
      kind: 'cannot',
      reasons: [expect.stringContaining(empty) as string],
    });
  });

  it('keeps one of two patients where one is named', async () => {
    const scan = await datasets.dicom(dti.dicom);
    const [one] = scan.series;
    if (one === undefined) throw new Error('no series');
    const two = {
      ...scan,
      series: [
        { ...one, patientId: 'A' },
        { ...one, uid: '1.2', studyUid: '1.3', number: 9, patientId: 'B' },
      ],
    };
    const outcome = planByRules('convert only sub-B', {
      dicom: two,
      out: '/o',
      pipelines: (await world).pipelines,
    });
    expect(
      planned(outcome).stages[0]?.naming?.map(({ action, entities }) => [action, entities['subject']]),
    ).toEqual([
      ['convert', 'B'],
      ['skip', undefined],
    ]);
  });
});

describe('which data', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['clean the BOLD runs', undefined],
    ['clean only sub-03 and 05', ['03', '05']],
    ['clean participants 1, 2 and 4', ['01', '02', '04']],
    ['clean sub-02 to sub-04', ['02', '03', '04']],
    ['clean all but 07', ['01', '02', '03', '04', '05', '06']],
    ['clean everyone except sub-01, 2 and 03', ['04', '05', '06', '07']],
    ['clean without smoothing in subjects 2 and 3', ['02', '03']],
    ['clean with 4 mm smoothing, only 5', ['05']],
    ['clean with 5 mm smoothing', undefined],
  ])('"%s"', async (wish, expected) => {
    expect(planned(await plan(wish, mixedData())).stages[0]?.participants).toEqual(expected);
  });

  it.each<[string, Record<string, readonly string[]>]>([
    ['clean the resting state', { task: ['rest'] }],
    ['clean the resting-state runs of session pre', { task: ['rest'], session: ['pre'] }],
    ['clean the object viewing task', { task: ['objectviewing'] }],
    ['clean task-motor run 2', { task: ['motor'], run: ['2'] }],
    ['clean motor and objectviewing', { task: ['motor', 'objectviewing'] }],
    ['clean everything but motor', { task: ['objectviewing', 'rest'] }],
    ['clean the rest of the data', {}],
  ])('"%s"', async (wish, expected) => {
    expect(planned(await plan(wish, mixedData())).stages[0]?.select).toEqual(expected);
  });

  it('what is not there is said with what is', async () => {
    expect(await plan('clean sub-99', mixedData())).toMatchObject({
      kind: 'cannot',
      reasons: ['there is no participant 99: the data have 01, 02, 03, 04, 05, 06, 07'],
    });
    expect(await plan('clean task-faces', mixedData())).toMatchObject({ kind: 'cannot' });
    expect(await plan('clean', mixedData(), { participants: ['08'] })).toMatchObject({ kind: 'cannot' });
    const onlyMotor = {
      bids: writeDataset(temporaryFolder(), { 'sub-1/func/sub-1_task-motor_bold.nii.gz': 'x' }),
    };
    expect(await plan('clean the resting state', onlyMotor)).toMatchObject({
      kind: 'cannot',
      reasons: ['no resting-state run: the tasks are motor'],
    });
    expect(await plan('check the quality of the T1w images', onlyMotor)).toMatchObject({
      kind: 'cannot',
      reasons: ['no anat T1w file, which structural/quality needs'],
    });
  });
});

describe('which parameters', () => {
  it.each<[string, Record<string, unknown>]>([
    ['smooth 8 mm', { smoothing_fwhm_mm: 8 }],
    ['smooth the BOLD runs with a 5mm kernel', { smoothing_fwhm_mm: 5 }],
    ['clean with 4.5 mm FWHM', { smoothing_fwhm_mm: 4.5 }],
    ['smooth with sigma 2 mm', { smoothing_fwhm_mm: 4.70964 }],
    ['smooting of 8 mm', { smoothing_fwhm_mm: 8 }],
    ['clean without smoothing', { smoothing_fwhm_mm: 0 }],
    ["don't smooth but high-pass 128 s", { smoothing_fwhm_mm: 0, high_pass_s: 128 }],
    ['high-pass filter at 0.008 Hz', { high_pass_s: 125 }],
    ['clean, no low-pass, high pass 90 seconds', { high_pass_s: 90, low_pass_hz: 0 }],
    ['clean with a low-pass of 0.1 Hz', { low_pass_hz: 0.1 }],
    ['low-pass at 10 s', { low_pass_hz: 0.1 }],
    ['filter 0.01-0.1 Hz', { high_pass_s: 100, low_pass_hz: 0.1 }],
    [
      'band-pass between 0.008 and 0.09 Hz and smooth 6 mm',
      { high_pass_s: 125, low_pass_hz: 0.09, smoothing_fwhm_mm: 6 },
    ],
    [
      'clean the BOLD without filtering or smoothing',
      { high_pass_s: 0, low_pass_hz: 0, smoothing_fwhm_mm: 0 },
    ],
    ['smooth 8 mm, no filter', { high_pass_s: 0, low_pass_hz: 0, smoothing_fwhm_mm: 8 }],
    ['clean smoothing_fwhm_mm=4', { smoothing_fwhm_mm: 4 }],
    ['clean', {}],
  ])('"%s"', async (wish, expected) => {
    expect(paramsOf(await plan(wish, mixedData()))).toEqual(expected);
  });

  it.each<[string, string]>([
    [
      'smooth 400 mm',
      'smoothing_fwhm_mm is 400 mm, above 30 mm: functional/clean takes a number from 0 to 30 mm',
    ],
    ['smooth by 2 voxels', 'smoothing by 2 voxels cannot be done: it takes mm (full width at half maximum)'],
    ['filter 0.1-0.01 Hz', 'the band 0.1 to 0.01 Hz is empty: the lower edge comes first'],
    [
      'smooth 6 mm, without smoothing',
      'smoothing_fwhm_mm is said twice: smoothing of 6 mm, full width at half maximum; without smoothing',
    ],
    [
      'clean without detrending',
      'functional/clean always removes the linear trend: standard deviation and tSNR would count drift as noise',
    ],
  ])('"%s" cannot be done', async (wish, reason) => {
    expect(await plan(wish, mixedData())).toMatchObject({ kind: 'cannot', reasons: [reason] });
  });

  it('a number whose unit is not said is asked about', async () => {
    expect(await plan('high-pass 100', mixedData())).toMatchObject({
      kind: 'question',
      questions: [{ id: 'high_pass_s', choices: ['high-pass 100 s', 'high-pass 100 Hz'] }],
    });
  });
});

describe('which pipelines', () => {
  it.each<[string, readonly string[]]>([
    ['clean the BOLD runs', ['functional/clean']],
    [
      'check the quality of the T1w images and clean the BOLD runs',
      ['structural/quality', 'functional/clean'],
    ],
    ['validate the dataset, then smooth the runs 6 mm', ['curation/validate', 'functional/clean']],
    ['check the dataset', ['curation/validate']],
    ['check the BOLD quality', ['functional/clean']],
    ['run structural/quality', ['structural/quality']],
    ['tissue segmentation of the T1w images', ['structural/brain-and-tissue']],
    ['skullstrip the anatomical scans', ['structural/brain-and-tissue']],
    ['register the T1w to MNI', ['structural/register-mni']],
    ['normalise the anatomical images to the template', ['structural/register-mni']],
    ['QC of the anatomical scans', ['structural/quality']],
    ['is the data set valid BIDS? please validate it', ['curation/validate']],
  ])('"%s"', async (wish, expected) => {
    expect(planned(await plan(wish, mixedData())).stages.map(({ pipeline }) => pipeline)).toEqual(expected);
  });

  it('what could mean two things is asked, with the choices', async () => {
    expect(await plan('check the quality', mixedData())).toMatchObject({
      kind: 'question',
      questions: [{ id: 'pipeline', choices: ['functional/clean', 'structural/quality'] }],
    });
  });

  it('the data decide where they can, and the plan says so', async () => {
    const anatomical = { bids: writeDataset(temporaryFolder(), { 'sub-1/anat/sub-1_T1w.nii.gz': 'x' }) };
    const { stages, origin } = planned(await plan('check the quality', anatomical));
    expect(stages.map(({ pipeline }) => pipeline)).toEqual(['structural/quality']);
    expect(origin.alternatives).toEqual([
      { what: 'functional/clean', why_not: 'no func bold file, which functional/clean needs' },
    ]);
  });

  it.each(['do something', 'frobnicate the images', ''])(
    '"%s" is asked about, with what these data allow',
    async (wish) => {
      const outcome = await plan(wish, mixedData());
      expect(outcome).toMatchObject({
        kind: 'question',
        questions: [
          {
            id: 'pipeline',
            choices: [
              'curation/deface',
              'curation/mriqc',
              'curation/validate',
              'functional/clean',
              'functional/connectivity',
              'functional/fmriprep',
              'functional/glm',
              'functional/preprocess',
              'statistics/group',
              'statistics/maps',
              'structural/brain-and-tissue',
              'structural/quality',
              'structural/recon',
              'structural/register-mni',
            ],
          },
        ],
      });
    },
  );

  it('what no pipeline does is named, and nothing is done in its place', async () => {
    const outcome = await plan('clean the BOLD, then do a searchlight and remove the confounds', mixedData());
    expect(outcome).toMatchObject({ kind: 'cannot' });
    if (outcome.kind === 'cannot')
      expect(outcome.reasons[0]).toMatch(
        /^no installed pipeline does this: decoding of activity patterns.*, removal of confounds/,
      );
  });

  it('words that are not understood are told, not dropped in silence', async () => {
    const outcome = await plan('clean the BOLD and defragment it', mixedData());
    expect(planned(outcome).origin.reasons).toContain(
      'left aside, because the rules do not know it: defragment',
    );
    expect(outcome.findings[0]).toMatchObject({
      severity: 'warning',
      message: 'not understood, and left aside: defragment',
    });
  });

  it('a BIDS dataset is not converted again', async () => {
    expect(await plan('convert to BIDS', mixedData())).toMatchObject({
      kind: 'cannot',
      reasons: [expect.stringContaining('already') as string],
    });
    const both = planned(await plan('convert and validate', mixedData()));
    expect(both.stages.map(({ pipeline }) => pipeline)).toEqual(['curation/validate']);
    expect(both.origin.alternatives).toEqual([
      { what: 'curation/dicom-to-bids', why_not: 'the data are a BIDS dataset already' },
    ]);
  });

  it('one request and one dataset give one plan', async () => {
    const data = mixedData();
    expect(await plan('clean only 2, smooth 8 mm', data)).toEqual(
      await plan('clean only 2, smooth 8 mm', data),
    );
  });
});
