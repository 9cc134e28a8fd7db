import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockEnvironments } from '../../../src/environments/lock/lock-environments.js';
import { readLock, writeLock, type LockedImage } from '../../../src/environments/lock/lock-file.js';
import { removeLocked, verifyLocked } from '../../../src/environments/lock/manage-lock.js';
import { createDockerDriver } from '../../../src/environments/runtimes/docker/docker-driver.js';
import { importImage, inspectImage } from '../../../src/environments/runtimes/docker/images.js';
import { checkLicense } from '../../../src/environments/runtimes/docker/license.js';
import { makeCall } from '../../support/make-call.js';
import {
  engineForTests,
  hosts,
  loadedEnvironment,
  lockForTests,
  output,
  removeFolder,
  temporaryFolder,
} from './support.js';

const runtime = await engineForTests();
const never = new AbortController().signal;

/** The smallest tar there is: one empty file. Its name makes it another image. */
function tarOf(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write('00000000000\0', 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
}

describe.skipIf(!runtime)('locking environments', { timeout: 60_000 }, () => {
  let folder: string;
  let file: string;
  let mrtrix3: LockedImage;
  const name = `neuroclaw-test/tiny:${process.pid}`;

  beforeAll(async () => {
    folder = await temporaryFolder();
    file = join(folder, 'neuroclaw.lock.json');
    mrtrix3 = await lockForTests(runtime!, 'mrtrix3', file);
  }, 300_000);
  afterAll(async () => {
    for (const image of imported) {
      await runtime!.engine.docker
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined);
    }
    await runtime?.close();
    await removeFolder(folder);
  });

  const imported = new Set<string>();

  async function importTiny(fileName: string, env: Record<string, string> = {}): Promise<void> {
    const tar = Readable.from([tarOf(fileName)]);
    await importImage(runtime!.engine, tar, { name, env, labels: {} }, never);
    imported.add((await inspectImage(runtime!.engine, name))!.id);
  }

  async function lockedTiny(): Promise<LockedImage> {
    const image = await inspectImage(runtime!.engine, name);
    return {
      ...mrtrix3,
      digest: image!.digest,
      image: image!.id,
      reference: name,
      layers: [...image!.layers],
      smoke: [],
    };
  }

  it('records what is inside: packages, versions as the tools print them, layers, platform, size', () => {
    expect(mrtrix3.packages['mrtrix3']).toMatch(/^3\.0\.3/);
    expect(mrtrix3.packages['python3-distutils']).toBeDefined();
    expect(mrtrix3.smoke.map((test) => test.text)).toEqual([
      '== mrinfo 3.0.3 ==',
      'executing against MRtrix 3.0.3',
    ]);
    expect(mrtrix3.layers).toHaveLength(1);
    expect(mrtrix3.platform).toMatch(/^linux\//);
    expect(mrtrix3.bytes).toBeGreaterThan(100e6);
  });

  it('locks again in the same identity without building', async () => {
    const again = await lockForTests(runtime!, 'mrtrix3', join(folder, 'again.json'));
    expect({ ...again, when: '' }).toEqual({ ...mrtrix3, when: '' });
  });

  it('offers every program that it says it offers', async () => {
    const environment = await loadedEnvironment('mrtrix3');
    const opened = await runtime!.open(environment, mrtrix3);
    const script = 'for p in "$@"; do command -v "$p" >/dev/null || echo "$p"; done';
    const call = await makeCall(folder, { argv: ['sh', '-c', script, 'sh', ...environment.executables] });
    expect(await opened.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect(await output(call)).toBe('');
  });

  it('locks nothing when a smoke test does not print what is expected', async () => {
    const environment = await loadedEnvironment('mrtrix3');
    const other = join(folder, 'other.json');
    const attempt = lockEnvironments(
      [{ ...environment, smoke: [{ argv: ['mrinfo', '-version'], prints: 'mrinfo 9.9.9' }] }],
      { engine: runtime!.engine, file: other },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'container.smoke' });
    expect((await readLock(other)).environments).toEqual({});
  });

  it('gives equal layers one identity, and other contents or variables another', async () => {
    await importTiny('a');
    const first = await lockedTiny();
    await importTiny('a');
    const twice = await lockedTiny();
    await importTiny('b');
    const contents = await lockedTiny();
    await importTiny('a', { MODE: 'a "quoted" $value \\ with spaces' });
    const variable = await lockedTiny();
    expect(twice.image).not.toBe(first.image);
    expect(twice.digest).toBe(first.digest);
    expect(new Set([first.digest, contents.digest, variable.digest]).size).toBe(3);
    const { Config } = await runtime!.engine.docker.getImage(variable.image).inspect();
    expect(Config.Env).toContain('MODE=a "quoted" $value \\ with spaces');
  });

  it('names both digests when a tag moved, and keeps working in the locked image', async () => {
    await importTiny('locked');
    const tiny = await lockedTiny();
    const moved = join(folder, 'moved.json');
    await writeLock(moved, { schema: 'neuroclaw-lock/1', environments: { tiny } });
    expect(await verifyLocked(runtime!.engine, moved)).toEqual([]);

    // Holds the old image, as a second name does.
    await runtime!.engine.docker
      .getImage(tiny.image)
      .tag({ repo: 'neuroclaw-test/kept', tag: `${process.pid}` });
    await importTiny('moved');
    const now = await lockedTiny();
    const findings = await verifyLocked(runtime!.engine, moved, ['tiny']);
    expect(findings).toMatchObject([{ code: 'preflight.image', severity: 'warning' }]);
    expect(findings[0]?.message).toContain(tiny.digest);
    expect(findings[0]?.message).toContain(now.digest);
    await expect(runtime!.open({ name: 'tiny', env: {} }, tiny)).resolves.toBeDefined();
  });

  it('refuses an image that is not the locked one, naming both digests', async () => {
    await importTiny('c');
    const tiny = await lockedTiny();
    const wrong = { ...tiny, digest: '0'.repeat(64) };
    await expect(runtime!.open({ name: 'tiny', env: {} }, wrong)).rejects.toMatchObject({
      code: 'preflight.image',
      message: expect.stringMatching(new RegExp(`${'0'.repeat(64)}.*${tiny.digest}`)) as string,
    });
  });

  it('says that a locked image is gone, and how to get it back', async () => {
    await importTiny('gone');
    const lock = join(folder, 'gone.json');
    await writeLock(lock, { schema: 'neuroclaw-lock/1', environments: { tiny: await lockedTiny() } });
    const tiny = (await readLock(lock)).environments['tiny']!;
    const opened = await runtime!.open({ name: 'tiny', env: {} }, tiny);
    await runtime!.engine.docker.getImage(tiny.image).remove({ force: true });

    const findings = await verifyLocked(runtime!.engine, lock);
    expect(findings).toMatchObject([{ code: 'preflight.image', severity: 'error' }]);
    expect(findings[0]?.suggestion).toContain('neuroclaw env lock tiny');
    await expect(runtime!.open({ name: 'tiny', env: {} }, tiny)).rejects.toMatchObject({
      code: 'preflight.image',
    });
    const exit = await opened.run(await makeCall(folder, { argv: ['true'] }), never);
    expect(exit).toMatchObject({ reason: 'not-started', code: 'preflight.image' });
  });

  it('removes an environment with its image, but keeps an image that another one uses', async () => {
    await importTiny('d');
    const tiny = await lockedTiny();
    const lock = join(folder, 'remove.json');
    await writeLock(lock, { schema: 'neuroclaw-lock/1', environments: { one: tiny, two: tiny } });
    expect(await removeLocked(runtime!.engine, lock, 'one')).toHaveLength(1);
    expect(await inspectImage(runtime!.engine, tiny.image)).toBeDefined();
    expect(await removeLocked(runtime!.engine, lock, 'two')).toHaveLength(2);
    expect(await inspectImage(runtime!.engine, tiny.image)).toBeUndefined();
    await expect(removeLocked(runtime!.engine, lock, 'two')).rejects.toMatchObject({
      code: 'environment.lock',
    });
  });

  it('opens locked environments alone', async () => {
    const driver = createDockerDriver({ lock: file, hosts });
    try {
      const environment = await loadedEnvironment('mrtrix3');
      expect((await driver.open(environment)).identity).toMatchObject({
        runtime: 'docker',
        digest: mrtrix3.digest,
      });
      await expect(driver.open({ ...environment, name: 'unlocked' })).rejects.toMatchObject({
        code: 'preflight.image',
        hint: expect.stringContaining('neuroclaw env lock unlocked') as string,
      });
      expect(await driver.endLeftovers('a store without containers')).toEqual([]);
    } finally {
      await driver.close();
    }
  });

  it('checks that a licence can be read inside, and never shows its text', async () => {
    const license = join(folder, 'licence of mine.txt');
    await writeFile(license, 'someone@example.org\n12345\n *secret\n');
    const check = (path: string | undefined) =>
      checkLicense(runtime!.engine, { tool: 'FreeSurfer', file: path, image: mrtrix3.image }, never);
    expect(await check(license)).toEqual([]);
    for (const path of [undefined, join(folder, 'nothing'), folder]) {
      const findings = await check(path);
      expect(findings).toMatchObject([{ code: 'preflight.license', severity: 'error' }]);
      expect(JSON.stringify(findings)).not.toContain('secret');
    }
    await writeFile(license, '');
    expect(await check(license)).toHaveLength(1);
  });

  it.skipIf(process.getuid?.() !== 0)('finds a licence that can be read here and not inside', async () => {
    // Root of this machine passes over permissions; the user of a container without capabilities does not.
    const license = join(folder, 'locked-away.txt');
    await writeFile(license, 'text');
    await chmod(license, 0o000);
    const findings = await checkLicense(
      runtime!.engine,
      { tool: 'FreeSurfer', file: license, image: mrtrix3.image },
      never,
    );
    expect(findings).toMatchObject([{ code: 'preflight.license' }]);
    expect(findings[0]?.message).toContain('inside the container');
  });

  it('writes a lock file that people can read', async () => {
    const text = await readFile(file, 'utf8');
    expect(text).toContain('"schema": "neuroclaw-lock/1"');
    expect(text.endsWith('}\n')).toBe(true);
  });
});
