import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFolder } from '../support/data.js';

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}

const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;

describe('the package', () => {
  it('has one version, the one of the changelog and the citation', () => {
    const citation = parse(read('CITATION.cff')) as { version: string; license: string };
    expect(citation.version).toBe(manifest.version);
    expect(citation.license).toBe(manifest.license);
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[(Unreleased|${manifest.version})\\]`, 'm'));
  });

  it('pins every dependency exactly, so that a plan runs the same code next year', () => {
    for (const [name, range] of Object.entries(manifest.dependencies)) {
      expect(`${name} ${range}`).toMatch(/ \d+\.\d+\.\d+$/);
    }
  });

  it('lists only files that are there, and the program that the build makes', () => {
    for (const file of manifest.files.filter((one) => !one.startsWith('!')))
      expect(`${file} ${existsSync(join(projectFolder, file))}`).toBe(`${file} true`);
    for (const file of Object.values(manifest.bin)) {
      const built = join(projectFolder, file);
      expect(existsSync(built)).toBe(true);
      expect(readFileSync(built, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  it('carries the licence of every vendored program', () => {
    const vendored = join(projectFolder, 'dist', 'vendor', 'bids-validator');
    expect(JSON.parse(readFileSync(join(vendored, 'package.json'), 'utf8'))).toMatchObject({
      name: 'bids-validator',
      version: '1.15.0',
    });
    expect(readFileSync(join(vendored, 'LICENSE'), 'utf8')).toContain('Permission is hereby granted');
  });
});
