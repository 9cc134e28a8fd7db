import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, describe } from 'vitest';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { temporaryFolder } from '../support/temporary.js';

interface Reference {
  readonly number: number;
  readonly doi?: string;
  readonly skills: readonly string[];
}

describe.skipIf(!hasTestData)('what a run says of itself', () => {
  it('is told from what ran: methods, citations, quality numbers', { timeout: 120_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'));
    const data = join(root, 'bids');
    const source = testData('bids', 'haxby-slice');
    mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
    for (const name of ['dataset_description.json', 'task-objectviewing_bold.json'])
      cpSync(join(source, name), join(data, name));
    for (const run of ['01', '02']) {
      const name = `sub-1_task-objectviewing_run-${run}_bold.nii.gz`;
      cpSync(join(source, 'sub-1', 'func', name), join(data, 'sub-1', 'func', name));
    }
    const out = join(root, 'out');
    const ran = await runCli(
      ['run', 'clean the BOLD runs without smoothing', '--data', data, '--out', out, '--yes', '--json'],
      env,
    );
    expect([ran.code, ran.stderr.includes('error')]).toEqual([0, false]);

    const said = await runCli(['methods', '--out', out, '--json'], env);
    const methods = JSON.parse(said.stdout) as {
      stages: { text: string }[];
      references: Reference[];
      bibtex: string;
    };
    const text = methods.stages[0]?.text ?? '';
    const version = (
      JSON.parse(readFileSync('node_modules/@niivue/niimath/package.json', 'utf8')) as { version: string }
    ).version;
    expect(text).toContain('2 BOLD runs of 1 participant(s) were cleaned.');
    expect(text).toContain(`(niimath ${version} [1`);
    expect(text).toContain('high-pass period of 100 s');
    expect(text).toContain('No spatial smoothing was applied.');
    // The step that was switched off is nowhere, and every program that ran is cited with its DOI.
    expect(text).not.toContain('smoothed with');
    expect(methods.references.flatMap(({ skills }) => skills)).not.toContain('niimath/smooth');
    expect(methods.references.every(({ doi }) => doi?.startsWith('10.'))).toBe(true);
    for (const { number } of methods.references) expect(text).toMatch(new RegExp(`[[ ]${number}[\\],]`));
    expect(methods.bibtex.match(/^@article\{/gm)).toHaveLength(methods.references.length);

    const tsv = await runCli(['qc', '--out', out, '--tsv'], env);
    const [head, first, second, ...more] = tsv.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(head).toEqual(['sub', 'task', 'run', 'tsnr_median', 'dvars_mean', 'volumes']);
    expect([first?.slice(0, 3), second?.slice(0, 3), more]).toEqual([
      ['1', 'objectviewing', '01'],
      ['1', 'objectviewing', '02'],
      [],
    ]);
    const published = JSON.parse(
      readFileSync(
        join(
          out,
          'derivatives/functional-clean/sub-1/func/sub-1_task-objectviewing_run-02_desc-quality_measures.json',
        ),
        'utf8',
      ),
    ) as Record<string, number>;
    expect(second?.slice(3)).toEqual(
      [published['tsnr_median'], published['dvars_mean'], published['volumes']].map(String),
    );

    const table = await runCli(['qc', '--out', out], env);
    expect(table.stdout).toContain('(expected at least 20; ! is outside)');
    const none = await runCli(['methods', '--out', join(root, 'nothing')], env);
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('holds no run of NeuroClaw')]);
  });

  it('names presets, and refuses what no pipeline of the plan has', { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'));
    const data = testData('bids', 'haxby-slice');
    const plan = (...more: string[]) =>
      runCli(['plan', 'clean the BOLD runs', '--data', data, '--out', join(root, 'out'), ...more], env);
    const unknown = await plan('--preset', 'tseting');
    expect([unknown.code, unknown.stderr]).toEqual([
      3,
      expect.stringContaining('no stage of this plan has a preset tseting'),
    ]);
    const unserved = await plan('--use', 'brain-extraction=a/b');
    expect(unserved.stderr).toContain('no stage of this plan has a step for the capability brain-extraction');
    const untaken = await plan('--input', 'template=x.nii');
    expect(untaken.stderr).toContain('no stage of this plan has an input template');
    const file = join(root, 'plan.json');
    const precise = await plan('--preset', 'precise', '--save', file);
    expect(precise.code).toBe(0);
    const written = JSON.parse(readFileSync(file, 'utf8')) as { stages: { preset: string }[] };
    expect(written.stages[0]?.preset).toBe('precise');
    writeFileSync(
      file,
      JSON.stringify({ ...written, stages: [{ ...written.stages[0], preset: 'tseting' }] }),
    );
    const edited = await runCli(['run', file, '--yes'], env);
    expect([edited.code, edited.stderr]).toEqual([3, expect.stringContaining('has no preset tseting')]);
  });

  it('lists pipelines and shows one with parameters, units and presets', { timeout: 60_000 }, async () => {
    const env = cliEnvironment(join(temporaryFolder(), 'state'));
    const list = JSON.parse((await runCli(['pipelines', 'list', '--json'], env)).stdout) as { id: string }[];
    expect(list.map(({ id }) => id)).toContain('functional/clean');
    const shown = await runCli(['pipelines', 'show', 'diffusion/tractogram'], env);
    expect(shown.stdout).toMatch(/testing\s+1,000 streamlines.*\s+streamlines=1000/);
    expect(shown.stdout).toMatch(/max_length_mm\s+a number from \d+ to \d+ mm/);
    const typo = await runCli(['pipelines', 'show', 'functional/claen'], env);
    expect([typo.code, typo.stderr]).toEqual([3, expect.stringContaining('did you mean functional/clean?')]);
  });
});
