import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adopt } from '../../../src/engine/adoption/adopt.js';
import type { Adoption } from '../../../src/engine/adoption/adoption.js';
import { readSurface } from '../../../src/imaging/freesurfer-surface.js';
import {
  readAnnotationPoints,
  readSurfaceSize,
  readVertexValues,
} from '../../../src/imaging/freesurfer-vertices.js';
import { hasTestData, projectFolder, testData } from '../../support/data.js';
import { makeCall } from '../../support/make-call.js';
import { openPythonNeuro } from '../../support/python-environment.js';

const python = hasTestData ? await openPythonNeuro() : undefined;
const labels = testData(
  'bids/adult-t1w/derivatives/freesurfer-labels/sub-01/anat/sub-01_desc-aparcaseg_dseg.mgz',
);

describe.skipIf(python === undefined)('files of FreeSurfer that nibabel wrote, of real surfaces', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw subjects '));
  let root = '';

  beforeAll(async () => {
    const script = join(projectFolder, 'test', 'integration', 'python', 'freesurfer_tree.py');
    const call = await makeCall(folder, {
      argv: ['python3', '/in/script/tree.py', '/in/labels/labels.mgz', 'sub-01', '/out'],
      inputs: [
        { hostPath: script, toolPath: 'in/script/tree.py' },
        { hostPath: labels, toolPath: 'in/labels/labels.mgz' },
      ],
      memoryMb: 3000,
    });
    const exit = await python!.run(call, new AbortController().signal);
    expect([exit.exitCode, exit.exitCode === 0 ? '' : readFileSync(call.stderr, 'utf8')]).toEqual([0, '']);
    root = join(call.folder, 'out');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const take = (from: string): Promise<Adoption> =>
    adopt({ root: from, out: mkdtempSync(join(folder, 'out-')), signal: new AbortController().signal });

  it('have the counts that fsaverage5 is known for: 10242 points, 20480 triangles, a sphere', async () => {
    for (const hemi of ['lh', 'rh']) {
      const at = (name: string): string => join(root, 'sub-01', name);
      const white = await readSurface(at(`surf/${hemi}.white`));
      expect(white).toMatchObject({ points: 10242, triangles: 20480, euler: 2, openEdges: 0, sound: true });
      expect(await readSurfaceSize(at(`surf/${hemi}.sphere.reg`))).toEqual({
        points: 10242,
        triangles: 20480,
      });
      expect(await readAnnotationPoints(at(`label/${hemi}.aparc.annot`))).toBe(10242);
      const thickness = await readVertexValues(at(`surf/${hemi}.thickness`));
      expect(thickness).toMatchObject({ points: 10242, odd: 0 });
      expect(thickness.maximum).toBeGreaterThan(2);
      expect(thickness.maximum).toBeLessThan(6);
    }
  });

  it('are adopted, and no longer where a real surface is cut or of the other hemisphere', async () => {
    const whole = await take(root);
    expect(whole.refused).toEqual([]);
    expect(whole.units).toHaveLength(1);
    const copy = mkdtempSync(join(folder, 'copy-'));
    cpSync(join(root, 'sub-01'), join(copy, 'sub-01'), { recursive: true });
    truncateSync(join(copy, 'sub-01/surf/lh.pial'), 300_000);
    expect((await take(copy)).refused[0]?.findings[0]?.message).toContain('it is cut');
  });
});
