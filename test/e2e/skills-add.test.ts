import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cliEnvironment, labFolder, runCli, type CliResult } from '../support/cli.js';
import { projectFolder } from '../support/data.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

const descriptors = join(projectFolder, 'test', 'fixtures', 'descriptors');

let root: string;
let to: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  to = join(root, 'lab-skills');
  env = cliEnvironment(join(root, 'state'), {
    NEUROCLAW_SKILLS: to,
    NEUROCLAW_ENVIRONMENTS: [join(root, 'environments'), join(labFolder, 'environments')].join(':'),
    NEUROCLAW_ALLOW_HOST: '1',
  });
  mkdirSync(to);
});

function add(
  file: string,
  settings: Readonly<Record<string, string>>,
  ...more: string[]
): Promise<CliResult> {
  const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  return runCli(['skills', 'add', file, ...more, ...set], env);
}

const sortTable = {
  environment: 'coreutils',
  'inputs.table.kind': 'tsv',
  'outputs.sorted.kind': 'tsv',
  'outputs.sorted.checks': 'text.utf8,file.nonempty',
  citation: 'GNU coreutils',
  capability: 'sorting',
};

const brainMask = {
  environment: 'image',
  license: 'non-commercial',
  'inputs.infile.kind': 'nifti',
  'inputs.infile.dimensions': '3',
  'outputs.brain.same_grid': 'infile',
  'outputs.mask.same_grid': 'infile',
  'outputs.mask.checks': 'nifti.readable,nifti.binary',
  'outputs.mesh': 'drop',
  memory_mb: '2048',
  typical_s: '20',
  citation: 'A 2002, Finding brains',
  doi: '10.1000/182',
};

/** Everything below the folder of skills, hidden files too. */
function left(): string[] {
  return readdirSync(to, { recursive: true }).map(String).sort();
}

describe('skills add', () => {
  it('makes a skill of a descriptor that passes the checks and runs as a job', async () => {
    const added = await add(join(descriptors, 'sort-table.json'), sortTable, '--json');
    expect([added.code, JSON.parse(added.stdout)]).toMatchObject([0, { id: 'lab/sort-table' }]);
    expect(left()).toEqual([
      'lab',
      'lab/sort-table',
      ...['SKILL.md', 'skill.yaml', 'tool.json'].map((name) => `lab/sort-table/${name}`),
    ]);
    const check = await runCli(['skills', 'check', to], env);
    expect([check.stdout, check.code]).toEqual(['1 skills checked, 0 findings\n', 0]);

    const bids = join(root, 'bids');
    const out = join(root, 'out');
    writeEventsDataset(bids, 1);
    const plan = join(root, 'plan.json');
    const pipeline = {
      schema: 'neuroclaw/pipeline@1',
      id: 'lab/sorted',
      version: '1.0.0',
      title: 'sorted events',
      description: 'events, sorted',
      publishes: 'derivative',
      inputs: { events: { query: { suffix: 'events', extension: '.tsv' } } },
      steps: [
        {
          id: 'sort',
          skill: 'lab/sort-table',
          for_each: 'events',
          inputs: { table: 'events' },
          params: { numeric: true, output_name: 'by-onset.tsv' },
          publish: { sorted: { desc: 'sorted' } },
        },
      ],
    };
    const stages = [{ id: 'sorted', pipeline, data: { bids }, select: {}, params: {} }];
    writeFileSync(plan, JSON.stringify({ ...shortPlan(bids, out), stages }));
    const run = await runCli(['run', plan, '--yes', '--json'], env);
    expect(JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '{}')).toMatchObject({
      outcome: 'finished',
      counts: { committed: 1 },
    });
    const published = join(
      out,
      'derivatives',
      'lab-sorted',
      'sub-1',
      'func',
      'sub-1_task-x_desc-sorted_events.tsv',
    );
    const rows = readFileSync(join(bids, 'sub-1', 'func', 'sub-1_task-x_events.tsv'), 'utf8')
      .trim()
      .split('\n');
    expect(readFileSync(published, 'utf8').trim().split('\n').sort()).toEqual(rows.sort());
  });

  it('makes an environment of the image that the descriptor names, and keeps the licence beside it', async () => {
    const folder = join(root, 'download');
    cpSync(descriptors, folder, { recursive: true });
    writeFileSync(join(folder, 'LICENSE'), 'Do as you like.\n');
    const added = await add(
      join(folder, 'brain-mask.json'),
      brainMask,
      '--family',
      'imaging',
      '--name',
      'mask',
    );
    expect([added.stderr, added.code]).toEqual(['', 0]);
    const skill = join(to, 'imaging', 'mask');
    expect(readFileSync(join(skill, 'LICENSE'), 'utf8')).toBe('Do as you like.\n');
    expect(parse(readFileSync(join(skill, 'skill.yaml'), 'utf8'))).toMatchObject({
      id: 'imaging/mask',
      environment: 'imaging-mask',
      executables: ['brainmask'],
      inputs: { infile: { kind: 'nifti', dimensions: 3 } },
      outputs: {
        brain: {
          kind: 'nifti',
          checks: expect.arrayContaining([
            { check: 'nifti.same-grid', args: { input: 'infile' } },
          ]) as unknown,
        },
        mask: { optional: true },
      },
    });
    expect(
      parse(readFileSync(join(root, 'environments', 'imaging-mask', 'environment.yaml'), 'utf8')),
    ).toMatchObject({
      license: 'non-commercial',
      executables: ['brainmask'],
      runtimes: {
        docker: {
          image: 'example/brain-mask',
          grade: 'resolved',
          digest: expect.stringMatching(/^sha256:/) as string,
        },
      },
    });
    const check = await runCli(['skills', 'check'], env);
    expect(check.stdout).not.toContain('imaging/mask');
    expect(check.code).toBe(0);
  });

  it('grades an image that is named by a tag only as unverified', async () => {
    const added = await add(join(descriptors, 'sort-table.json'), {
      ...sortTable,
      environment: 'image',
      license: 'GPL-3.0',
    });
    expect([added.stderr, added.code]).toEqual(['', 0]);
    const text = readFileSync(join(root, 'environments', 'lab-sort-table', 'environment.yaml'), 'utf8');
    expect(parse(text)).toMatchObject({
      runtimes: { docker: { image: 'example/coreutils:latest', grade: 'unverified' } },
    });
  });
});

