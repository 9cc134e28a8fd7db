import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.js';
import { temporaryFolder } from '../../support/temporary.js';

function configured(yaml: string): Record<string, string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'neuroclaw'));
  writeFileSync(join(folder, 'neuroclaw', 'config.yaml'), yaml);
  return { XDG_CONFIG_HOME: folder };
}

describe('loadSettings', () => {
  it('takes command line before environment before file, and says where each came from', () => {
    const env = { ...configured('cpus: 2\nmemory_mb: 100\n'), NEUROCLAW_CPUS: '3' };
    expect(loadSettings({ env }).values.cpus).toBe(3);
    const { values, sources } = loadSettings({ env, flags: { cpus: 4 } });
    expect(values).toMatchObject({ cpus: 4, memoryMb: 100, allowHost: false });
    expect(sources.cpus).toBe('command line');
    expect(sources.memoryMb).toMatch(/^config .*config\.yaml$/);
    expect(sources.allowHost).toBe('default');
  });

  it('names an unknown setting and the one that was meant', () => {
    expect(() => loadSettings({ env: configured('memori_mb: 3\n') })).toThrow(
      /unknown setting memori_mb; did you mean memory_mb/,
    );
  });

  it('names a file that is not YAML', () => {
    expect(() => loadSettings({ env: configured('cpus: [') })).toThrow(/is not YAML/);
  });

  it('refuses a number of cpus that is none', () => {
    expect(() => loadSettings({ env: { NEUROCLAW_CPUS: 'many' } })).toThrow(/cpus is "many"/);
  });

  it('honours NO_COLOR', () => {
    expect(loadSettings({ env: { NO_COLOR: '1' } }).values.color).toBe('never');
  });
});
