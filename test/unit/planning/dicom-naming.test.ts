import { describe, expect, it } from 'vitest';
import { scanDicomFolder, type DicomSeries } from '../../../src/imaging/dicom-series.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { parseSeriesMap } from '../../../src/planning/dicom/series-map.js';
import { proposeNaming, type NamingOptions } from '../../../src/planning/dicom-naming.js';
import { bidsName } from '../../../src/planning/dicom/verdict.js';
import { hasTestData, testData } from '../../support/data.js';

interface Made {
  readonly name: string;
  readonly number?: number;
  readonly protocol?: string;
  readonly patient?: string;
  readonly study?: string;
  readonly imageType?: string;
  readonly sequence?: string;
  readonly scanning?: string;
  readonly modality?: string;
  readonly volumes?: number;
  readonly bValues?: readonly number[];
  readonly phaseEncoding?: 'AP' | 'PA';
}

/** A series as a scan of DICOM headers describes it. */
function series({
  name,
  number = 1,
  protocol = name,
  patient = 'P-01',
  study = 'study',
  volumes = 1,
  ...more
}: Made): DicomSeries {
  const common = { studyUid: study, protocolName: protocol, patientId: patient };
  const uid = `1.2.${number}`;
  return {
    ...common,
    uid,
    number,
    description: name,
    files: Array.from({ length: volumes }, (_, index) => `/dicom/${number}/${index}`),
    volumes,
    bValues: more.bValues ?? [],
    header: {
      ...common,
      path: `/dicom/${number}/0`,
      seriesUid: uid,
      seriesNumber: number,
      seriesDescription: name,
      sequenceName: more.sequence ?? '',
      scanningSequence: more.scanning ?? 'GR',
      modality: more.modality ?? 'MR',
      manufacturer: 'SIEMENS',
      imageType: (more.imageType ?? 'ORIGINAL\\PRIMARY\\M\\ND').split('\\'),
      studyDate: '20200101',
      studyTime: '',
      frames: undefined,
      imagePosition: '',
      diffusionDirectionality: '',
      phaseEncoding: more.phaseEncoding,
      instanceNumber: 1,
      echoTimeMs: 30,
      repetitionTimeMs: 2000,
      inversionTimeMs: undefined,
      acquisitionType: '2D',
      rows: 64,
      columns: 64,
      bValue: undefined,
      mosaic: volumes > 1,
      transferSyntax: '1.2.840.10008.1.2.1',
    },
  };
}

const epi = { scanning: 'EP', sequence: 'epfid2d1_64', volumes: 200 };

/** `func/task-rest_bold`, `skip`, or `?` for each series. */
function names(made: readonly Made[], options: NamingOptions = {}): string[] {
  const all = made.map((each, index) => series({ number: index + 1, ...each }));
  const { naming, questions } = proposeNaming(all, options);
  return all.map(({ uid, number }) => {
    const found = naming.find((entry) => entry.series === uid);
    if (found === undefined)
      return questions.some(({ id }) => id.split('-').includes(String(number))) ? '?' : 'lost';
    const { subject: _subject, session: _session, ...entities } = found.entities;
    return found.action === 'skip' ? 'skip' : bidsName(found.datatype ?? '', found.suffix ?? '', entities);
  });
}

