import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bidsApp } from '../../../../src/skills/adapters/bids-app.js';
import { temporaryFolder } from '../../../support/temporary.js';

describe('links in what a BIDS App leaves', () => {
  it('become copies where they lead to something in it, and stay where they do not', async () => {
    const folder = temporaryFolder();
    const surf = join(folder, 'out', 'derivative', 'sourcedata', 'freesurfer', 'sub-01', 'surf');
    mkdirSync(join(surf, 'more'), { recursive: true });
    writeFileSync(join(surf, 'lh.pial.T1'), 'x');
    symlinkSync('lh.pial.T1', join(surf, 'lh.pial'));
    // As the program saw it inside.
    symlinkSync('/out/derivative/sourcedata/freesurfer/sub-01/surf/more', join(surf, 'other'));
    symlinkSync('/etc/hostname', join(surf, 'outside'));
    symlinkSync('../surf', join(surf, 'more', 'itself'));
    await bidsApp.finish?.({ folder, params: {}, inputs: [] });
    expect(lstatSync(join(surf, 'lh.pial')).isFile()).toBe(true);
    expect(readFileSync(join(surf, 'lh.pial'), 'utf8')).toBe('x');
    expect(lstatSync(join(surf, 'other')).isDirectory()).toBe(true);
    for (const link of ['outside', 'more/itself'])
      expect(lstatSync(join(surf, link)).isSymbolicLink()).toBe(true);
  });

  it('are no matter where it left nothing', async () => {
    await expect(
      bidsApp.finish?.({ folder: temporaryFolder(), params: {}, inputs: [] }),
    ).resolves.toBeUndefined();
  });
});
