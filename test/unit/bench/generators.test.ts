import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatorNamed } from '../../../src/bench/materials/generators.js';
import { temporaryFolder } from '../../support/temporary.js';

/** Digest of every file below a folder, by path. */
function digests(folder: string): Record<string, string> {
  return Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ]),
  );
}

async function made(id: string, seed: number, params: unknown): Promise<Record<string, string>> {
  const root = temporaryFolder();
  const folders = { in: join(root, 'in'), reference: join(root, 'reference'), source: join(root, 'source') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  const generator = generatorNamed(id);
  await generator.make(folders, seed, generator.params.parse(params));
  return digests(root);
}

describe.each([
  ['regions-bold', { volumes: 40 }],
  ['tracer-pet', {}],
  ['lesion-masks', {}],
  ['group-maps', { participants: 6 }],
  ['site-study', {}],
  ['moved-head', {}],
  ['head', { datatypes: ['anat'], give_mask: true }],
  ['slice-times', {}],
  ['oddball-eeg', { seconds: 30 }],
  ['oddball-eeg', { seconds: 40, blinks: true, events: true }],
])('the generator %s', (id, params) => {
  it('makes the same of the same seed, other data of another, and a truth with both', async () => {
    const [first, second, other] = [
      await made(id, 3, params),
      await made(id, 3, params),
      await made(id, 4, params),
    ];
    expect(second).toEqual(first);
    expect(Object.keys(other)).toEqual(Object.keys(first));
    const truths = Object.keys(first).filter((path) => path.startsWith('reference/'));
    expect(truths.length).toBeGreaterThan(0);
    for (const path of truths) expect(other[path], path).not.toBe(first[path]);
  });
});
