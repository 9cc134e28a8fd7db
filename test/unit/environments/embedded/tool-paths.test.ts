import { resolve, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolPaths } from '../../../../src/environments/runtimes/embedded/tool-paths.js';

const folder = '/store/scratch/a1';
const io = toolPaths(
  [
    { hostPath: `/data/it's "one" ü.nii`, toolPath: `in/image/it's "one" ü.nii` },
    { hostPath: '/data/b.dcm', toolPath: 'in/dicoms/2.dcm' },
    { hostPath: '/data/a.dcm', toolPath: 'in/dicoms/1.dcm' },
    { hostPath: '/data/set', toolPath: 'in/dataset' },
  ],
  folder,
);

describe('toolPaths', () => {
  it('finds inputs by their tool path, and files inside a folder that was given whole', () => {
    expect(io.readPath(`/in/image/it's "one" ü.nii`)).toBe(`/data/it's "one" ü.nii`);
    expect(io.readPath('/in/dataset/sub-01/x.nii')).toBe('/data/set/sub-01/x.nii');
    expect(io.readPath('/out/made.nii')).toBe(`${folder}/out/made.nii`);
  });

  it('lists the inputs below a folder in order', () => {
    expect(io.inputsBelow('/in/dicoms').map((input) => input.toolPath)).toEqual([
      '/in/dicoms/1.dcm',
      '/in/dicoms/2.dcm',
    ]);
    expect(io.inputsBelow('/in/dicom')).toEqual([]);
  });

  it.each([
    '/etc/passwd',
    '/in/image/other.nii',
    '/in',
    '/',
    'in/image/x',
    '/outside/x',
    '/in/../etc/passwd',
  ])('refuses to read %s', (path) => {
    expect(() => io.readPath(path)).toThrow();
  });

  it.each(['/in/image/x.nii', '/etc/x', '/out/../../x', '/out/../in/dicoms/1.dcm', 'out/x'])(
    'refuses to write %s',
    (path) => {
      expect(() => io.writePath(path)).toThrow();
    },
  );

  it('never leaves the inputs and the attempt folder, whatever is asked for', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'in', 'out', 'scratch', 'image', 'dataset'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = `/${parts.join('/')}`;
        for (const of of [io.writePath, io.readPath]) {
          let host: string;
          try {
            host = of(path);
          } catch {
            continue;
          }
          const real = resolve(host);
          const allowed = [`${folder}/out`, `${folder}/scratch`, ...(of === io.readPath ? ['/data'] : [])];
          expect(allowed.some((top) => real === top || real.startsWith(top + sep))).toBe(true);
        }
      }),
    );
  });
});
