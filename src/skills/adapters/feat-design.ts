import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNiftiHeader, volumesOf } from '../../imaging/nifti-header.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Adapter, AdapterCall } from './adapter.js';
import { designText, type FeatSettings } from './feat-design-text.js';
import { parseContrast } from './feat-contrast.js';

/** Seconds: headers keep the TR as float32. */
const TR_TOLERANCE_S = 1e-3;

/**
 * Writes the complete `design.fsf` of a first-level analysis from typed parameters to the working folder. Throws
 * `input.invalid` where the TR is not that of the image, and `param.invalid` where conditions, files of events and
 * contrasts do not fit.
 */
export const featDesign: Adapter = {
  async prepare({ folder, params, inputs }) {
    const bold = only(inputs, 'bold');
    const header = await readNiftiHeader(bold.hostPath);
    const settings = settingsOf(
      params,
      inputs,
      volumesOf(header),
      header.dims.reduce((a, b) => a * b, 1),
    );
    const declared = header.repetitionTimeS;
    if (declared !== undefined && Math.abs(declared - settings.trS) > TR_TOLERANCE_S)
      throw new NeuroClawError('input.invalid', `the TR is given as ${settings.trS} s and is ${declared} s`, {
        place: { file: bold.hostPath, field: 'tr_s' },
        expected: `${declared} s, as in the image`,
      });
    await mkdir(join(folder, 'scratch'), { recursive: true });
    await writeFile(join(folder, 'scratch', 'design.fsf'), designText(settings));
  },
};

function settingsOf(
  params: JsonObject,
  inputs: AdapterCall['inputs'],
  volumes: number,
  voxels: number,
): FeatSettings {
  const conditions = texts(params['conditions']);
  const files = inputs
    .filter(({ toolPath }) => toolPath.startsWith('/in/events/'))
    .map(({ toolPath }) => toolPath);
  if (files.length !== conditions.length)
    throw new NeuroClawError(
      'param.invalid',
      `${conditions.length} conditions and ${files.length} files of events`,
      { place: { field: 'conditions' }, expected: 'a name for each file, in the same order' },
    );
  const confounds = inputs.find(({ toolPath }) => toolPath.startsWith('/in/confounds/'))?.toolPath;
  return {
    bold: only(inputs, 'bold').toolPath,
    volumes,
    voxels,
    trS: number(params['tr_s']),
    highPassS: number(params['high_pass_s']),
    smoothFwhmMm: number(params['smooth_fwhm_mm']),
    motionCorrection: params['motion_correction'] === true,
    brainExtraction: params['brain_extraction'] === true,
    prewhiten: params['prewhiten'] === true,
    motionRegressors: params['motion_regressors'] === true,
    derivatives: params['derivatives'] === true,
    zThreshold: number(params['z_threshold']),
    clusterP: number(params['cluster_p']),
    conditions: conditions.map((name, index) => ({ name, file: files[index] ?? '' })),
    contrasts: texts(params['contrasts']).map((text) => ({
      name: text,
      weights: parseContrast(text, conditions),
    })),
    ...(confounds === undefined ? {} : { confounds }),
  };
}

function only(inputs: AdapterCall['inputs'], role: string): AdapterCall['inputs'][number] {
  const found = inputs.find(({ toolPath }) => toolPath.startsWith(`/in/${role}/`));
  if (found === undefined) throw new NeuroClawError('internal.bug', `feat was started without ${role}`);
  return found;
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new NeuroClawError('internal.bug', `${JSON.stringify(value)} came through the schema as a number`);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
