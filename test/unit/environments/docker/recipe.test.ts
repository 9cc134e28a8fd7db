import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildArgv, buildRoot } from '../../../../src/environments/runtimes/docker/build-root.js';
import { debianSources } from '../../../../src/environments/runtimes/docker/debian-sources.js';
import { importChanges } from '../../../../src/environments/runtimes/docker/images.js';
import {
  readRecipe,
  recipeDigest,
  type Recipe,
} from '../../../../src/environments/runtimes/docker/recipe.js';
import { projectFolder } from '../../../support/data.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-recipe-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const recipe: Recipe = {
  suite: 'bookworm',
  variant: 'essential',
  packages: ['mrtrix3', 'python3-distutils'],
  exclude: ['/usr/share/man/*'],
  env: {},
  epoch: '2026-11-01T00:00:00Z',
};

describe('a recipe', () => {
  it.each(['ants', 'mrtrix3', 'dcm2niix'])('of %s in the project is valid', async (name) => {
    const found = await readRecipe(join(projectFolder, 'environments', name, 'recipe.yaml'));
    expect(found.packages).toContain(name);
    expect(found.env['LC_ALL']).toBe('C.UTF-8');
  });

  it('keeps the Python part that MRtrix3 scripts need, on a release where it exists', async () => {
    const found = await readRecipe(join(projectFolder, 'environments/mrtrix3/recipe.yaml'));
    expect(found).toMatchObject({ suite: 'bookworm' });
    expect(found.packages).toContain('python3-distutils');
  });

  it.each([
    ['suite: bookworm\npackages: [a; rm]\nepoch: 2026-11-01T00:00:00Z\n', 'packages.0'],
    ['suite: ../x\npackages: [aa]\nepoch: 2026-11-01T00:00:00Z\n', 'suite'],
    ['suite: bookworm\npackages: []\nepoch: 2026-11-01T00:00:00Z\n', 'packages'],
    ['suite: bookworm\npackages: [aa]\nepoch: soon\n', 'epoch'],
    ['suite: bookworm\npackages: [aa]\nepoch: 2026-11-01T00:00:00Z\nexclude: [relative]\n', 'exclude.0'],
  ])('that is broken is named with file and field', async (text, field) => {
    const file = join(folder, 'recipe.yaml');
    await writeFile(file, text);
    await expect(readRecipe(file)).rejects.toMatchObject({
      code: 'environment.invalid',
      place: { file, field },
    });
  });

  it('that is not YAML, or not there, is told', async () => {
    const file = join(folder, 'recipe.yaml');
    await expect(readRecipe(file)).rejects.toMatchObject({ code: 'input.not-found' });
    await writeFile(file, '{ a: [');
    await expect(readRecipe(file)).rejects.toMatchObject({ code: 'environment.invalid', place: { file } });
  });

  it('names its image by what it asks for', () => {
    expect(recipeDigest(recipe)).toBe(recipeDigest({ ...recipe }));
    expect(recipeDigest({ ...recipe, packages: ['mrtrix3'] })).not.toBe(recipeDigest(recipe));
  });

  it('becomes an argv of mmdebstrap', () => {
    const argv = buildArgv(recipe, ['deb http://mirror/debian bookworm main'], '/t/root.tar');
    expect(argv[0]).toBe('mmdebstrap');
    expect(argv).toContain('--include=mrtrix3,python3-distutils');
    expect(argv).toContain('--dpkgopt=path-exclude=/usr/share/man/*');
    expect(argv.slice(-3)).toEqual(['bookworm', '/t/root.tar', 'deb http://mirror/debian bookworm main']);
  });

  it('takes lists of packages that are out of date only where it says so', () => {
    const late = '--aptopt=Acquire::Check-Valid-Until "false"';
    expect(buildArgv(recipe, [], '/t/root.tar')).not.toContain(late);
    expect(buildArgv({ ...recipe, valid_until: 'ignored' }, [], '/t/root.tar')).toContain(late);
  });

  it('with an epoch in the future is refused: dates would depend on when it was built', async () => {
    const later = { ...recipe, epoch: '2999-01-01T00:00:00Z' };
    const attempt = buildRoot(later, join(folder, 'x.tar'), () => undefined, new AbortController().signal);
    await expect(attempt).rejects.toMatchObject({ code: 'environment.invalid' });
  });
});

describe('the Debian mirrors of the machine', () => {
  async function sources(files: Record<string, string>, suite = 'bookworm'): Promise<string[]> {
    await mkdir(join(folder, 'sources.list.d'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return debianSources(suite, folder);
  }

  it('are read from stanzas, and other repositories are left out', async () => {
    const found = await sources({
      'sources.list.d/debian.sources':
        '# comment\nTypes: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k\n\n' +
        'Types: deb\nURIs: http://mirror/security\nSuites: bookworm-security\nComponents: main contrib\n\n' +
        'Types: deb\nEnabled: no\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\n\n' +
        'Types: deb-src\nURIs: http://src/debian\nSuites: bookworm\nComponents: main\n',
      'sources.list.d/node.sources': 'Types: deb\nURIs: https://node/x\nSuites: nodistro\nComponents: main\n',
    });
    expect(found).toEqual([
      'deb http://mirror/debian bookworm main',
      'deb http://mirror/debian bookworm-updates main',
      'deb http://mirror/security bookworm-security main',
    ]);
  });

  it('are read from lines with options and comments', async () => {
    const found = await sources({
      'sources.list':
        '# deb http://old/debian bookworm main\ndeb [signed-by=/k arch=amd64] http://m/debian bookworm main contrib # ours\n' +
        'deb-src http://m/debian bookworm main\n',
      'sources.list.d/x.list.save': 'deb http://saved/debian bookworm main\n',
    });
    expect(found).toEqual(['deb http://m/debian bookworm main']);
  });

  it('of another release are asked for the wanted one', async () => {
    const found = await sources({
      'sources.list':
        'deb http://m/debian trixie main\ndeb http://m/security trixie-security main\ndeb http://m/debian trixie-backports main\n',
    });
    expect(found).toEqual([
      'deb http://m/debian bookworm main',
      'deb http://m/security bookworm-security main',
    ]);
  });

  it('are none on a machine that is not Debian', async () => {
    expect(await sources({ 'sources.list': 'deb http://archive/ubuntu noble main\n' })).toEqual([]);
    expect(await debianSources('bookworm', join(folder, 'absent'))).toEqual([]);
  });
});

describe('the configuration of an imported image', () => {
  it('quotes values of any kind', () => {
    expect(importChanges({ env: { A: 'a "b" $c \\d' }, labels: { 'x.y': 'z' } })).toBe(
      'ENV A="a \\"b\\" \\$c \\\\d"\nLABEL x.y="z"',
    );
  });
});