describe.skipIf(!hasTestData)('real DICOMs', () => {
  const naming = async (folder: string) =>
    proposeNaming((await scanDicomFolder(testData('dicom', folder))).series);

  it('four short EPI series of four phase-encoding directions are field maps, with the reason', async () => {
    const { naming: entries, questions } = await naming('siemens-epi-four-pe');
    expect(questions).toEqual([]);
    expect(entries.map(({ datatype, suffix, entities }) => [datatype, suffix, entities])).toEqual(
      ['AP', 'PA', 'RL', 'LR'].map((direction) => ['fmap', 'epi', { subject: 'ANON', direction }]),
    );
    expect(entries[0]?.reason).toMatch(/gradient-echo EPI.*AP.*2 volumes, no task, beside PA, RL, LR/);
  });

  it('40 weighted volumes make a diffusion series, by its b-values', async () => {
    const { naming: entries, questions } = await naming('siemens-trio-dti20');
    expect(questions).toEqual([]);
    expect(entries).toMatchObject([
      { action: 'convert', datatype: 'dwi', suffix: 'dwi', entities: { subject: 'ANON', direction: 'AP' } },
    ]);
    expect(entries[0]?.reason).toContain('b=0, b=1000');
  });

  it('multiband resting state is a bold run of task rest, and its sidecar says so', async () => {
    const { naming: entries } = await naming('siemens-prisma-rest');
    expect(entries).toMatchObject([
      {
        datatype: 'func',
        suffix: 'bold',
        entities: { subject: 'ANON', task: 'rest', direction: 'AP' },
        sidecar: { TaskName: 'rest' },
      },
    ]);
  });
});

