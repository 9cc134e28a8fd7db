import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { sidecarFor } from '../../../src/bids/inheritance.js';
import { hasTestData, testData } from '../../support/data.js';

/** What `.bidsignore` of the two datasets that have one leaves out, by hand. */
const ignoredByHand: Record<string, RegExp> = {
  'ds000001-fmriprep':
    /\.html$|(^|\/)(logs|figures)\/|_xfm\.|\.surf\.gii$|_boldref\.nii\.gz$|_bold\.func\.gii$|_mixing\.tsv$|_AROMAnoiseICs\.csv$|_timeseries\.tsv$/,
  ds000248: /(^|\/)sub-01_[^/]*NOTVALID\.json$/,
};

/** Every file below a folder by another way than the index: `find -type f`, with a CTF folder as one file. */
function listFiles(root: string): string[] {
  const files = new Set<string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    files.add(path.replace(/\.ds\/.*$/, '.ds'));
  }
  return [...files];
}

function expectedFiles(name: string, root: string): string[] {
  return listFiles(root)
    .filter((path) => !/(^|\/)\./.test(path) && !/^(sourcedata|code|derivatives|stimuli)\//.test(path))
    .filter((path) => !ignoredByHand[name]?.test(path))
    .sort();
}

const names = hasTestData ? readdirSync(testData('bids-examples')) : [];

describe.skipIf(!hasTestData)('the example datasets of BIDS', () => {
  it('are all 35 here', () => expect(names).toHaveLength(35));

  it.each(names)('%s: the index has exactly its files', async (name) => {
    const root = testData('bids-examples', name);
    const dataset = await indexDataset(root);
    expect(dataset.files.map(({ path }) => path).sort()).toEqual(expectedFiles(name, root));
    expect(dataset.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(names)('%s: participants are its folders, and names agree with folders', async (name) => {
    const root = testData('bids-examples', name);
    const dataset = await indexDataset(root);
    const folders = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith('sub-'))
      .map((entry) => entry.name.slice(4));
    const indexed = dataset.participants.filter(({ hasFolder }) => hasFolder).map(({ label }) => label);
    expect(indexed.sort()).toEqual(folders.sort());
    for (const { path, entities, suffix, extension } of dataset.files) {
      if (suffix === '' || !path.includes('/')) continue;
      const [first = ''] = path.split('/');
      if (first.startsWith('sub-')) expect(`sub-${entities['sub']}`).toBe(first);
      expect(path.endsWith(`${suffix}${extension}`)).toBe(true);
    }
  });

  it.each(names)('%s: every file below a participant has a BIDS name, but logs', async (name) => {
    const dataset = await indexDataset(testData('bids-examples', name));
    const odd = dataset.files.filter(({ path, suffix }) => suffix === '' && path.startsWith('sub-'));
    expect(odd.map(({ path }) => path).filter((path) => !path.endsWith('/fmriprep.toml'))).toEqual([]);
  });

  it.each(names)(
    '%s: every sidecar can be read, and the one beside a file is among its sources',
    async (name) => {
      const root = testData('bids-examples', name);
      const dataset = await indexDataset(root);
      const paths = new Set(dataset.files.map(({ path }) => path));
      for (const file of dataset.files) {
        if (file.datatype === undefined || file.suffix === '' || file.extension === '.json') continue;
        const { sources, findings, values } = await sidecarFor(dataset, file);
        expect(findings).toEqual([]);
        const own = `${file.path.slice(0, file.path.length - file.extension.length)}.json`;
        if (!paths.has(own)) continue;
        expect(sources.at(-1)).toBe(own);
        expect(values).toMatchObject(
          JSON.parse(readFileSync(join(root, own), 'utf8').replace(/^\ufeff/, '')) as object,
        );
      }
    },
  );

  it('include derivatives and raw data, and say which they are', async () => {
    const types: Record<string, string> = {};
    for (const name of names) types[name] = (await indexDataset(testData('bids-examples', name))).type;
    expect(types).toMatchObject({
      'ds000001-fmriprep': 'derivative',
      'atlas-AAL': 'derivative',
      ds001: 'raw',
    });
    const nested = testData('bids-examples', 'synthetic', 'derivatives', 'fmriprep');
    expect(existsSync(nested)).toBe(true);
    const derivative = await indexDataset(nested);
    expect(derivative.type).toBe('derivative');
    expect(derivative.files.filter(({ entities }) => entities['desc'] === 'preproc').length).toBeGreaterThan(
      0,
    );
  });
});
