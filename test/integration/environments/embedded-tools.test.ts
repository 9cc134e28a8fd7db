import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import { parseNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import { Attempts, inputsOf, productEnvironment, runCall } from './support.js';

const attempts = new Attempts();
let runtimes: RuntimeSet;
let tools: OpenEnvironment;
let niimath: OpenEnvironment;

beforeAll(async () => {
  runtimes = createRuntimes({ allowHost: false, workers: 1 });
  tools = await runtimes.open(await productEnvironment('neuroclaw-tools'));
  niimath = await runtimes.open(await productEnvironment('niimath'));
});
afterAll(async () => {
  await runtimes.close();
  attempts.remove();
});

function file(name: string, content: string): string {
  const path = join(attempts.root, 'files', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function json(bytes: Buffer): Record<string, unknown> {
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
}

describe('niimath', () => {
  /** 2 x 1 x 1 voxels, 4 volumes: 1 2 3 4 and 10 10 10 14. */
  async function series(name: string): Promise<string> {
    const path = join(attempts.root, name);
    await writeNifti(path, {
      dims: [2, 1, 1, 4],
      affine: [
        [-2, 0, 0, 1],
        [0, 2, 0, -3],
        [0, 0, 2, 5],
        [0, 0, 0, 1],
      ],
      datatype: 'float32',
      data: [1, 10, 2, 10, 3, 10, 4, 14],
      repetitionTimeS: 2,
    });
    return path;
  }
  const values = (image: Buffer): number[] => {
    const { voxOffset, dims } = parseNiftiHeader(image, 'image');
    const count = dims.reduce((product, size) => product * size, 1);
    return Array.from({ length: count }, (_, index) => image.readFloatLE(voxOffset + 4 * index));
  };

  it.each(['.nii', '.nii.gz'])('computes, and writes %s as it was asked', async (extension) => {
    const input = await series('series one.nii.gz');
    const output = `/out/mean${extension}`;
    const ran = await runCall(
      niimath,
      attempts.call(
        ['niimath', '/in/image/series one.nii.gz', '-Tmean', output, '-odt', 'flt'],
        [{ hostPath: input, toolPath: 'in/image/series one.nii.gz' }],
      ),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const bytes = ran.output(`mean${extension}`);
    const image = extension === '.nii.gz' ? gunzipSync(bytes) : bytes;
    expect(values(image)).toEqual([2.5, 11]);
    expect(parseNiftiHeader(image, 'image').affine[0]).toEqual([-2, 0, 0, 1]);
  });

  it('gives a file that is named twice to the tool once', async () => {
    const input = await series('series two.nii');
    const ran = await runCall(
      niimath,
      attempts.call(
        ['niimath', '/in/image/s.nii', '-Tstd', '-recip', '-mul', '/in/image/s.nii', '-Tmean', '/out/t.nii'],
        [{ hostPath: input, toolPath: 'in/image/s.nii' }],
      ),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const [first = NaN, second = NaN] = values(ran.output('t.nii'));
    expect(first).toBeCloseTo(2.5 / Math.sqrt(5 / 3), 5);
    expect(second).toBeCloseTo(11 / 2, 5);
  });

  it('fails with what the tool says for an image that is none', async () => {
    const input = file('broken.nii', 'not an image');
    const ran = await runCall(
      niimath,
      attempts.call(
        ['niimath', '/in/image/x.nii', '-Tmean', '/out/mean.nii'],
        [{ hostPath: input, toolPath: 'in/image/x.nii' }],
      ),
    );
    expect(ran.exit.reason).toBe('exited');
    expect(ran.exit.exitCode).not.toBe(0);
    expect(ran.stderr).not.toBe('');
  });

  it('cannot be started by another name', async () => {
    const { exit } = await runCall(niimath, attempts.call(['dcm2niix', '/in']));
    expect(exit).toMatchObject({
      reason: 'not-started',
      message: 'environment niimath has no program dcm2niix',
    });
  });
});

describe('neuroclaw-bids-sidecar', () => {
  it('sets and removes keys and leaves the others in their order', async () => {
    const input = file('x.json', '{"b": 1, "a": [0.1, 2], "c": "old"}');
    const set = '{"c": null, "TaskName": "it\'s \\"rest\\" ü", "a": 2}';
    const ran = await runCall(
      tools,
      attempts.call(
        ['neuroclaw-bids-sidecar', '--sidecar', '/in/s/x.json', '--set', set, '--out', '/out/sidecar.json'],
        [{ hostPath: input, toolPath: 'in/s/x.json' }],
      ),
    );
    expect(ran.exit.exitCode).toBe(0);
    const edited = json(ran.output('sidecar.json'));
    expect(edited).toEqual({ b: 1, a: 2, TaskName: 'it\'s "rest" ü' });
    expect(Object.keys(edited)).toEqual(['b', 'a', 'TaskName']);
    expect(readFileSync(input, 'utf8')).toContain('"old"');
  });

  it('names what is not JSON', async () => {
    const input = file('broken.json', '{"a": ');
    const ran = await runCall(
      tools,
      attempts.call(
        ['neuroclaw-bids-sidecar', '--sidecar', '/in/s/x.json', '--set', '{}', '--out', '/out/x.json'],
        [{ hostPath: input, toolPath: 'in/s/x.json' }],
      ),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 2 });
    expect(ran.stderr).toMatch(/^\/in\/s\/x\.json is not JSON/);
  });
});

describe('neuroclaw-bids-describe', () => {
  const describeArgs = ['--name', `A "study" of ü; $(x)`, '--dataset-type', 'raw', '--out', '/out'];

  it('writes the description, the participants in natural order, and a README', async () => {
    const people = ['10', '9', 'b1', '10'].flatMap((label) => ['--participant', label]);
    const ran = await runCall(
      tools,
      attempts.call([
        'neuroclaw-bids-describe',
        ...describeArgs,
        ...people,
        '--author',
        'A. B.',
        '--author',
        'C',
      ]),
    );
    expect(ran.exit.exitCode).toBe(0);
    expect(json(ran.output('dataset_description.json'))).toEqual({
      Name: `A "study" of ü; $(x)`,
      BIDSVersion: '1.10.0',
      DatasetType: 'raw',
      Authors: ['A. B.', 'C'],
    });
    expect(ran.output('participants.tsv').toString()).toBe('participant_id\nsub-9\nsub-10\nsub-b1\n');
    expect(ran.output('README').toString()).toContain('3 participants');
  });

  it('refuses a label that BIDS does not allow', async () => {
    const ran = await runCall(
      tools,
      attempts.call(['neuroclaw-bids-describe', ...describeArgs, '--participant', 'sub-01']),
    );
    expect(ran.exit).toMatchObject({ exitCode: 2, message: expect.stringContaining('"sub-01"') as string });
  });
});

describe.skipIf(!hasTestData)('neuroclaw-bids-validate', () => {
  const validate = (folder: string): ReturnType<typeof runCall> =>
    runCall(
      tools,
      attempts.call(
        ['neuroclaw-bids-validate', '--dataset', '/in/dataset', '--report', '/out/report.json'],
        inputsOf(folder, 'dataset'),
      ),
    );
  interface Report {
    readonly validator: string;
    readonly version: string;
    readonly findings: readonly { severity: string; code: string; place?: { file?: string } }[];
    readonly summary: Record<string, unknown>;
  }
  const report = (bytes: Buffer): Report => json(bytes) as unknown as Report;

  it('finds a real dataset valid, and says which validator looked', async () => {
    const ran = await validate(testData('bids', 'haxby-slice'));
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const { validator, version, findings, summary } = report(ran.output('report.json'));
    expect([validator, version]).toEqual(['bids-validator', '1.15.0']);
    expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(summary['subjects']).toBe(1);
    // What the validator prints goes to stdout of the job.
    expect(ran.stdout).toContain('bids-validator');
  });

  it('finds a planted mistake and names the file', async () => {
    const folder = join(attempts.root, 'broken dataset');
    for (const { hostPath, toolPath } of inputsOf(testData('bids', 'haxby-slice'), 'dataset')) {
      const target = join(folder, toolPath.slice('in/dataset/'.length));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, readFileSync(hostPath));
    }
    writeFileSync(join(folder, 'sub-1', 'func', 'holiday.txt').replace('sub-1', firstSubject(folder)), 'x');
    const { findings } = report((await validate(folder)).output('report.json'));
    const errors = findings.filter((finding) => finding.severity === 'error');
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'bids.NOT_INCLUDED',
        place: { file: `${firstSubject(folder)}/func/holiday.txt` },
      }),
    ]);
  });

  it('gives the same bytes in a used worker and in a fresh one, and no path of this machine', async () => {
    const folder = testData('bids', 'haxby-slice');
    const used = (await validate(folder)).output('report.json');
    const fresh = createRuntimes({ allowHost: false, workers: 1 });
    try {
      const environment = await fresh.open(await productEnvironment('neuroclaw-tools'));
      const call = attempts.call(
        ['neuroclaw-bids-validate', '--dataset', '/in/dataset', '--report', '/out/report.json'],
        inputsOf(folder, 'dataset'),
      );
      const bytes = (await runCall(environment, call)).output('report.json');
      expect(bytes.equals(used)).toBe(true);
      expect(bytes.includes(call.folder)).toBe(false);
      expect(bytes.includes(folder)).toBe(false);
    } finally {
      await fresh.close();
    }
  });
});

