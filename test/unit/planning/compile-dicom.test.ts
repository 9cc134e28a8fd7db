import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DicomScan } from '../../../src/imaging/dicom-series.js';
import { compileStage } from '../../../src/planning/compile-stage.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, datasets, messages, planOf, world } from './support.js';

const convert = (folder: string, more: Record<string, unknown> = {}, source = {}) =>
  compile(
    { pipeline: 'curation/dicom-to-bids', data: { dicom: testData('dicom', folder) }, ...more },
    source,
  );

const scanOf = (folder: string): Promise<DicomScan> => datasets.dicom(testData('dicom', folder));

describe.skipIf(!hasTestData)('curation/dicom-to-bids', () => {
  it('converts the diffusion series as one folder, and publishes it with gradients under its BIDS name', async () => {
    const stage = await convert('siemens-trio-dti20');
    expect(stage.findings).toEqual([]);
    expect(stage.dataset).toEqual({ kind: 'raw', folder: 'bids' });
    expect(stage.jobs.map(({ id }) => id)).toEqual([
      'work/convert/sub-ANON_dir-AP_dwi',
      'work/compress/sub-ANON_dir-AP_dwi',
      'work/describe',
    ]);
    const [job] = stage.jobs;
    expect(job?.inputs[0]).toMatchObject({ role: 'dicoms', kind: 'dicom-series', shape: 'folder' });
    expect(job?.inputs[0]?.files).toHaveLength(42);
    expect(new Set(job?.inputs[0]?.files.map(({ name }) => name)).size).toBe(42);
    expect(job?.argv.at(-1)).toBe('/in/dicoms');
    expect(
      stage.jobs.flatMap(({ outputs }) => outputs.flatMap(({ publish }) => publish ?? [])).sort(),
    ).toEqual([
      'README',
      'dataset_description.json',
      'participants.tsv',
      ...['bval', 'bvec', 'json', 'nii.gz'].map(
        (extension) => `sub-ANON/dwi/sub-ANON_dir-AP_dwi.${extension}`,
      ),
    ]);
  });

  it('the description lists the participants of the stage and of the dataset that is there', async () => {
    const out = temporaryFolder();
    for (const name of ['sub-10', 'sub-2', 'code']) mkdirSync(join(out, 'bids', name), { recursive: true });
    const plan = planOf(
      { pipeline: 'curation/dicom-to-bids', data: { dicom: testData('dicom', 'siemens-epi-four-pe') } },
      out,
    );
    const stage = await compileStage(plan, 'work', { ...(await world), datasets });
    const describe_ = stage.jobs.find(({ step }) => step === 'describe');
    expect(describe_?.params['participants']).toEqual(['2', '10', 'ANON']);
    expect(describe_?.outputs.map(({ publish }) => publish)).toEqual([
      'dataset_description.json',
      'participants.tsv',
      'README',
    ]);
  });

  it('no gradient table is published beside an image that is not diffusion', async () => {
    const stage = await convert('siemens-epi-four-pe');
    const published = stage.jobs.flatMap(({ outputs }) => outputs.flatMap(({ publish }) => publish ?? []));
    expect(published.filter((path) => path.includes('/fmap/'))).toHaveLength(8);
    expect(published.filter((path) => /bve?[ac]/.test(path))).toEqual([]);
  });

  it('adds what the name tells to the sidecar, and publishes the edited one', async () => {
    const stage = await convert('siemens-prisma-rest');
    const name = 'sub-ANON_task-rest_dir-AP_bold';
    const sidecar = stage.jobs.find(({ step }) => step === 'sidecar');
    expect(JSON.parse(String(sidecar?.params['set']))).toEqual({ TaskName: 'rest' });
    expect(sidecar?.outputs[0]?.publish).toBe(`sub-ANON/func/${name}.json`);
    const [converted] = stage.jobs;
    expect(converted?.outputs.find(({ id }) => id === 'sidecar')?.publish).toBeUndefined();
  });

  it('follows the naming of the plan: other names, skipped series, chosen participants', async () => {
    const { series } = await scanOf('siemens-epi-four-pe');
    const naming = series.map(({ uid, number }, index) =>
      index === 0
        ? {
            series: uid,
            action: 'convert',
            datatype: 'func',
            suffix: 'bold',
            entities: { subject: '7', session: 'a', task: 'x' },
            sidecar: { TaskName: 'x' },
            reason: 'said',
          }
        : { series: uid, label: String(number), action: 'skip', reason: 'said' },
    );
    const stage = await convert('siemens-epi-four-pe', { naming });
    expect(stage.jobs.map(({ id }) => id)).toEqual([
      'work/convert/sub-7_ses-a_task-x_bold',
      'work/compress/sub-7_ses-a_task-x_bold',
      'work/sidecar/sub-7_ses-a_task-x_bold',
      'work/describe',
    ]);
    expect(messages(await convert('siemens-epi-four-pe', { naming, participants: ['8'] }))[0]).toBe(
      'error participant 8 is not in the data; did you mean 7?',
    );
  });

  it('two series under one name, a series that is not there, and names that BIDS does not know are told', async () => {
    const { series } = await scanOf('siemens-epi-four-pe');
    const [first, second, third, fourth] = series.map(({ uid }) => uid);
    const entry = {
      action: 'convert',
      datatype: 'fmap',
      suffix: 'epi',
      entities: { subject: '1', direction: 'AP' },
      reason: '',
    };
    const stage = await convert('siemens-epi-four-pe', {
      naming: [
        { ...entry, series: first, label: '3 AP' },
        { ...entry, series: second, label: '4 PA' },
        { ...entry, series: third, entities: { subject: '1', direction: 'R L' } },
        { ...entry, series: '1.2.3', label: '99 gone' },
      ],
    });
    expect(stage.findings.map(({ code }) => code)).toEqual([
      'plan.conflict',
      'plan.invalid',
      'plan.cannot',
      'plan.cannot',
    ]);
    expect(messages(stage)[0]).toBe(
      'error series 3 AP and 4 PA would both become sub-1/fmap/sub-1_dir-AP_epi',
    );
    expect(messages(stage)[2]).toMatch(/^error series 99 gone is not in /);
    expect(messages(stage)[3]).toMatch(
      /^warning series \d+ EPI PE=.. is in the folder and not in the plan: left out$/,
    );
    expect(fourth).toBeDefined();
  });

  it('files of one name in two folders keep apart', async () => {
    const scan = await scanOf('siemens-epi-four-pe');
    const [one] = scan.series;
    if (one === undefined) throw new Error('no series');
    const files = ['/a/IM1', '/b/IM1', '/b/IM2'];
    const stage = await convert(
      'siemens-epi-four-pe',
      {},
      {
        dicom: () =>
          Promise.resolve({
            ...scan,
            series: [{ ...one, protocolName: 'task-x', description: 'task-x', files }],
          }),
      },
    );
    expect(stage.jobs[0]?.inputs[0]?.files.map(({ name }) => name)).toEqual(['1-IM1', '2-IM1', 'IM2']);
  });

  it('a stage without naming whose headers leave a question open does not compile', async () => {
    const scan = await scanOf('siemens-epi-four-pe');
    const stage = await convert(
      'siemens-epi-four-pe',
      {},
      { dicom: () => Promise.resolve({ ...scan, series: scan.series.slice(0, 1) }) },
    );
    expect(stage.findings[0]).toMatchObject({ code: 'plan.question', severity: 'error' });
    expect(stage.findings[0]?.message).toContain('its name says no task');
  });
});
