import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileStage } from '../../../src/planning/compile-stage.js';
import type { CompiledStage } from '../../../src/planning/job.js';
import type { SkillRegistry } from '../../../src/skills/registry.js';
import { temporaryFolder } from '../../support/temporary.js';
import { makeSkill } from '../skills/make-skill.js';
import { datasets, messages, pipelineOf, planOf, world, writeDataset } from './support.js';

const glm = makeSkill(
  {
    'command-line': 'tool [BOLD] [EVENTS] [TR] /out/map.nii.gz',
    inputs: [
      { id: 'bold', name: 'Runs', type: 'File', list: true, 'value-key': '[BOLD]' },
      { id: 'events', name: 'Events', type: 'File', list: true, optional: true, 'value-key': '[EVENTS]' },
      { id: 'tr', name: 'TR', type: 'Number', optional: true, 'value-key': '[TR]' },
    ],
    'output-files': [{ id: 'map', name: 'Map', 'path-template': '/out/map.nii.gz', optional: false }],
  },
  {
    inputs: {
      bold: { kind: 'nifti', list: true },
      events: { kind: 'tsv', list: true, optional: true },
    },
  },
);

async function skillsWith(): Promise<SkillRegistry> {
  const { skills } = await world;
  return { ...skills, skills: new Map([...skills.skills, [glm.id, glm]]) };
}

async function compiled(
  steps: readonly Record<string, unknown>[],
  root: string,
  stage: Record<string, unknown> = {},
  inputs: Record<string, unknown> = {},
): Promise<CompiledStage> {
  const pipeline = pipelineOf({
    inputs: { bold: { query: { suffix: 'bold', extension: '.nii' } }, ...inputs },
    steps,
  });
  const plan = planOf({ pipeline, data: { bids: root }, ...stage });
  return compileStage(plan, 'work', {
    skills: await skillsWith(),
    pipelines: new Map(),
    datasets,
  });
}

const EVENTS = 'onset\tduration\ttrial_type\n1\t2\tface\n';

function runs(labels: readonly string[], without: readonly string[] = []): Record<string, string | object> {
  return Object.fromEntries(
    labels.flatMap((label) => [
      [`${label.split('_')[0]}/func/${label}_bold.nii`, { volumes: 10 }],
      ...(without.includes(label)
        ? []
        : [[`${label.split('_')[0]}/func/${label}_events.tsv`, EVENTS] as const]),
    ]),
  );
}

const six = [
  'sub-01_task-a_run-1',
  'sub-01_task-a_run-2',
  'sub-01_task-a_run-10',
  'sub-01_task-b_run-1',
  'sub-02_task-a_run-1',
  'sub-02_task-a_run-2',
];

const together = {
  id: 'glm',
  skill: 'test/tool',
  for_each: 'bold',
  per: ['sub', 'ses', 'task'],
  inputs: { bold: 'bold', events: { companion: 'events', of: 'bold' } },
  params: { tr: { sidecar: 'RepetitionTime', of: 'bold' } },
  publish: { map: { desc: 'effect', suffix: 'statmap', datatype: 'func' } },
};

