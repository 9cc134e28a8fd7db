import { cp, mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hosts } from '../integration/docker/support.js';
import { phantom, runtime, useMrtrix } from '../integration/docker/mrtrix3-support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { recordCommitted } from '../support/evidence/record.js';
import { temporaryFolder } from '../support/temporary.js';

interface Result {
  readonly outcome: string;
  readonly trace: string;
}

/** The phantom of MRtrix3 as a BIDS dataset: two bundles of equal size between four regions, and its five tissues. */
describe.skipIf(!runtime)('diffusion/act-connectome', { timeout: 240_000 }, () => {
  const mrtrix = useMrtrix();
  const files: Record<string, string> = {};

  beforeAll(async () => {
    const convert = async (name: string, ...more: string[]): Promise<string> =>
      mrtrix.tool(
        ['mrconvert', `/in/a/${name}.mif`, '/out/image.nii.gz', ...more],
        { [`in/a/${name}.mif`]: phantom(`${name}.mif`) },
        'image.nii.gz',
      );
    files['dwi.nii.gz'] = await convert(
      'dwi',
      '-strides',
      '1,2,3,4',
      '-export_grad_fsl',
      '/out/dwi.bvec',
      '/out/dwi.bval',
    );
    files['dwi.bvec'] = files['dwi.nii.gz'].replace('image.nii.gz', 'dwi.bvec');
    files['dwi.bval'] = files['dwi.nii.gz'].replace('image.nii.gz', 'dwi.bval');
    files['desc-5tt_probseg.nii.gz'] = await convert('5tt');
    files['dseg.nii.gz'] = await convert('parc');
  });

  async function dataset(change: Readonly<Record<string, string>> = {}): Promise<string> {
    const folder = join(temporaryFolder(), 'bids');
    const dwi = join(folder, 'sub-01', 'dwi');
    await mkdir(dwi, { recursive: true });
    await writeFile(
      join(folder, 'dataset_description.json'),
      '{"Name": "phantom", "BIDSVersion": "1.9.0"}\n',
    );
    for (const [name, path] of Object.entries({ ...files, ...change }))
      await cp(path, join(dwi, `sub-01_${name}`));
    return folder;
  }

  async function run(
    data: string,
    streamlines: number,
  ): Promise<{ result: Result; out: string; said: string }> {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'), {
      NEUROCLAW_LOCK: join(mrtrix.folder, 'neuroclaw.lock.json'),
      ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
    });
    const out = join(root, 'out');
    const settings = [`streamlines=${streamlines}`, 'denoise=false', 'unring=false'].flatMap((one) => [
      '--set',
      one,
    ]);
    const { stdout, stderr } = await runCli(
      [
        'run',
        'act connectome',
        '--data',
        data,
        '--out',
        out,
        '--runtime',
        'docker',
        '--yes',
        '--json',
        ...settings,
      ],
      env,
    );
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Result;
    return { result, out, said: `${stdout}\n${stderr}` };
  }

  const tableOf = (out: string): string =>
    readFileSync(
      join(
        out,
        'derivatives',
        'diffusion-act-connectome',
        'sub-01',
        'dwi',
        'sub-01_desc-actsift2_relmat.tsv',
      ),
      'utf8',
    );
  const matrixOf = (out: string): number[][] =>
    tableOf(out)
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t').slice(1).map(Number));

  it('gives both bundles the same weight and joins nothing else', async () => {
    const names = join(temporaryFolder(), 'dseg.tsv');
    await writeFile(names, 'index\tname\n1\tleft end\n2\tright end\n3\ttop\n4\tbottom\n');
    const { result, out, said } = await run(await dataset({ 'dseg.tsv': names }), 2000);
    expect([result.outcome, result.outcome === 'finished' ? '' : said]).toEqual(['finished', '']);
    recordCommitted(result.trace);
    const matrix = matrixOf(out);
    const [first, second] = [matrix[0]![1]!, matrix[2]![3]!];
    expect(first / second).toBeGreaterThan(0.85);
    expect(first / second).toBeLessThan(1.15);
    const others = [matrix[0]![2]!, matrix[0]![3]!, matrix[1]![2]!, matrix[1]![3]!];
    expect(Math.max(...others)).toBeLessThan(0.05 * first);
    expect(tableOf(out).split('\n')[0]).toBe('region\tleft end\tright end\ttop\tbottom');
  });

  it('takes a parcellation on another grid by its nearest labels', async () => {
    const fine = await mrtrix.tool(
      ['mrgrid', '/in/a/parc.mif', 'regrid', '-voxel', '0.7', '-interp', 'nearest', '/out/fine.nii.gz'],
      { 'in/a/parc.mif': phantom('parc.mif') },
      'fine.nii.gz',
    );
    const { result, out, said } = await run(await dataset({ 'dseg.nii.gz': fine }), 1000);
    expect([result.outcome, result.outcome === 'finished' ? '' : said]).toEqual(['finished', '']);
    const matrix = matrixOf(out);
    expect(matrix).toHaveLength(4);
    expect(matrix[0]![1]! / matrix[2]![3]!).toBeGreaterThan(0.8);
  });

  it.each([
    ['tissues', 'desc-5tt_probseg.nii.gz', '5tt.mif'],
    ['parcellation', 'dseg.nii.gz', 'parc.mif'],
  ])(
    'refuses %s of a head that lies 20 mm away, before a streamline is tracked',
    async (what, name, image) => {
      const shift = join(temporaryFolder(), 'shift.txt');
      await writeFile(shift, '1 0 0 20\n0 1 0 0\n0 0 1 0\n0 0 0 1\n');
      const away = await mrtrix.tool(
        ['mrtransform', `/in/a/${image}`, '-linear', '/in/b/shift.txt', '/out/away.nii.gz'],
        { [`in/a/${image}`]: phantom(image), 'in/b/shift.txt': shift },
        'away.nii.gz',
      );
      const { result, said } = await run(await dataset({ [name]: away }), 1000);
      expect(result.outcome).not.toBe('finished');
      const started = readFileSync(result.trace, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"type":"job.started"') && line.includes('tckgen'));
      if (what === 'tissues') {
        expect(said).toMatch(/centre_distance_mm is|dice is|a mask is empty/);
        expect(started).toEqual([]);
      } else expect(said).toMatch(/labels of|join|assigned|meet in space/);
    },
  );

  it('rejects tissues that are no five-tissue image before a streamline is tracked', async () => {
    const four = await mrtrix.tool(
      ['mrconvert', '/in/a/5tt.mif', '-coord', '3', '0:3', '/out/four.nii.gz'],
      { 'in/a/5tt.mif': phantom('5tt.mif') },
      'four.nii.gz',
    );
    const { result, said } = await run(await dataset({ 'desc-5tt_probseg.nii.gz': four }), 1000);
    expect(result.outcome).not.toBe('finished');
    expect(said).toMatch(/4 volumes/);
    const started = readFileSync(result.trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"type":"job.started"'));
    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((line) => line.includes('tckgen'))).toEqual([]);
  });
});
