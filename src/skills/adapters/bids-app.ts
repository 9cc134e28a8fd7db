import { join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errors.js';
import type { Adapter } from './adapter.js';
import { replaceLinks } from './inner-links.js';

/** Where the contracts of BIDS Apps put their derivative dataset, below `/out`. */
const dataset = 'derivative';

/**
 * BIDS Apps that run FreeSurfer leave its links in their dataset (`sourcedata/freesurfer/sub-01/surf/lh.pial` is
 * `lh.pial.T1`): they become copies.
 */
export const bidsApp: Adapter = {
  async finish({ folder }) {
    try {
      await replaceLinks(join(folder, 'out', dataset), `/out/${dataset}`);
    } catch (error) {
      // It made none, which is told when results are collected.
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
    }
  },
};