describe('names of protocols', () => {
  it.each<[Made, string]>([
    [{ name: 't1_mprage_sag_p2_iso', sequence: '*tfl3d1_16ns' }, 'anat/T1w'],
    [{ name: 'MPRAGE', sequence: '*tfl3d1' }, 'anat/T1w'],
    [{ name: 'Ax FSPGR BRAVO' }, 'anat/T1w'],
    [{ name: 'sag 3d', sequence: '*tfl3d1_16ns' }, 'anat/T1w'],
    [{ name: 'T2w_SPC' }, 'anat/T2w'],
    [{ name: 't2_tse_tra' }, 'anat/T2w'],
    [{ name: 't2_space_dark-fluid_sag' }, 'anat/FLAIR'],
    [{ name: 'T2 FLAIR' }, 'anat/FLAIR'],
    [{ name: 'T2*_gre' }, 'anat/T2starw'],
    [{ name: 'mp2rage_INV1', imageType: 'ORIGINAL\\PRIMARY\\M\\ND' }, 'anat/inv-1_MP2RAGE'],
    [{ name: 'mp2rage_UNI_Images', imageType: 'DERIVED\\PRIMARY\\M\\ND\\UNI' }, 'anat/UNIT1'],
    [{ name: 'rsfMRI_AP', ...epi }, 'func/task-rest_dir-AP_bold'],
    [{ name: 'Resting State', ...epi }, 'func/task-rest_bold'],
    [{ name: 'func_task-faces_run-02', ...epi }, 'func/task-faces_run-02_bold'],
    [{ name: 'fMRI task-Faces run 3', ...epi }, 'func/task-Faces_run-3_bold'],
    [{ name: 'rest_SBRef', ...epi, volumes: 1 }, 'func/task-rest_sbref'],
    [{ name: 'dMRI_dir98_AP', scanning: 'EP', bValues: [5, 1500, 3000], volumes: 99 }, 'dwi/dir-AP_dwi'],
    [{ name: 'dMRI_dir98_PA_SBRef', scanning: 'EP', volumes: 1 }, 'dwi/dir-PA_sbref'],
    [{ name: 'dti_PA_b0', scanning: 'EP', bValues: [0], volumes: 4 }, 'fmap/acq-dwi_dir-PA_epi'],
    [
      { name: 'SpinEchoFieldMap_AP', scanning: 'EP\\SE', sequence: 'epse2d1_90', volumes: 3 },
      'fmap/dir-AP_epi',
    ],
    [{ name: 'anat-T1w_acq-1mm_run-1' }, 'anat/acq-1mm_run-1_T1w'],
    [{ name: 'fmap_dir-PA', ...epi, volumes: 2 }, 'fmap/dir-PA_epi'],
    [{ name: 'anat-scout' }, 'skip'],
    [{ name: 'localizer' }, 'skip'],
    [{ name: 'AAHead_Scout_64ch-head-coil' }, 'skip'],
    [{ name: '3 Plane Loc' }, 'skip'],
    [{ name: 'dti_ADC', imageType: 'DERIVED\\PRIMARY\\DIFFUSION\\ADC', bValues: [1000] }, 'skip'],
    [{ name: 'dti_TRACEW', imageType: 'DERIVED\\PRIMARY\\DIFFUSION\\TRACEW' }, 'skip'],
    [{ name: 'dti_FA', imageType: 'DERIVED\\PRIMARY\\DIFFUSION\\FA' }, 'skip'],
    [{ name: 't1_mprage_MPR_cor', imageType: 'DERIVED\\SECONDARY\\MPR' }, 'skip'],
    [{ name: 'PhoenixZIPReport', modality: 'SR' }, 'skip'],
    [
      { name: 'MoCoSeries', protocol: 'task-rest_bold', ...epi, imageType: 'ORIGINAL\\PRIMARY\\M\\MOCO' },
      'skip',
    ],
    [{ name: 'ep2d_bold', ...epi }, '?'],
    [{ name: 'fMRI_faces', ...epi }, '?'],
    [{ name: 'gre_field_mapping' }, '?'],
    [{ name: 'svs_se_30' }, '?'],
    [{ name: 'PET AC', modality: 'PT' }, '?'],
    [{ name: 'dti_30dir', scanning: 'EP' }, '?'],
  ])('%j is %s', (made, expected) => {
    expect(names([made])).toEqual([expected]);
  });

  it('every skipped series says why', () => {
    const { naming } = proposeNaming([series({ name: 'localizer' })]);
    expect(naming[0]?.reason).toBe('a localizer: positions the others, carries no data');
  });

  it('a bold without a task is asked for, with the words of its name as choices and how to answer', () => {
    const { questions } = proposeNaming([series({ name: 'fMRI_faces_AP', number: 7, ...epi })]);
    expect(questions).toMatchObject([
      {
        id: 'series-7',
        choices: ['func/task-faces_dir-AP_bold', 'func/task-NAME_dir-AP_bold', 'fmap/dir-AP_epi', 'skip'],
        set: '--map FILE with the line `7: func/task-faces_dir-AP_bold`',
      },
    ]);
  });

  it('one short EPI with a direction and nothing opposite is no field map', () => {
    expect(names([{ name: 'EPI PE=AP', ...epi, volumes: 2 }])).toEqual(['?']);
    expect(
      names([
        { name: 'EPI PE=AP', ...epi, volumes: 2 },
        { name: 'EPI PE=PA', ...epi, volumes: 2 },
      ]),
    ).toEqual(['fmap/dir-AP_epi', 'fmap/dir-PA_epi']);
  });

  it('a direction that the name claims and the header denies is a question', () => {
    expect(names([{ name: 'rest_AP', ...epi, phaseEncoding: 'AP' }])).toEqual(['func/task-rest_dir-AP_bold']);
    const { questions } = proposeNaming([series({ name: 'rest_AP', ...epi, phaseEncoding: 'PA' })]);
    expect(questions[0]?.choices).toEqual(['func/task-rest_dir-PA_bold', 'func/task-rest_dir-AP_bold']);
  });

  it('series of one name and two directions in their headers are told apart by them', () => {
    expect(
      names([
        { name: 'dti', scanning: 'EP', bValues: [0, 1000], volumes: 30, phaseEncoding: 'AP' },
        { name: 'dti', scanning: 'EP', bValues: [0, 1000], volumes: 30, phaseEncoding: 'PA' },
      ]),
    ).toEqual(['dwi/dir-AP_dwi', 'dwi/dir-PA_dwi']);
  });

  it('two series that would get one name are a question, and runs named by the scanner are not', () => {
    expect(names([{ name: 'rest', ...epi }, { name: 'rest', ...epi }, { name: 't1_mprage' }])).toEqual([
      '?',
      '?',
      'anat/T1w',
    ]);
    expect(
      names([
        { name: 'rest run-1', ...epi },
        { name: 'rest run-2', ...epi },
      ]),
    ).toEqual(['func/task-rest_run-1_bold', 'func/task-rest_run-2_bold']);
  });
});

