import { describe, expect, it } from 'vitest';
import { hostToolPaths, relativeToolPaths } from '../../../../src/environments/runtimes/host/bare-call.js';

describe('relativeToolPaths', () => {
  it.each([
    ['/in/image/a b.nii', 'in/image/a b.nii'],
    ['/out', 'out'],
    ['/out/', 'out/'],
    ['--mask=/in/mask/m.nii', '--mask=in/mask/m.nii'],
    ['MI[/in/fixed/f.nii,/in/moving/m.nii,1,32]', 'MI[in/fixed/f.nii,in/moving/m.nii,1,32]'],
    ['[/out/prefix,/out/warped.nii.gz]', '[out/prefix,out/warped.nii.gz]'],
    ['/scratch/tmp', 'scratch/tmp'],
    ['/skill/run.py', 'skill/run.py'],
  ])('makes %s relative', (token, expected) => {
    expect(relativeToolPaths(token)).toBe(expected);
  });

  it.each(['/input/x', '/outer', 'name/in/x', '/data/out/x', 'in/x', '-i', '/etc/in', 'https://a/in/b'])(
    'leaves %s alone',
    (token) => {
      expect(relativeToolPaths(token)).toBe(token);
    },
  );
});

describe('hostToolPaths', () => {
  it('puts the attempt folder before tool paths', () => {
    expect(hostToolPaths('/scratch', '/store/a1')).toBe('/store/a1/scratch');
    expect(hostToolPaths('/in/a:/out/b', '/store/a1')).toBe('/store/a1/in/a:/store/a1/out/b');
    expect(hostToolPaths('C.UTF-8', '/store/a1')).toBe('C.UTF-8');
  });
});
