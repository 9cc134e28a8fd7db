import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { buildRoot } from '../../../src/environments/runtimes/docker/build-root.js';
import { removeFolder, temporaryFolder } from './support.js';

// A minute of building: in CI alone.
describe.skipIf(process.env['CI'] !== 'true')('building a root file system twice', () => {
  it('from the same packages gives the same bytes', { timeout: 300_000 }, async () => {
    const folder = await temporaryFolder();
    try {
      const digests: string[] = [];
      for (const name of ['first.tar', 'second.tar']) {
        const tar = join(folder, name);
        await buildRoot(
          {
            suite: 'bookworm',
            variant: 'essential',
            packages: ['python3-minimal'],
            exclude: ['/usr/share/doc/*', '/usr/share/locale/*'],
            env: {},
            epoch: '2026-11-01T00:00:00Z',
          },
          tar,
          () => undefined,
          new AbortController().signal,
        );
        const hash = createHash('sha256');
        await pipeline(createReadStream(tar), hash);
        digests.push(hash.digest('hex'));
      }
      expect(digests[0]).toBe(digests[1]);
    } finally {
      await removeFolder(folder);
    }
  });
});