describe('skills add leaves nothing behind', () => {
  it('where something is left to be said: all of it is listed', async () => {
    const { code, stderr } = await add(join(descriptors, 'brain-mask.json'), { environment: 'image' });
    expect(code).toBe(2);
    for (const key of [
      'license',
      'inputs.infile.kind',
      'outputs.brain.same_grid',
      'outputs.mesh.kind',
      'memory_mb',
      'typical_s',
      'citation',
      'doi',
    ])
      expect(stderr).toContain(key);
    expect(left()).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a kind that there is not',
      { 'inputs.table.kind': 'table' },
      'inputs.table.kind is table: expected one of nifti',
    ],
    ['a DOI that is none', { doi: 'doi.org/x' }, 'doi is doi.org/x: expected a DOI such as'],
    [
      'a key that there is not',
      { 'inputs.tabel.kind': 'tsv' },
      'there is nothing to set for inputs.tabel.kind; did you mean inputs.table.kind?',
    ],
    [
      'an environment without the program',
      { environment: 'mrtrix3' },
      'environment is mrtrix3: expected one of image, coreutils',
    ],
    ['a check that there is not', { 'outputs.sorted.checks': 'tsv.right' }, 'there is no check tsv.right'],
    ['no check of the content', { 'outputs.sorted.checks': 'file.nonempty' }, 'sorted is not verified'],
  ])('with %s', async (_what, settings, message) => {
    const { code, stderr } = await add(join(descriptors, 'sort-table.json'), { ...sortTable, ...settings });
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(left()).toEqual([]);
  });

  it.each([
    ['mkdir -p [OUTPUT]; sort [TABLE]', 'needs a shell: a sequence of commands'],
    ['sort [TABLE] > [OUTPUT]', 'needs a shell: a redirection'],
    ['sort $(ls [TABLE]) [OUTPUT]', 'needs a shell: a variable or a command substitution'],
  ])('with the command line %s', async (commandLine, reason) => {
    const document = JSON.parse(readFileSync(join(descriptors, 'sort-table.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const file = join(root, 'shell.json');
    writeFileSync(file, JSON.stringify({ ...document, 'command-line': `${commandLine} [NUMERIC] [COLUMN]` }));
    const { code, stderr } = await add(file, sortTable);
    expect(code).toBe(3);
    expect(stderr).toContain(reason);
    expect(left()).toEqual([]);
  });

  it('where the skill is there already', async () => {
    expect((await add(join(descriptors, 'sort-table.json'), sortTable)).code).toBe(0);
    const before = readFileSync(join(to, 'lab', 'sort-table', 'tool.json'), 'utf8');
    const { code, stderr } = await add(join(descriptors, 'sort-table.json'), sortTable);
    expect([code, stderr]).toEqual([3, expect.stringContaining('there is a skill lab/sort-table already')]);
    expect(readFileSync(join(to, 'lab', 'sort-table', 'tool.json'), 'utf8')).toBe(before);
  });

  it('of a file that is no descriptor', async () => {
    const file = join(root, 'x.json');
    for (const text of ['{', '[]', '{"name": "x"}']) {
      writeFileSync(file, text);
      expect((await add(file, {})).code).toBe(3);
    }
    expect(left()).toEqual([]);
    expect(existsSync(join(root, 'environments'))).toBe(false);
  });
});
