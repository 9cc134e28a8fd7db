import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall } from '../../../src/skills/resolve.js';
import { hasTestData, projectFolder, testData } from '../../support/data.js';
import { recordExecuted } from '../../support/evidence/record.js';
import { writeVolumes } from './volumes.js';
import { runDcm2niix, runNiimath } from './wasm-tools.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-verified-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Files = ReadonlyMap<string, Buffer>;

/** Runs a skill, changes what came out, writes it, and runs the checks of its contract. Names of checks that failed. */
async function verdict(
  id: string,
  inputs: Readonly<Record<string, Buffer | string>>,
  params: JsonObject = {},
  change?: (files: Files) => Files,
): Promise<string[]> {
  const skill = skills.get(id);
  if (!skill) throw new Error(id);
  const roles: Record<string, string> = {};
  const hostPaths: Record<string, string[]> = {};
  const bytes: Record<string, Buffer> = {};
  let dicoms = '';
  for (const [role, data] of Object.entries(inputs)) {
    if (typeof data === 'string') {
      roles[role] = `/in/${role}`;
      hostPaths[role] = [data];
      dicoms = data;
      continue;
    }
    const path = `/in/${role}/file.nii${data[0] === 0x1f ? '.gz' : ''}`;
    roles[role] = path;
    bytes[path] = data;
    hostPaths[role] = [join(folder, path)];
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
  const { argv, outputs, params: resolved, findings } = resolveCall(skill, { params, inputs: roles });
  expect(findings).toEqual([]);
  const run = dicoms === '' ? await runNiimath(argv, bytes) : await runDcm2niix(argv, dicoms);
  expect(run.status).toBe(0);
  const files = change?.(run.files) ?? run.files;
  await mkdir(join(folder, 'out'));
  for (const [name, data] of files) await writeFile(join(folder, 'out', name), data);
  const present = outputs.filter((output) => files.has(output.path));
  const paths = Object.fromEntries(present.map((output) => [output.id, join(folder, 'out', output.path)]));
  const failed: string[] = [];
  for (const { id: output } of present) {
    const contract = skill.contract.outputs[output];
    const subject = {
      output,
      kind: contract?.kind ?? 'any',
      path: paths[output] ?? '',
      inputs: hostPaths,
      outputs: paths,
      params: resolved,
      sidecar: {},
    };
    for (const result of await runChecks(subject, contract?.checks ?? []))
      if (!result.ok) failed.push(`${output}: ${result.check}`);
  }
  if (failed.length === 0 && change === undefined) recordExecuted(id);
  return failed;
}

/** Changes the bytes of the one uncompressed image. */
function edit(change: (image: Buffer) => void): (files: Files) => Files {
  return (files) =>
    new Map(
      [...files].map(([name, data]) => {
        const image = data[0] === 0x1f ? gunzipSync(data) : Buffer.from(data);
        change(image);
        return [name, data[0] === 0x1f ? gzipSync(image) : image] as const;
      }),
    );
}

describe.skipIf(!hasTestData)('real results pass the checks of their contracts', () => {
  const bold = hasTestData
    ? readFileSync(
        testData('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz'),
      )
    : Buffer.alloc(0);
  const head = hasTestData
    ? readFileSync(testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz'))
    : Buffer.alloc(0);

  it.each<[string, JsonObject]>([
    ['niimath/detrend', {}],
    ['niimath/bandpass', { highpass_sigma: 20 }],
    ['niimath/smooth', { sigma_mm: 2 }],
    ['niimath/temporal-mean', {}],
    ['niimath/temporal-std', {}],
    ['niimath/tsnr', {}],
    ['niimath/threshold', { lower: 500 }],
  ])('%s', async (id, params) => {
    expect(await verdict(id, { image: bold }, params)).toEqual([]);
  });

  it('niimath/head-mask', async () => {
    expect(await verdict('niimath/head-mask', { image: head })).toEqual([]);
  });

  it.each(['siemens-trio-dti20', 'siemens-prisma-rest', 'siemens-epi-four-pe/mr_0005'])(
    'dcm2niix/convert of %s',
    async (series) => {
      expect(await verdict('dcm2niix/convert', { dicoms: testData('dicom', series) })).toEqual([]);
    },
  );

  it('a NaN, a shifted grid, another TR and a cut file do not pass', async () => {
    const detrend = (change: (files: Files) => Files): Promise<string[]> =>
      verdict('niimath/detrend', { image: bold }, {}, change);
    expect(await detrend(edit((image) => image.writeFloatLE(NaN, 352 + 4 * 5000)))).toEqual([
      'detrended: nifti.finite',
    ]);
    await rm(join(folder, 'out'), { recursive: true });
    expect(
      await detrend(
        edit((image) => {
          for (const at of [268, 292]) image.writeFloatLE(image.readFloatLE(at) + 2, at);
        }),
      ),
    ).toEqual(['detrended: nifti.same-grid']);
    await rm(join(folder, 'out'), { recursive: true });
    expect(await detrend(edit((image) => image.writeFloatLE(2500, 92)))).toEqual([
      'detrended: nifti.repetition-time',
    ]);
    await rm(join(folder, 'out'), { recursive: true });
    expect(
      await detrend((files) => new Map([...files].map(([name, data]) => [name, data.subarray(0, 3000)]))),
    ).toContain('detrended: nifti.readable');
  });

  it('a lost gradient, a direction without unit length and a wrong TR of a conversion do not pass', async () => {
    const replace =
      (name: string, change: (text: string) => string): ((files: Files) => Files) =>
      (files) =>
        new Map(files).set(name, Buffer.from(change(files.get(name)?.toString() ?? '')));
    const convert = async (change: (files: Files) => Files): Promise<string[]> => {
      await rm(join(folder, 'out'), { recursive: true, force: true });
      return verdict('dcm2niix/convert', { dicoms: testData('dicom', 'siemens-trio-dti20') }, {}, change);
    };
    expect(await convert(replace('image.bval', (text) => text.replace(/ 1000/, '')))).toContain(
      'bval: gradients.count',
    );
    expect(await convert(replace('image.bvec', (text) => text.replace(/(\s)-?0\.\d+/g, '$10.1')))).toEqual([
      'bvec: gradients.unit',
    ]);
    expect(
      await convert(
        replace('image.json', (text) => text.replace('"RepetitionTime": 7.6', '"RepetitionTime": 7600')),
      ),
    ).toContain('sidecar: bids.sidecar');
  });
});

describe('a mask that niimath applies although it lies elsewhere', () => {
  const image = writeVolumes(
    [4, 4, 2],
    [2, 2, 2],
    Array.from({ length: 32 }, (_, voxel) => voxel + 1),
  );
  const inside = Array.from({ length: 32 }, (_, voxel) => voxel % 2);

  it('passes on the same grid and is caught on another', async () => {
    expect(
      await verdict('niimath/apply-mask', { image, mask: writeVolumes([4, 4, 2], [2, 2, 2], inside) }),
    ).toEqual([]);
    await rm(join(folder, 'out'), { recursive: true });
    expect(
      await verdict('niimath/apply-mask', { image, mask: writeVolumes([4, 4, 2], [3, 3, 3], inside) }),
    ).toEqual(['masked: nifti.same-grid']);
  });

  it('and so is the operand of an operation', async () => {
    const sound = writeVolumes([4, 4, 2], [2, 2, 2], inside);
    expect(await verdict('niimath/maths', { image, operand: sound }, { operation: 'mul' })).toEqual([]);
    await rm(join(folder, 'out'), { recursive: true });
    const operand = writeVolumes([4, 4, 2], [2, 2, 2.5], inside);
    expect(await verdict('niimath/maths', { image, operand }, { operation: 'mul' })).toEqual([
      'result: nifti.same-grid',
    ]);
  });
});