function firstSubject(folder: string): string {
  const found = inputsOf(folder, 'x').find(({ toolPath }) => toolPath.startsWith('in/x/sub-'));
  return found?.toolPath.split('/')[2] ?? '';
}

describe.skipIf(!hasTestData)('neuroclaw-measures', () => {
  it('measures a real T1w image, and its mask is on the grid of the image', async () => {
    const [image] = inputsOf(testData('bids', 'adult-t1w', 'sub-01', 'anat'), 'x').filter(({ hostPath }) =>
      hostPath.endsWith('_T1w.nii.gz'),
    );
    const ran = await runCall(
      tools,
      attempts.call(
        ['neuroclaw-measures', 't1w', '--image', '/in/image/t1.nii.gz'].concat([
          '--mask',
          '/out/mask.nii.gz',
          '--measures',
          '/out/measures.json',
        ]),
        [{ hostPath: image?.hostPath ?? '', toolPath: 'in/image/t1.nii.gz' }],
      ),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const measures = json(ran.output('measures.json')) as Record<string, number>;
    // An adult head with part of the neck; the ranges are those of MRIQC's reports of ordinary scans.
    expect(measures['head_volume_ml']).toBeGreaterThan(3000);
    expect(measures['head_volume_ml']).toBeLessThan(5500);
    expect(measures['snr_dietrich']).toBeGreaterThan(5);
    expect(measures['efc']).toBeGreaterThan(0.3);
    expect(measures['efc']).toBeLessThan(0.9);
    expect(measures['fber']).toBeGreaterThan(10);
    const [mask, original] = [ran.output('mask.nii.gz'), readFileSync(image?.hostPath ?? '')].map((bytes) =>
      parseNiftiHeader(gunzipSync(bytes), 'image'),
    );
    expect(mask?.dims).toEqual(original?.dims.slice(0, 3));
    expect(mask?.affine.flat()).toEqual(
      original?.affine.flat().map((value) => expect.closeTo(value, 4) as number),
    );
  });

  it('measures a real time series', async () => {
    const [image] = inputsOf(testData('bids', 'haxby-slice'), 'x').filter(({ hostPath }) =>
      hostPath.endsWith('_bold.nii.gz'),
    );
    const ran = await runCall(
      tools,
      attempts.call(
        ['neuroclaw-measures', 'bold', '--image', '/in/image/b.nii.gz', '--measures', '/out/measures.json'],
        [{ hostPath: image?.hostPath ?? '', toolPath: 'in/image/b.nii.gz' }],
      ),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const measures = json(ran.output('measures.json'));
    expect(measures).toMatchObject({ volumes: 121 });
    expect(measures['dvars']).toHaveLength(120);
    expect(measures['tsnr_median']).toBeGreaterThan(20);
  });

  it('refuses voxels that are not numbers', async () => {
    const path = join(attempts.root, 'nan.nii');
    const data = Array.from({ length: 27 }, (_, index) => (index === 13 ? NaN : index));
    const affine = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    await writeNifti(path, { dims: [3, 3, 3], affine, datatype: 'float32', data });
    const ran = await runCall(
      tools,
      attempts.call(
        [
          'neuroclaw-measures',
          't1w',
          '--image',
          '/in/i/x.nii',
          '--mask',
          '/out/m.nii',
          '--measures',
          '/out/m.json',
        ],
        [{ hostPath: path, toolPath: 'in/i/x.nii' }],
      ),
    );
    expect(ran.exit).toMatchObject({ exitCode: 1, message: 'the image holds NaN or infinite voxels' });
  });
});
