import { expect, it } from 'vitest';
import { pythonImports } from '../../../src/skills/python-imports.js';

it('finds what is imported beyond the standard library, once, sorted', () => {
  const text = [
    'import argparse, os.path',
    'import numpy as np, nibabel',
    'from sklearn.decomposition import FastICA',
    'from skill_io import load',
    'def later():',
    '    import scipy.ndimage as ndi  # only here',
    '# import commented',
    'imported = "from nowhere"',
  ].join('\n');
  expect(pythonImports(text)).toEqual(['nibabel', 'numpy', 'scipy', 'skill_io', 'sklearn']);
});
