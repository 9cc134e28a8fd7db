import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/planning/request/read-settings.js';

const names = new Set(['contrasts', 'high_pass_s', 'smoothing_fwhm_mm', 'bands', 'compare']);
const read = (text: string): readonly [Record<string, string>, string] => {
  const { settings, rest } = readSettings(text, names);
  return [Object.fromEntries(settings), rest];
};

describe('name=value in a request', () => {
  it.each([
    ['glm contrasts=face-house', { contrasts: 'face-house' }],
    ['glm with contrasts=face-house, please', { contrasts: 'face-house' }],
    [
      'glm, contrasts = face-house,object=face+0.5*house-2*rest.',
      { contrasts: 'face-house,object=face+0.5*house-2*rest' },
    ],
    ['glm contrasts="face - house" high_pass_s=128', { contrasts: 'face - house', high_pass_s: '128' }],
    ['contrasts=face–house', { contrasts: 'face-house' }],
    [
      'contrasts=face-house,high_pass_s=100;smoothing_fwhm_mm=4',
      { contrasts: 'face-house', high_pass_s: '100', smoothing_fwhm_mm: '4' },
    ],
    ['compare=patient,control for all', { compare: 'patient,control' }],
    ['Contrasts=Face-House', { contrasts: 'Face-House' }],
  ])('%s', (text, settings) => {
    expect(read(text)[0]).toEqual(settings);
  });

  it('leaves the rest of the request as it was, and a name without a value', () => {
    expect(read('glm of sub-01 contrasts=face-house for run 1')).toEqual([
      { contrasts: 'face-house' },
      'glm of sub-01  ,  for run 1',
    ]);
    expect(read('glm contrasts=')).toEqual([{}, 'glm contrasts=']);
    expect(read('the contrasts of faces')).toEqual([{}, 'the contrasts of faces']);
    // The name of a contrast is no parameter, and `mycontrasts` neither.
    expect(read('mycontrasts=face')).toEqual([{}, 'mycontrasts=face']);
  });
});
