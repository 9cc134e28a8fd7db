import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { phantom, rows, runtime, sum, useMrtrix, voxels } from './mrtrix3-support.js';

/** Six participants, three in each group; only the second group differs, by 2 at one place. */
const people = [1, 2, 3, 4, 5, 6];
const group = (person: number): number => Number(person > 3);
/** The same small noise each time, one number a person and place. */
const noise = (person: number, place: number): number => 0.1 * Math.sin(17 * person + 5 * place);

describe.skipIf(!runtime)('the MRtrix3 skills of group statistics', { timeout: 120_000 }, () => {
  const mrtrix = useMrtrix();
  let design = '';
  let contrast = '';
  const cohort = async (name: string, text: (person: number) => string): Promise<string> => {
    const folder = join(mrtrix.folder, name);
    await mkdir(folder, { recursive: true });
    for (const person of people) await writeFile(join(folder, `p${person}.txt`), text(person));
    await writeFile(join(folder, 'files.txt'), people.map((person) => `p${person}.txt\n`).join(''));
    return folder;
  };

  beforeAll(async () => {
    [design, contrast] = [join(mrtrix.folder, 'design.txt'), join(mrtrix.folder, 'contrast.txt')];
    await writeFile(design, people.map((person) => `1 ${group(person)}\n`).join(''));
    await writeFile(contrast, '0 1\n');
  });

  it('mrtrix3/vectorstats finds the element that differs, with its size', async () => {
    const folder = await cohort('vectors', (person) =>
      [0, 1, 2]
        .map((place) => (5 + noise(person, place) + 2 * group(person) * Number(place === 1)).toFixed(6))
        .join(' '),
    );
    const made = await mrtrix.run('mrtrix3/vectorstats', {
      inputs: { cohort: folder, design, contrast },
      params: { nshuffles: 20 },
    });
    const mean = (level: number, place: number): number =>
      sum(people.filter((person) => group(person) === level).map((person) => noise(person, place))) / 3;
    const [effect = []] = await rows(made('abs_effect'));
    effect.forEach((value, place) =>
      expect(value).toBeCloseTo(mean(1, place) - mean(0, place) + 2 * Number(place === 1), 3),
    );
    const [p = []] = await rows(made('fwe_1mpvalue'));
    expect(Math.max(...p)).toBe(p[1]);
  });

  it('mrtrix3/connectomestats finds the edge that differs', async () => {
    const folder = await cohort('connectomes', (person) =>
      [0, 1, 2, 3]
        .map((a) =>
          [0, 1, 2, 3]
            .map((b) =>
              (
                5 +
                noise(person, 4 * Math.min(a, b) + Math.max(a, b)) +
                2 * group(person) * Number(Math.min(a, b) === 0 && Math.max(a, b) === 1)
              ).toFixed(6),
            )
            .join(' '),
        )
        .join('\n'),
    );
    const made = await mrtrix.run('mrtrix3/connectomestats', {
      inputs: { cohort: folder, design, contrast },
      params: { threshold: 3, nshuffles: 20 },
    });
    const t = await rows(made('tvalue'));
    expect(Math.max(...t.flat())).toBe(t[0]![1]);
    expect(t[0]![1]).toBe(t[1]![0]);
  });

  it('a row of the design too few is refused', async () => {
    const folder = await cohort('vectors', () => '1 2 3');
    const short = join(mrtrix.folder, 'short.txt');
    await writeFile(
      short,
      people
        .slice(1)
        .map((person) => `1 ${group(person)}\n`)
        .join(''),
    );
    const { exit } = await mrtrix.attempt('mrtrix3/vectorstats', {
      inputs: { cohort: folder, design: short, contrast },
      params: { nshuffles: 5 },
    });
    expect(exit.exitCode).not.toBe(0);
  });

  it('mrtrix3/mrclusterstats finds the half of the image that differs', async () => {
    const folder = join(mrtrix.folder, 'images');
    await mkdir(folder);
    for (const person of people) {
      const made = await mrtrix.tool(
        [
          'mrcalc',
          '/in/a/parc.mif',
          '1',
          '-eq',
          String(2 * group(person)),
          '-mult',
          '/in/b/parc.mif',
          String(noise(person, 1)),
          '-mult',
          '-add',
          String(noise(person, 2)),
          '-add',
          '/out/i.mif',
          '-datatype',
          'float32',
        ],
        { 'in/a/parc.mif': phantom('parc.mif'), 'in/b/parc.mif': phantom('parc.mif') },
        'i.mif',
      );
      await cp(made, join(folder, `p${person}.mif`));
    }
    await writeFile(join(folder, 'files.txt'), people.map((person) => `p${person}.mif\n`).join(''));
    const mask = await mrtrix.tool(
      ['mrthreshold', '/in/a/parc.mif', '-abs', '0.5', '/out/m.mif'],
      { 'in/a/parc.mif': phantom('parc.mif') },
      'm.mif',
    );
    const made = await mrtrix.run('mrtrix3/mrclusterstats', {
      inputs: { cohort: folder, design, contrast, mask },
      params: { nshuffles: 20 },
    });
    const [effect, labels] = [await voxels(made('abs_effect')), await voxels(phantom('parc.mif'))];
    const mean = (label: number): number => {
      const own = [...effect].filter((_, at) => labels[at] === label);
      return sum(own) / own.length;
    };
    expect(mean(1) - mean(2)).toBeGreaterThan(1.5);
  });

  it('mrtrix3/fixelcfestats compares fixels', async () => {
    const segmented = await mrtrix.run('mrtrix3/fod2fixel', {
      inputs: { fod: phantom('fods.mif') },
      params: { write_afd: true },
    });
    const fixels = join(mrtrix.folder, 'fixels');
    await cp(segmented('fixel_directory'), fixels, { recursive: true });
    for (const person of people) {
      const made = await mrtrix.tool(
        [
          'mrcalc',
          '/in/a/afd.mif',
          String(1 + noise(person, 3)),
          '-mult',
          String(group(person)),
          '-add',
          '/out/d.mif',
        ],
        { 'in/a/afd.mif': join(fixels, 'afd.mif') },
        'd.mif',
      );
      await cp(made, join(fixels, `p${person}.mif`));
    }
    await writeFile(join(fixels, 'files.txt'), people.map((person) => `p${person}.mif\n`).join(''));
    const matrix = await mrtrix.run('mrtrix3/fixelconnectivity', {
      inputs: { fixel_directory: fixels, tracks: phantom('tracks.tck') },
    });
    const made = await mrtrix.run('mrtrix3/fixelcfestats', {
      inputs: { fixels, design, contrast, connectivity: matrix('matrix') },
      params: { nshuffles: 10 },
    });
    const effect = await voxels(join(made('stats'), 'abs_effect.mif'));
    expect(sum(effect) / effect.length).toBeGreaterThan(0.8);
    expect(sum(effect) / effect.length).toBeLessThan(1.2);
  });
});
