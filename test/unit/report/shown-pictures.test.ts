import { expect, it } from 'vitest';
import type { RunArtifacts } from '../../../src/report/run-artifacts.js';
import { shownPictures } from '../../../src/report/shown-pictures.js';

/** Two stages that draw the same picture; each job has the store entry of `keys`. */
function artifacts(keys: Readonly<Record<string, string>>): RunArtifacts {
  const stage = (name: string) => ({
    stage: name,
    pipeline: { pictures: { mask: { from: 'draw.picture', title: 'Mask', about: 'x' } } },
    jobs: Object.keys(keys)
      .filter((id) => id.startsWith(`${name}/`))
      .map((id) => ({ id, step: 'draw', entities: { sub: id.slice(-2) } })),
  });
  const entryOf = (job: string) =>
    keys[job] === undefined
      ? undefined
      : { folder: `/store/${keys[job]}`, outputs: [{ id: 'picture', path: 'picture.svg', absent: false }] };
  return { stages: [stage('tensor'), stage('tractogram')], entryOf } as unknown as RunArtifacts;
}

it('what two stages share is shown once, for each participant', () => {
  const shared = {
    'tensor/draw/01': 'a',
    'tensor/draw/02': 'a',
    'tractogram/draw/01': 'a',
    'tractogram/draw/02': 'b',
  };
  expect(shownPictures(artifacts(shared)).map(({ job }) => job)).toEqual([
    'tensor/draw/01',
    'tensor/draw/02',
    'tractogram/draw/02',
  ]);
});