describe('what a person says of series', () => {
  it('wins over rules, by number before pattern, and answers questions', () => {
    const map = parseSeriesMap(
      { 2: 'func/task-faces_run-2_bold', '*faces*': 'func/task-faces_run-1_bold', 't1*': 'skip' },
      'map.yaml',
    );
    expect(
      names([{ name: 'fMRI_faces', ...epi }, { name: 'fMRI_faces', ...epi }, { name: 'T1_mprage' }], { map }),
    ).toEqual(['func/task-faces_run-1_bold', 'func/task-faces_run-2_bold', 'skip']);
  });

  it('a pattern that fits nothing is told', () => {
    const { findings } = proposeNaming([series({ name: 't1_mprage' })], {
      map: parseSeriesMap({ '*flare*': 'skip' }, 'm'),
    });
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'the map names *flare*, and no series fits it'],
    ]);
  });

  it.each([
    ['func_task-x_bold', 'does not begin with a datatype'],
    ['func/bold', 'names no task'],
    ['func/task-x_bold.nii', 'is no BIDS name'],
    ['func/sub-1_task-x_bold', 'does not belong into a map'],
    ['func/task-a b_bold', 'is no BIDS label'],
    ['func/taks-x_bold', 'taks-x_bold is no BIDS name'],
    [5, 'is 5'],
  ])('%j is refused, naming the entry', (name, message) => {
    let thrown: unknown;
    try {
      parseSeriesMap({ 7: name }, 'map.yaml');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(NeuroClawError);
    expect(thrown).toMatchObject({
      code: 'input.invalid',
      place: { file: 'map.yaml', field: '7' },
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('participants and sessions', () => {
  it('labels come from PatientID, letters and digits only, and from what the person says', () => {
    const all = [series({ name: 't1_mprage', patient: 'MR_00-7 b' })];
    expect(proposeNaming(all).naming[0]?.entities).toEqual({ subject: 'MR007b' });
    expect(proposeNaming(all, { participant: 'sub-03', session: 'pre' }).naming[0]?.entities).toEqual({
      subject: '03',
      session: 'pre',
    });
  });

  it('two patients are two participants', () => {
    const all = [
      series({ name: 't1_mprage', number: 1, patient: 'A' }),
      series({ name: 't1_mprage', number: 2, patient: 'B', study: 'other' }),
    ];
    const { naming, questions } = proposeNaming(all);
    expect(naming.map(({ entities }) => entities['subject'])).toEqual(['A', 'B']);
    expect(questions).toEqual([]);
    expect(proposeNaming(all, { participant: '1' }).findings[0]?.message).toMatch(/2 patients/);
  });

  it('ids that become one label, and no id at all, are not mixed up in silence', () => {
    const clash = proposeNaming([
      series({ name: 't1_mprage', number: 1, patient: 'A-1' }),
      series({ name: 't2_tse', number: 2, patient: 'A_1' }),
    ]);
    expect(clash.findings[0]).toMatchObject({ code: 'plan.conflict', severity: 'error' });
    expect(proposeNaming([series({ name: 't1_mprage', patient: '' })]).questions[0]?.id).toBe('participant');
  });

  it('two studies of one participant are asked about unless a session is named', () => {
    const all = [
      series({ name: 't1_mprage', number: 1, study: 'a' }),
      series({ name: 't2_tse', number: 2, study: 'b' }),
    ];
    expect(proposeNaming(all).questions.map(({ id }) => id)).toEqual(['session']);
    expect(proposeNaming(all, { session: '1' }).questions).toEqual([]);
  });
});
