import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invertAffine } from '../../imaging/affine.js';
import { parseLta } from '../../imaging/lta.js';
import { nodeErrorCode } from '../../kernel/errors.js';
import type { Adapter } from './adapter.js';

/**
 * Writes the registration of FreeSurfer (`transform.lta`, from the moved image to the fixed one) as the matrix that MRtrix3's
 * `mrtransform -linear` takes: from points of the fixed image to the moved one, scanner space, mm, RAS+. What cannot be read as
 * such a registration is told by the checks of the outputs.
 */
export const ltaMatrix: Adapter = {
  async finish({ folder }) {
    let text: string;
    try {
      text = await readFile(join(folder, 'out', 'transform.lta'), 'utf8');
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return;
      throw error;
    }
    const lta = parseLta(text);
    if (lta === undefined) return;
    const lines = invertAffine(lta.world).map((row) => row.map((value) => value.toFixed(9)).join(' '));
    await writeFile(join(folder, 'out', 'matrix.txt'), `${lines.join('\n')}\n`);
  },
};
