import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/checks/catalog.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject, writeImage } from './subject.js';

const args = { image: 'image' };
const sound: JsonObject = {
  RepetitionTime: 2.5,
  EchoTime: 0.03,
  PhaseEncodingDirection: 'j-',
  SliceTiming: [0, 0.5, 1, 1.5, 2, 2.25],
  TotalReadoutTime: 0.045,
  EffectiveEchoSpacing: 0.0005,
};

async function sidecar(
  change: JsonObject,
  image: object = { dims: [8, 7, 6, 3], repetitionTimeS: 2.5 },
): Promise<CheckResult> {
  const folder = temporaryFolder();
  const outputs = { image: join(folder, 'bold.nii'), sidecar: join(folder, 'bold.json') };
  await writeImage(outputs.image, image);
  writeFileSync(outputs.sidecar, JSON.stringify({ ...sound, ...change }));
  return check(subject(outputs.sidecar, { output: 'sidecar', kind: 'json', outputs }), 'bids.sidecar', args);
}

describe('bids.sidecar', () => {
  it('passes a sidecar that agrees with its image', async () => {
    expect(await sidecar({})).toMatchObject({ ok: true, findings: [] });
    expect((await sidecar({ RepetitionTime: 2.5004, EchoTime: [0.01, 0.03] })).findings).toEqual([]);
  });

  it.each<[string, string, JsonObject]>([
    ['a TR in milliseconds', 'RepetitionTime', { RepetitionTime: 2500 }],
    ['another TR than the header', 'RepetitionTime', { RepetitionTime: 2.4 }],
    ['a TR off by 2 ms', 'RepetitionTime', { RepetitionTime: 2.502 }],
    ['a TR in words', 'RepetitionTime', { RepetitionTime: '2.5' }],
    ['an echo time in milliseconds', 'EchoTime', { EchoTime: 30 }],
    ['an echo time of 0', 'EchoTime', { EchoTime: 0 }],
    ['slice times in milliseconds', 'SliceTiming', { SliceTiming: [0, 500, 1000, 1500, 2000, 2250] }],
    ['a slice time missing', 'SliceTiming', { SliceTiming: [0, 0.5, 1, 1.5, 2] }],
    ['a slice time of a whole TR', 'SliceTiming', { SliceTiming: [0, 0.5, 1, 1.5, 2, 2.5] }],
    ['a negative slice time', 'SliceTiming', { SliceTiming: [-0.1, 0.5, 1, 1.5, 2, 2.25] }],
    ['slice times that are no list', 'SliceTiming', { SliceTiming: 'ascending' }],
    ['slices along another axis', 'SliceTiming', { SliceEncodingDirection: 'j' }],
    ['a phase encoding on the body', 'PhaseEncodingDirection', { PhaseEncodingDirection: 'AP' }],
    ['a phase encoding with a plus', 'PhaseEncodingDirection', { PhaseEncodingDirection: 'j+' }],
    ['a readout in milliseconds', 'TotalReadoutTime', { TotalReadoutTime: 45 }],
    ['an echo spacing in milliseconds', 'EffectiveEchoSpacing', { EffectiveEchoSpacing: 5 }],
  ])('rejects %s', async (_what, field, change) => {
    const result = await sidecar(change);
    expect(result.ok).toBe(false);
    expect(result.findings).toMatchObject([{ code: 'bids.sidecar', severity: 'error', place: { field } }]);
  });

  it('tells milliseconds from a wrong number', async () => {
    expect((await sidecar({ EchoTime: 30 })).findings[0]?.expected).toContain('divide by 1000');
  });

  it('counts slices along the axis that the sidecar names', async () => {
    const timing = [0, 0.3, 0.6, 0.9, 1.2, 1.5, 1.8];
    expect((await sidecar({ SliceEncodingDirection: 'j-', SliceTiming: timing })).ok).toBe(true);
  });

  it('warns where the header has no TR to compare with, and asks none of a single volume', async () => {
    expect(await sidecar({}, { dims: [8, 7, 6, 3] })).toMatchObject({
      ok: true,
      findings: [{ severity: 'warning' }],
    });
    expect((await sidecar({}, { dims: [8, 7, 6] })).findings).toEqual([]);
  });

  it.skipIf(!hasTestData).each(['AP_3', 'PA_4', 'RL_5', 'LR_6'])(
    'passes the real sidecar of %s, not a TR or slice more',
    async (name) => {
      const image = testData('dicom', 'siemens-epi-four-pe-reference', `EPI_PE=${name}.nii`);
      const real = JSON.parse(readFileSync(image.replace('.nii', '.json'), 'utf8')) as JsonObject & {
        SliceTiming: number[];
      };
      const path = join(temporaryFolder(), 'bold.json');
      const verdict = async (content: JsonObject): Promise<boolean> => {
        writeFileSync(path, JSON.stringify(content));
        return (await check(subject(path, { outputs: { image } }), 'bids.sidecar', args)).ok;
      };
      expect(await verdict(real)).toBe(true);
      expect(await verdict({ ...real, RepetitionTime: 2.5 })).toBe(false);
      expect(await verdict({ ...real, SliceTiming: [...real.SliceTiming, 0] })).toBe(false);
    },
  );
});
