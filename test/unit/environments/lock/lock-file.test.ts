import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyLock,
  readLock,
  writeLock,
  type Lock,
  type LockedImage,
} from '../../../../src/environments/lock/lock-file.js';
import { listLocked, showLocked } from '../../../../src/environments/lock/manage-lock.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-lock-'));
  file = join(folder, 'neuroclaw.lock.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const locked: LockedImage = {
  runtime: 'docker',
  digest: 'a'.repeat(64),
  image: `sha256:${'b'.repeat(64)}`,
  reference: 'neuroclaw/mrtrix3:0123',
  layers: [`sha256:${'c'.repeat(64)}`],
  packages: { mrtrix3: '3.0.3-3+b1' },
  platform: 'linux/amd64',
  bytes: 1,
  smoke: [{ argv: ['mrinfo', '-version'], text: '== mrinfo 3.0.3 ==' }],
  when: '2026-11-24T00:00:00.000Z',
};
const lock: Lock = { schema: 'neuroclaw-lock/1', environments: { mrtrix3: locked, dcm2niix: locked } };

describe('the lock file', () => {
  it('comes back as it was written, environments in order and nothing left beside it', async () => {
    await writeLock(file, lock);
    expect(await readLock(file)).toEqual(lock);
    expect((await listLocked(file)).map((entry) => entry.name)).toEqual(['dcm2niix', 'mrtrix3']);
    expect(await readdir(folder)).toEqual(['neuroclaw.lock.json']);
  });

  it('is empty where there is none', async () => {
    expect(await readLock(file)).toEqual(emptyLock);
  });

  it('stays as it was when it cannot be written', async () => {
    await expect(writeLock(join(folder, 'no', 'lock.json'), lock)).rejects.toMatchObject({
      code: 'input.not-found',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('that is not JSON is told', async () => {
    await writeFile(file, '{"schema": ');
    await expect(readLock(file)).rejects.toMatchObject({ code: 'environment.lock', place: { file } });
  });

  it.each([
    ['schema', (value: Record<string, unknown>) => (value['schema'] = 'neuroclaw-lock/9')],
    ['environments.mrtrix3.digest', (value) => (entryOf(value)['digest'] = 'short')],
    ['environments.mrtrix3.image', (value) => (entryOf(value)['image'] = 'mrtrix3:latest')],
    ['environments.mrtrix3.layers.0', (value) => (entryOf(value)['layers'] = ['x'])],
    ['environments.mrtrix3.packages', (value) => delete entryOf(value)['packages']],
    ['environments.mrtrix3.runtime', (value) => (entryOf(value)['runtime'] = 'shell')],
  ] as [string, (value: Record<string, unknown>) => unknown][])(
    'that is wrong in %s names the field',
    async (field, break_) => {
      await writeLock(file, lock);
      const value = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      break_(value);
      await writeFile(file, JSON.stringify(value));
      await expect(readLock(file)).rejects.toMatchObject({
        code: 'environment.lock',
        place: { file, field },
      });
    },
  );

  it('suggests the environment that was meant', async () => {
    await writeLock(file, lock);
    expect(await showLocked(file, 'mrtrix3')).toEqual(locked);
    await expect(showLocked(file, 'mrtrx3')).rejects.toMatchObject({ hint: 'did you mean mrtrix3?' });
    await expect(showLocked(file, 'fsl')).rejects.toMatchObject({
      hint: '`neuroclaw env lock fsl` locks it',
    });
  });
});

function entryOf(value: Record<string, unknown>): Record<string, unknown> {
  return (value['environments'] as Record<string, Record<string, unknown>>)['mrtrix3']!;
}