describe('runs gathered into one job', () => {
  it('makes one job for each participant and task, with runs and events in the same natural order', async () => {
    const root = writeDataset(temporaryFolder(), runs(six));
    const stage = await compiled([together], root);
    expect(messages(stage)).toEqual([]);
    expect(stage.jobs.map(({ id }) => id)).toEqual([
      'work/glm/sub-01_task-a_bold',
      'work/glm/sub-01_task-b_bold',
      'work/glm/sub-02_task-a_bold',
    ]);
    const names = stage.jobs[0]?.inputs.map(({ shape, files }) => [shape, files.map(({ name }) => name)]);
    const [one, two, ten] = ['1', '2', '10'].map((run) => `sub-01_task-a_run-${run}`);
    expect(names).toEqual([
      ['list', [`${one}_bold.nii`, `${two}_bold.nii`, `${ten}_bold.nii`]],
      ['list', [`${one}_events.tsv`, `${two}_events.tsv`, `${ten}_events.tsv`]],
    ]);
    expect(stage.jobs[0]?.params['tr']).toBe(2);
    expect(stage.jobs[0]?.outputs[0]?.publish).toBe('sub-01/func/sub-01_task-a_desc-effect_statmap.nii.gz');
  });

  it('refuses a group where one run has no events, rather than pair the others wrongly', async () => {
    const root = writeDataset(temporaryFolder(), runs(six, ['sub-01_task-a_run-2']));
    const stage = await compiled([together], root);
    expect(messages(stage)[0]).toBe(
      'error no events for sub-01/func/sub-01_task-a_run-2_bold.nii, which step glm needs',
    );
  });

  it('refuses runs of different repetition times', async () => {
    const root = writeDataset(temporaryFolder(), {
      ...runs(six.slice(0, 2)),
      'sub-01/func/sub-01_task-a_run-2_bold.nii': { volumes: 10, headerTr: 1.5 },
    });
    const stage = await compiled([together], root);
    expect(messages(stage)[0]).toMatch(
      /^error RepetitionTime of .*run-2_bold.nii is 1.5, that of .*run-1.* 2:/,
    );
  });

  it('gives a group what a step made of each run, under the name of the run, and each run what its group made', async () => {
    const root = writeDataset(temporaryFolder(), runs(six.slice(0, 4)));
    const stage = await compiled(
      [
        { id: 'detrend', skill: 'niimath/detrend', for_each: 'bold', inputs: { image: 'bold' } },
        { ...together, inputs: { bold: 'detrend.detrended' }, params: {} },
        {
          id: 'minus',
          skill: 'niimath/maths',
          for_each: 'bold',
          inputs: { image: 'detrend.detrended', operand: 'glm.map' },
          params: { operation: 'sub' },
        },
      ],
      root,
    );
    expect(messages(stage)).toEqual([]);
    const group = stage.jobs.find(({ id }) => id === 'work/glm/sub-01_task-a_bold');
    expect(group?.needs).toEqual([1, 2, 10].map((run) => `work/detrend/sub-01_task-a_run-${run}_bold`));
    expect(group?.inputs[0]?.files[0]?.name).toBe('sub-01_task-a_run-1_bold_image.nii.gz');
    const minus = stage.jobs.find(({ id }) => id === 'work/minus/sub-01_task-b_run-1_bold');
    expect(minus?.needs).toEqual(['work/detrend/sub-01_task-b_run-1_bold', 'work/glm/sub-01_task-b_bold']);
  });

  it('gathers over all participants under names that tell them apart', async () => {
    const root = writeDataset(temporaryFolder(), runs(six));
    const stage = await compiled(
      [
        { ...together, per: ['sub'] },
        { id: 'group', skill: 'test/tool', inputs: { bold: { gather: 'glm.map' } } },
      ],
      root,
    );
    expect(messages(stage)).toEqual([]);
    const group = stage.jobs.find(({ id }) => id === 'work/group');
    expect(group?.inputs[0]?.files.map(({ name }) => name)).toEqual([
      'sub-01_bold_map.nii.gz',
      'sub-02_bold_map.nii.gz',
    ]);
  });

  it('refuses several files where a tool takes one', async () => {
    const root = writeDataset(temporaryFolder(), runs(six));
    const stage = await compiled(
      [{ id: 'x', skill: 'niimath/detrend', for_each: 'bold', per: ['sub'], inputs: { image: 'bold' } }],
      root,
    );
    expect(messages(stage)[0]).toMatch(
      /^error image of niimath\/detrend takes one file, and 4 are bound to it/,
    );
  });
});

