import type { JsonObject } from '../../../../src/kernel/json.js';
import type { NipypeCase } from './case.js';

const image = '/in/image/sub-01_T1w.nii.gz';

function denoise(params: JsonObject, traits: JsonObject): NipypeCase {
  return {
    skill: 'ants/denoise-image',
    interface: 'ants.DenoiseImage',
    inputs: { image },
    params,
    traits: {
      dimension: 3,
      input_image: image,
      output_image: '/out/denoised.nii.gz',
      noise_image: '/out/noise.nii.gz',
      ...traits,
    },
    differs: [
      {
        ours: ['-p 1', '-r 2'],
        why: 'The interface has no options for the radii, which are the defaults.',
      },
    ],
  };
}

function threshold(low: number, high: number): NipypeCase {
  return {
    skill: 'ants/threshold-image',
    interface: 'ants.ThresholdImage',
    inputs: { image },
    params: { low, high },
    traits: {
      dimension: 3,
      input_image: image,
      output_image: '/out/mask.nii.gz',
      th_low: low,
      th_high: high,
      inside_value: 1,
      outside_value: 0,
    },
    ordered: true,
  };
}

function n4(params: JsonObject, traits: JsonObject): NipypeCase {
  return {
    skill: 'ants/n4-bias-field-correction',
    interface: 'ants.N4BiasFieldCorrection',
    inputs: { image, mask: '/in/mask/m.nii.gz' },
    params,
    traits: {
      dimension: 3,
      input_image: image,
      mask_image: '/in/mask/m.nii.gz',
      output_image: '/out/corrected.nii.gz',
      bias_image: '/out/bias-field.nii.gz',
      ...traits,
    },
    names: {
      '-i': '--input-image',
      '-x': '--mask-image',
      '-s': '--shrink-factor',
      '-c': '--convergence',
      '-b': '--bspline-fitting',
      '-t': '--histogram-sharpening',
      '-o': '--output',
    },
  };
}

/** Settings of ANTs skills beside the same in Nipype. */
export const antsCases: readonly NipypeCase[] = [
  denoise({}, { noise_model: 'Rician', shrink_factor: 1 }),
  denoise({ model: 'Gaussian', shrink: 2 }, { noise_model: 'Gaussian', shrink_factor: 2 }),
  threshold(0.5, 1),
  threshold(10, 20),
  threshold(-5, 1000),
  ...([0, 1] as const).map((geometric): NipypeCase => ({
    skill: 'ants/jacobian-determinant',
    interface: 'ants.CreateJacobianDeterminantImage',
    inputs: { warp: '/in/warp/1Warp.nii.gz' },
    params: { geometric },
    traits: {
      imageDimension: 3,
      deformationField: '/in/warp/1Warp.nii.gz',
      outputImage: '/out/jacobian.nii.gz',
      doLogJacobian: 0,
      useGeometric: geometric,
    },
    ordered: true,
  })),
  n4(
    {},
    {
      shrink_factor: 4,
      n_iterations: [50, 50, 50, 50],
      convergence_threshold: 1e-7,
      bspline_fitting_distance: 200,
      histogram_sharpening: { tuple: [0.15, 0.01, 200] },
    },
  ),
  n4(
    {
      shrink: 2,
      iterations: [100, 50],
      threshold: 0.001,
      spline_distance: 150,
      fwhm: 0.2,
      noise: 0.02,
      bins: 100,
    },
    {
      shrink_factor: 2,
      n_iterations: [100, 50],
      convergence_threshold: 0.001,
      bspline_fitting_distance: 150,
      histogram_sharpening: { tuple: [0.2, 0.02, 100] },
    },
  ),
];
