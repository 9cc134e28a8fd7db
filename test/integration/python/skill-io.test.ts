import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { projectFolder } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { Attempts, runCall, type Ran } from '../environments/support.js';

let environment: OpenEnvironment | undefined;
const attempts = new Attempts();
const program = join(attempts.root, 'program');
beforeAll(async () => {
  environment = await openPythonNeuro();
  mkdirSync(program);
  cpSync(join(projectFolder, 'skills', '.modules', 'skill_io.py'), join(program, 'skill_io.py'));
}, 600_000);
afterAll(() => attempts.remove());

const image = [
  'import sys; sys.path.insert(0, "/skill")',
  'import json, numpy as np, nibabel as nib, skill_io as io',
  'affine = np.array([[-2, 0.1, 0, 90], [0.1, 2, 0, -120], [0, 0, 2.5, -70], [0, 0, 0, 1]])',
  'data = np.arange(4 * 5 * 6 * 3, dtype=np.int16).reshape(4, 5, 6, 3)',
  'bold = nib.Nifti1Image(data, affine); bold.set_sform(affine, 4); bold.set_qform(affine, 1)',
  'bold.header.set_zooms((2.0025, 2.0025, 2.5, 1.75)); bold.header.set_xyzt_units("mm", "sec")',
  'nib.save(bold, "/out/bold.nii.gz")',
];

async function python(lines: readonly string[]): Promise<Ran | undefined> {
  if (environment === undefined) return undefined;
  const call = attempts.call(['python3', '-c', [...image, ...lines].join('\n')], [], {
    skillFolder: program,
  });
  return runCall(environment, call);
}

async function said(lines: readonly string[]): Promise<unknown> {
  const ran = await python(lines);
  if (ran === undefined) return undefined;
  expect([ran.exit.exitCode, ran.stderr]).toEqual([0, '']);
  return JSON.parse(ran.stdout);
}

describe('skill_io', () => {
  it('writes an image on the grid of another: affine, codes, units, TR, type, and the same bytes twice', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    expect(
      await said([
        'reference = io.load("/out/bold.nii.gz", 4)',
        'half = np.asanyarray(reference.dataobj) / 2',
        'io.save_like(half, reference, "/out/a.nii.gz")',
        'io.save_like(half, reference, "/out/b.nii.gz")',
        'io.save_like(half[..., 0] > 3, reference, "/out/mask.nii.gz")',
        'a = nib.load("/out/a.nii.gz"); mask = nib.load("/out/mask.nii.gz")',
        'raw = [open(f"/out/{n}.nii.gz", "rb").read() for n in "ab"]',
        'print(json.dumps({"bytes": raw[0] == raw[1], "time": list(raw[0][4:8]), "equal": bool((a.get_fdata() == half).all()),',
        ' "codes": [int(a.header["sform_code"]), int(a.header["qform_code"])], "type": str(a.get_data_dtype()),',
        ' "zooms": [round(float(z), 4) for z in a.header.get_zooms()], "units": a.header.get_xyzt_units(),',
        ' "affine": float(abs(a.affine - affine).max()) < 1e-5, "mask": [str(mask.get_data_dtype()), mask.shape, float(mask.get_fdata().sum())]}))',
      ]),
    ).toEqual({
      bytes: true,
      time: [0, 0, 0, 0],
      equal: true,
      codes: [4, 1],
      type: 'float32',
      zooms: [2.0025, 2.0025, 2.5, 1.75],
      units: ['mm', 'sec'],
      affine: true,
      mask: ['uint8', [4, 5, 6], 117],
    });
  });

  it.each<[string, string[], string]>([
    [
      'a file that is no image',
      ['open("/out/x.nii", "w").write("hello")', 'io.load("/out/x.nii")'],
      'x.nii: cannot be read as an image',
    ],
    [
      'another number of dimensions',
      ['io.load("/out/bold.nii.gz", 3)'],
      '4 dimensions (4, 5, 6, 3), expected 3',
    ],
    [
      'a voxel that is no number',
      [
        'bad = np.zeros((3, 3, 3), np.float32); bad[1, 1, 1] = np.nan',
        'nib.save(nib.Nifti1Image(bad, affine), "/out/bad.nii"); io.load("/out/bad.nii")',
      ],
      '1 of 27 values are NaN or infinite',
    ],
    [
      'a result that is no number',
      ['r = io.load("/out/bold.nii.gz"); io.save_like(np.full((4, 5, 6), np.inf), r, "/out/y.nii")'],
      'the result holds NaN or infinity',
    ],
    [
      'values that do not fit the type',
      ['r = io.load("/out/bold.nii.gz"); io.save_like(np.full((4, 5, 6), 300), r, "/out/y.nii", np.uint8)'],
      'values do not fit into uint8',
    ],
    [
      'a result of another size',
      ['r = io.load("/out/bold.nii.gz"); io.save_like(np.zeros((4, 5, 5)), r, "/out/y.nii")'],
      'the result has the shape (4, 5, 5)',
    ],
    [
      'the same size in another place',
      [
        'r = io.load("/out/bold.nii.gz"); moved = affine.copy(); moved[0, 3] += 2',
        'io.same_grid(r, nib.Nifti1Image(data, moved), "image and mask")',
      ],
      'image and mask: same size but positions differ by up to 2 mm',
    ],
    [
      'a number that JSON has no word for',
      ['io.write_json("/out/x.json", {"a": {"b": [1.0, float("nan")]}})'],
      'x.json: a.b[1] is nan',
    ],
    [
      'a table with a short line',
      ['open("/out/x.tsv", "w").write("a\\tb\\n1\\n")', 'io.read_tsv("/out/x.tsv")'],
      'line 2 has 1 cells, the header 2',
    ],
  ])('says in one line, without a traceback: %s', async (_, lines, message) => {
    const ran = await python(lines);
    if (ran === undefined) return;
    expect(ran.exit.exitCode).toBe(2);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('writes JSON with sorted keys and tables with n/a, and reads tables back', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const ran = await python([
      'io.write_json("/out/x.json", {"b": np.float32(0.5), "a": np.arange(2), "c": None, "d": np.bool_(True)})',
      'io.write_tsv("/out/x.tsv", ["name", "value"], [["left", 0.1], ["right", float("nan")], [None, np.int64(3)]])',
      'print(json.dumps(io.read_tsv("/out/x.tsv")))',
    ]);
    expect(ran?.stderr).toBe('');
    expect(ran?.output('x.json').toString()).toBe(
      '{\n  "a": [\n    0,\n    1\n  ],\n  "b": 0.5,\n  "c": null,\n  "d": true\n}\n',
    );
    expect(ran?.output('x.tsv').toString()).toBe('name\tvalue\nleft\t0.1\nright\tn/a\nn/a\t3\n');
    expect(JSON.parse(ran?.stdout ?? '')).toEqual({
      name: ['left', 'right', null],
      value: ['0.1', null, '3'],
    });
  });
});
