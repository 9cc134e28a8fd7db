import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironments } from '../../../src/environments/registry.js';
import { projectFolder } from '../../support/data.js';

const sound = (name: string): string => `name: ${name}
title: a test
executables: [sh]
license: MIT
runtimes:
  host: {}
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'environments-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string, base = root): string {
  mkdirSync(join(base, name), { recursive: true });
  const file = join(base, name, 'environment.yaml');
  writeFileSync(file, text);
  return file;
}

describe('loadEnvironments', () => {
  it('loads every environment of the product without a finding', async () => {
    const { environments, findings } = await loadEnvironments([join(projectFolder, 'environments')]);
    expect(findings).toEqual([]);
    expect([...environments.keys()]).toEqual(
      expect.arrayContaining(['ants', 'dcm2niix', 'mrtrix3', 'neuroclaw-tools', 'niimath']),
    );
    expect(environments.get('niimath')?.folder).toBe(join(projectFolder, 'environments', 'niimath'));
  });

  it('names file and field of a broken one and still loads the others', async () => {
    write('good', sound('good'));
    const file = write('bad', sound('bad').replace('license: MIT', 'license: 3\ncolour: red'));
    const { environments, findings } = await loadEnvironments([root]);
    expect([...environments.keys()]).toEqual(['good']);
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'environment.invalid',
        severity: 'error',
        place: { file, field: 'license' },
      }),
      expect.objectContaining({ message: expect.stringContaining('colour') as string }),
    ]);
  });

  it('names the line where the YAML breaks', async () => {
    const file = write('bad', 'name: bad\ntitle: "never closed\n');
    const { findings } = await loadEnvironments([root]);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.place).toMatchObject({ file, line: expect.any(Number) as number });
  });

  it('refuses a name that is not that of the folder', async () => {
    const file = write('one', sound('two'));
    const { environments, findings } = await loadEnvironments([root]);
    expect(environments.size).toBe(0);
    expect(findings).toEqual([expect.objectContaining({ expected: 'one', place: { file, field: 'name' } })]);
  });

  it('refuses an environment that nothing can enter, and embedded tools that are not offered', async () => {
    write('none', sound('none').replace('  host: {}', '  {}'));
    write('odd', sound('odd').replace('  host: {}', '  embedded: { tools: { dcm2niix: dcm2niix } }'));
    const { findings } = await loadEnvironments([root]);
    expect(findings.map((finding) => finding.place?.field)).toEqual(['runtimes', 'runtimes.embedded.tools']);
  });

  it('says when environment.yaml is missing, and passes over files and hidden folders', async () => {
    mkdirSync(join(root, 'empty'));
    mkdirSync(join(root, '.git'));
    writeFileSync(join(root, 'notes.txt'), '');
    const { findings } = await loadEnvironments([root]);
    expect(findings.map((finding) => finding.message)).toEqual(['environment.yaml is missing']);
  });

  it('takes the earlier root for a name that both define, and tells', async () => {
    const second = join(root, 'second');
    write('tools', sound('tools'), join(root, 'first'));
    write('tools', sound('tools'), second);
    const { environments, findings } = await loadEnvironments([join(root, 'first'), second]);
    expect(environments.get('tools')?.folder).toBe(join(root, 'first', 'tools'));
    expect(findings).toEqual([
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining('twice') as string }),
    ]);
  });

  it('takes a root that does not exist for an empty one', async () => {
    expect(await loadEnvironments([join(root, 'nowhere')])).toEqual({
      environments: new Map(),
      findings: [],
    });
  });

  it('follows links to folders and keeps names with spaces and quotes in places', async () => {
    const elsewhere = join(root, `it's "odd" ü; x`);
    write('linked', sound('linked'), elsewhere);
    mkdirSync(join(root, 'root'));
    symlinkSync(join(elsewhere, 'linked'), join(root, 'root', 'linked'));
    expect((await loadEnvironments([join(root, 'root')])).environments.has('linked')).toBe(true);
    expect((await loadEnvironments([elsewhere])).environments.get('linked')?.folder).toBe(
      join(elsewhere, 'linked'),
    );
  });
});
