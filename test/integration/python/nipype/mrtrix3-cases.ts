import type { JsonObject } from '../../../../src/kernel/json.js';
import type { Difference, NipypeCase } from './case.js';

const dwi = '/in/dwi/sub-01_dwi.mif';
const mask = '/in/mask/mask.mif';
const threads: Difference = {
  ours: ['-nthreads {threads}'],
  why: 'The number of threads is filled in when a job starts.',
};
const estimator: Difference = {
  ours: ['-estimator Exp2'],
  why: 'The estimator is newer than the interface.',
};

function denoise(params: JsonObject, traits: JsonObject, masked = false): NipypeCase {
  return {
    skill: 'mrtrix3/dwidenoise',
    interface: 'mrtrix3.DWIDenoise',
    inputs: { dwi, ...(masked ? { mask } : {}) },
    params,
    traits: {
      in_file: dwi,
      out_file: '/out/dwi.mif',
      noise: '/out/noise.mif',
      ...(masked ? { mask } : {}),
      ...traits,
    },
    theirTail: 2,
    differs: [threads, estimator],
  };
}

function degibbs(params: JsonObject, traits: JsonObject): NipypeCase {
  return {
    skill: 'mrtrix3/mrdegibbs',
    interface: 'mrtrix3.MRDeGibbs',
    inputs: { dwi },
    params,
    traits: { in_file: dwi, out_file: '/out/dwi.mif', ...traits },
    theirTail: 2,
    differs: [
      threads,
      {
        theirs: ['-maxW 3', '-minW 1'],
        why: 'Nipype always writes the window, with the values it has anyway.',
      },
    ],
  };
}

function filter(name: string, params: JsonObject = {}, traits: JsonObject = {}): NipypeCase {
  return {
    skill: 'mrtrix3/maskfilter',
    interface: 'mrtrix3.MaskFilter',
    inputs: { input: '/in/input/mask.mif' },
    params: { filter: name, ...params },
    traits: { in_file: '/in/input/mask.mif', filter: name, out_file: '/out/output.mif', ...traits },
    theirTail: 3,
    differs: [threads],
  };
}

/** Settings of MRtrix3 skills beside the same in Nipype. */
export const mrtrix3Cases: readonly NipypeCase[] = [
  denoise({}, {}),
  denoise({}, {}, true),
  denoise({ extent: [5, 5, 5] }, { extent: { tuple: [5, 5, 5] } }),
  denoise({ extent: [7, 7, 3] }, { extent: { tuple: [7, 7, 3] } }, true),
  degibbs({}, {}),
  degibbs({ axes: [0, 2] }, { axes: [0, 2] }),
  degibbs({ axes: [1, 2], nshifts: 40 }, { axes: [1, 2], nshifts: 40 }),
  filter('dilate', { npass: 2 }, { npass: 2 }),
  filter('erode', { npass: 3 }, { npass: 3 }),
  filter('median'),
  filter('clean'),
  {
    skill: 'mrtrix3/dwi2mask',
    interface: 'mrtrix3.BrainMask',
    inputs: { dwi },
    traits: { in_file: dwi, out_file: '/out/mask.mif' },
    theirTail: 2,
    differs: [
      threads,
      { ours: ['-clean_scale 2'], why: 'The default, written out; the interface has no such option.' },
    ],
  },
  {
    skill: 'mrtrix3/labelconvert',
    interface: 'mrtrix3.LabelConvert',
    inputs: {
      labels: '/in/labels/a.mif',
      lut_in: '/in/lut_in/lut.txt',
      lut_out: '/in/lut_out/fs_default.txt',
    },
    traits: {
      in_file: '/in/labels/a.mif',
      in_lut: '/in/lut_in/lut.txt',
      in_config: '/in/lut_out/fs_default.txt',
      out_file: '/out/nodes.mif',
    },
    theirTail: 4,
    differs: [threads],
  },
  ...[true, false].map((masked): NipypeCase => ({
    skill: 'mrtrix3/dwi2tensor',
    interface: 'mrtrix3.FitTensor',
    inputs: { dwi, ...(masked ? { mask } : {}) },
    traits: { in_file: dwi, out_file: '/out/tensor.mif', ...(masked ? { in_mask: mask } : {}) },
    theirTail: 2,
    differs: [
      threads,
      { ours: ['-b0 /out/b0.mif', '-iter 2'], why: 'The interface is of an MRtrix3 before these options.' },
    ],
  })),
  {
    skill: 'mrtrix3/5tt2gmwmi',
    interface: 'mrtrix3.Generate5tt2gmwmi',
    inputs: { '5tt_in': '/in/5tt_in/5tt.mif', mask_in: '/in/mask_in/m.mif' },
    traits: { in_file: '/in/5tt_in/5tt.mif', mask_in: '/in/mask_in/m.mif', mask_out: '/out/mask_out.mif' },
    theirTail: 2,
    differs: [threads],
  },
];