describe('files that are not in the dataset', () => {
  const step = {
    id: 'minus',
    skill: 'niimath/maths',
    for_each: 'bold',
    inputs: { image: 'bold', operand: 'template' },
    params: { operation: 'sub' },
  };
  const template = { template: { given: 'nifti', description: 'MNI template' } };

  it('takes the file that the plan names', async () => {
    const root = writeDataset(temporaryFolder(), runs(six.slice(0, 1)));
    const other = writeDataset(temporaryFolder(), { 'mni.nii': { volumes: 1 } });
    const path = join(other, 'mni.nii');
    const stage = await compiled([step], root, { inputs: { template: path } }, template);
    expect(messages(stage)).toEqual([]);
    expect(stage.jobs[0]?.inputs[1]?.files).toEqual([{ name: 'mni.nii', source: { from: 'dataset', path } }]);
  });

  it('says how to name it where it is missing, not there, of another kind, or not asked for', async () => {
    const root = writeDataset(temporaryFolder(), { ...runs(six.slice(0, 1)), 'notes.txt': 'text' });
    const none = await compiled([step], root, {}, template);
    expect(messages(none)[0]).toBe('error no file is given for template');
    expect(none.findings[0]?.suggestion).toMatch(/^--input template=FILE/);
    const gone = await compiled([step], root, { inputs: { template: '/nowhere/x.nii' } }, template);
    expect(messages(gone)[0]).toBe('error the file given for template is not there: /nowhere/x.nii');
    const text = await compiled([step], root, { inputs: { template: join(root, 'notes.txt') } }, template);
    expect(text.findings[0]).toMatchObject({ severity: 'error', code: 'input.malformed' });
    const typo = await compiled([step], root, { inputs: { tempalte: '/x' } }, template);
    expect(messages(typo)).toContain('error test/pipeline takes no file or folder tempalte');
  });

  it('finds a parcellation in the derivatives of the dataset, and asks where two have one', async () => {
    const root = writeDataset(temporaryFolder(), runs(six));
    const derivative = (name: string, label: string): void => {
      const folder = join(root, 'derivatives', name);
      mkdirSync(join(folder, `sub-${label}`, 'anat'), { recursive: true });
      writeFileSync(
        join(folder, 'dataset_description.json'),
        '{"Name":"x","BIDSVersion":"1.8.0","DatasetType":"derivative"}',
      );
      writeDataset(join(folder), { [`sub-${label}/anat/sub-${label}_dseg.nii`]: { volumes: 1, tr: null } });
    };
    const inputs = { labels: { query: { suffix: 'dseg', extension: '.nii' }, from: 'derivatives' } };
    const own = [{ ...step, inputs: { image: 'bold', operand: 'labels' } }];
    const missing = await compiled(own, root, {}, inputs);
    expect(messages(missing)[0]).toBe('error no dseg file in any derivative dataset that was found');
    derivative('first', '01');
    const one = await compiled(own, root, { participants: ['01'] }, inputs);
    expect(messages(one)).toEqual([]);
    expect(one.jobs[0]?.inputs[1]?.files[0]?.source).toEqual({
      from: 'dataset',
      path: join(root, 'derivatives/first/sub-01/anat/sub-01_dseg.nii'),
    });
    derivative('second', '01');
    const two = await compiled(own, root, { participants: ['01'] }, inputs);
    expect(messages(two)[0]).toMatch(/^error dseg files for labels are in 2 derivative datasets/);
    const named = await compiled(
      own,
      root,
      { participants: ['01'], inputs: { labels: join(root, 'derivatives/second') } },
      inputs,
    );
    expect(messages(named)).toEqual([]);
    const partly = await compiled(
      own,
      root,
      { inputs: { labels: join(root, 'derivatives/second') } },
      inputs,
    );
    expect(messages(partly)[0]).toMatch(/no labels for sub-02, which step minus needs/);
  });

  it('takes participants.tsv of the dataset', async () => {
    const root = writeDataset(temporaryFolder(), runs(six));
    const inputs = { people: { dataset_file: 'participants.tsv' } };
    const own = [{ id: 'group', skill: 'test/tool', inputs: { bold: { gather: 'bold' }, events: 'people' } }];
    const missing = await compiled(own, root, {}, inputs);
    expect(messages(missing)[0]).toBe('error the dataset has no participants.tsv');
    writeFileSync(join(root, 'participants.tsv'), 'participant_id\nsub-01\nsub-02\n');
    const found = await compiled(own, root, {}, inputs);
    expect(messages(found)).toEqual([]);
    expect(found.jobs[0]?.inputs[1]?.files[0]?.name).toBe('participants.tsv');
  });
});
