import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { collectOutputs } from '../../../src/engine/collect-outputs.js';
import { FileDigests } from '../../../src/engine/digests.js';
import { outputLayout, type OutputLayout } from '../../../src/engine/layout.js';
import { Publisher, textPublication } from '../../../src/engine/publish.js';
import type { Job } from '../../../src/planning/job.js';
import { temporaryFolder } from '../../support/temporary.js';

let layout: OutputLayout;
let digests: FileDigests;

beforeEach(() => {
  layout = outputLayout(temporaryFolder());
  mkdirSync(layout.scratch, { recursive: true });
  digests = new FileDigests(layout.digests);
});

describe('Publisher', () => {
  const path = 'derivatives/x/sub-1/a.json';

  it('publishes once, then finds nothing to do, also in another process', async () => {
    const first = new Publisher(layout, digests, false);
    expect(await first.publish(textPublication(path, 'job', 'text'))).toBe('published');
    expect(await first.publish(textPublication(path, 'job', 'text'))).toBe('unchanged');
    first.close();
    expect(await new Publisher(layout, digests, false).publish(textPublication(path, 'job', 'text'))).toBe(
      'unchanged',
    );
    expect(readdirSync(layout.scratch)).toEqual([]);
  });

  it('replaces what an older run published, and says so', async () => {
    const publisher = new Publisher(layout, digests, false);
    await publisher.publish(textPublication(path, 'job', 'old'));
    expect(await publisher.publish(textPublication(path, 'job', 'new'))).toBe('replaced');
    expect(readFileSync(join(layout.out, path), 'utf8')).toBe('new');
  });

  it('keeps an edited file aside before it publishes again', async () => {
    const publisher = new Publisher(layout, digests, false);
    await publisher.publish(textPublication(path, 'job', 'text'));
    writeFileSync(join(layout.out, path), 'edited');
    expect(await publisher.publish(textPublication(path, 'job', 'text'))).toBe('repaired');
    const [aside = ''] = readdirSync(layout.damaged);
    expect(readFileSync(join(layout.damaged, aside), 'utf8')).toBe('edited');
  });

  it('never overwrites a file that it did not publish', async () => {
    mkdirSync(join(layout.out, path, '..'), { recursive: true });
    writeFileSync(join(layout.out, path), 'theirs');
    await expect(
      new Publisher(layout, digests, false).publish(textPublication(path, 'job', 'ours')),
    ).rejects.toMatchObject({
      code: 'plan.conflict',
    });
    expect(readFileSync(join(layout.out, path), 'utf8')).toBe('theirs');
  });

  it('takes a file that holds the right content already for its own', async () => {
    mkdirSync(join(layout.out, path, '..'), { recursive: true });
    writeFileSync(join(layout.out, path), 'text');
    expect(await new Publisher(layout, digests, false).publish(textPublication(path, 'job', 'text'))).toBe(
      'published',
    );
  });
});

describe('collectOutputs', () => {
  const job = {
    id: 'stage/step/x',
    skill: 'family/skill',
    outputs: [
      { id: 'image', kind: 'nifti', optional: false, path: 'image.nii' },
      { id: 'extra', kind: 'json', optional: true, path: 'extra.json' },
      { id: 'tree', kind: 'folder', optional: true, path: 'tree' },
    ],
  } as unknown as Job;
  let out: string;

  beforeEach(() => {
    out = join(layout.out, 'out');
    mkdirSync(out);
  });

  it('digests what is declared and marks an optional output that was not made', async () => {
    writeFileSync(join(out, 'image.nii'), 'voxels');
    mkdirSync(join(out, 'tree', 'deep'), { recursive: true });
    writeFileSync(join(out, 'tree', 'deep', 'b'), 'b');
    writeFileSync(join(out, 'tree', 'a'), 'a');
    const { outputs, findings } = await collectOutputs(job, out, digests);
    expect(findings).toEqual([]);
    expect(outputs.map(({ id, absent, files }) => [id, absent, files.map((file) => file.path)])).toEqual([
      ['image', false, ['image.nii']],
      ['extra', true, []],
      ['tree', false, ['tree/a', 'tree/deep/b']],
    ]);
  });

  it('misses a required output', async () => {
    const { findings } = await collectOutputs(job, out, digests);
    expect(findings.map((finding) => finding.code)).toEqual(['output.missing']);
  });

  it('names a file that nobody declared', async () => {
    writeFileSync(join(out, 'image.nii'), 'voxels');
    writeFileSync(join(out, 'image_e2.nii'), 'a second echo');
    const { findings } = await collectOutputs(job, out, digests);
    expect(findings).toMatchObject([
      { code: 'output.unexpected', message: expect.stringContaining('image_e2.nii') as string },
    ]);
  });

  it('takes no link, which could lead outside', async () => {
    writeFileSync(join(layout.out, 'secret'), 'secret');
    symlinkSync(join(layout.out, 'secret'), join(out, 'image.nii'));
    const { findings } = await collectOutputs(job, out, digests);
    expect(findings.map((finding) => finding.code).sort()).toEqual(['output.missing', 'output.special']);
    expect(existsSync(join(out, 'image.nii'))).toBe(true);
  });
});
