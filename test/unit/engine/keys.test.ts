import { describe, expect, it } from 'vitest';
import { folderDigest, jobKey, preimageChanges, type KeyPreimage } from '../../../src/engine/keys.js';

const preimage: KeyPreimage = {
  schema: 'neuroclaw/key@1',
  skill: { id: 'niimath/smooth', program: 'p1' },
  environment: { digest: 'e1' },
  params: { fwhm_mm: 6, odt: 'flt' },
  argv: ['niimath', '/in/image/x.nii.gz', '-s', '2.5', '/out/image.nii.gz'],
  inputs: [{ role: 'image', name: 'x.nii.gz', sha256: 'a'.repeat(64) }],
  sidecar: {},
  env: {},
  numerics: {},
};

describe('jobKey', () => {
  it('does not depend on the order of members', () => {
    const turned = Object.fromEntries(Object.entries(preimage).reverse()) as unknown as KeyPreimage;
    expect(jobKey(turned)).toBe(jobKey(preimage));
  });

  it.each([
    ['a parameter', { params: { fwhm_mm: 8, odt: 'flt' } }],
    ['the environment', { environment: { digest: 'e2' } }],
    ['the program', { skill: { id: 'niimath/smooth', program: 'p2' } }],
    ['the content of an input', { inputs: [{ role: 'image', name: 'x.nii.gz', sha256: 'b'.repeat(64) }] }],
    ['a sidecar value', { sidecar: { RepetitionTime: 2 } }],
  ])('changes with %s', (_what, change) => {
    expect(jobKey({ ...preimage, ...change })).not.toBe(jobKey(preimage));
  });
});

describe('preimageChanges', () => {
  it('names the parameter that changed with both values, not the argv that follows from it', () => {
    const after = { ...preimage, params: { ...preimage.params, fwhm_mm: 8 }, argv: ['other'] };
    expect(preimageChanges(preimage, after)).toEqual([{ field: 'params.fwhm_mm', before: 6, after: 8 }]);
  });

  it('finds nothing between equal preimages', () => {
    expect(preimageChanges(preimage, structuredClone(preimage))).toEqual([]);
  });
});

describe('folderDigest', () => {
  it('depends on names and contents, not on order', () => {
    const files = [
      { name: 'b', sha256: '1' },
      { name: 'a', sha256: '2' },
    ];
    expect(folderDigest(files)).toBe(folderDigest([...files].reverse()));
    expect(folderDigest(files)).not.toBe(folderDigest([{ name: 'c', sha256: '1' }, files[1]!]));
  });
});
