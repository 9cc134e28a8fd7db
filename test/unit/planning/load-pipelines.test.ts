import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../src/planning/check-pipeline.js';
import { loadPipelines } from '../../../src/planning/load-pipelines.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { pipelineOf, world } from './support.js';

const good = {
  schema: 'neuroclaw/pipeline@1',
  id: 'lab/one',
  version: '1.0.0',
  title: 'One',
  description: 'One step',
  publishes: 'derivative',
  inputs: { bold: { query: { suffix: 'bold' } } },
  steps: [{ id: 'mean', skill: 'niimath/temporal-mean', for_each: 'bold', inputs: { image: 'bold' } }],
};

function write(root: string, path: string, document: unknown): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), typeof document === 'string' ? document : stringify(document));
}

describe('loadPipelines', () => {
  it('loads the pipelines of the product, all sound against its skills', async () => {
    const { pipelines, findings } = await loadPipelines([join(projectFolder, 'agents')]);
    expect(findings).toEqual([]);
    expect([...pipelines.keys()]).toEqual(
      expect.arrayContaining([
        'curation/dicom-to-bids',
        'curation/validate',
        'functional/clean',
        'structural/quality',
      ]),
    );
    const { skills } = await world;
    for (const pipeline of pipelines.values()) expect(checkPipeline(pipeline, skills)).toEqual([]);
  });

  it('names a broken file with its field, and loads the good ones beside it', async () => {
    const root = temporaryFolder();
    write(root, 'lab/pipelines/one.yaml', good);
    write(root, 'lab/pipelines/two.yaml', 'steps: [');
    write(root, 'lab/pipelines/three.yaml', { ...good, id: 'lab/three', version: 'new', step: [] });
    write(root, 'lab/pipelines/four.yaml', { ...good, id: 'lab/other' });
    const { pipelines, findings } = await loadPipelines([root]);
    expect([...pipelines.keys()]).toEqual(['lab/one']);
    const told = findings.map(({ place, message }) => [
      place?.file?.slice(root.length + 1),
      place?.field,
      message,
    ]);
    expect(told).toEqual([
      ['lab/pipelines/four.yaml', 'id', 'the id lab/other is not where the file lies'],
      ['lab/pipelines/three.yaml', 'version', expect.any(String)],
      ['lab/pipelines/three.yaml', 'step', 'step is not a field that is known here'],
      ['lab/pipelines/two.yaml', undefined, expect.stringMatching(/^is not YAML/)],
    ]);
  });

  it('a later root replaces an earlier one, with a warning', async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    write(first, 'lab/pipelines/one.yaml', good);
    write(second, 'lab/pipelines/one.yaml', { ...good, version: '2.0.0' });
    const { pipelines, findings } = await loadPipelines([first, second]);
    expect(pipelines.get('lab/one')?.version).toBe('2.0.0');
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'lab/one 2.0.0 replaces 1.0.0 of another folder'],
    ]);
  });

  it('a folder that is not there is told', async () => {
    const { findings } = await loadPipelines(['/nowhere/agents']);
    expect(findings[0]?.message).toBe('the folder of agents does not exist');
  });
});

describe('checkPipeline', () => {
  const mean = good.steps[0];
  const bold = { inputs: good.inputs };

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'a skill',
      { ...bold, steps: [{ ...mean, skill: 'niimath/temporal-men' }] },
      'steps[0].skill',
      'there is no skill niimath/temporal-men',
    ],
    [
      'a role',
      { ...bold, steps: [{ ...mean, inputs: { imgae: 'bold' } }] },
      'steps[0].inputs.imgae',
      'niimath/temporal-mean has no input imgae',
    ],
    [
      'a role without a source',
      { ...bold, steps: [{ ...mean, inputs: {} }] },
      'steps[0].inputs.image',
      'bound to nothing',
    ],
    [
      'an input',
      { ...bold, steps: [{ ...mean, inputs: { image: 'bodl' } }] },
      'steps[0].inputs.image',
      'bodl is no input of the pipeline',
    ],
    [
      'a fan-out',
      { ...bold, steps: [{ ...mean, for_each: 'bodl' }] },
      'steps[0].for_each',
      'bodl is no input of the pipeline',
    ],
    [
      'a missing fan-out',
      { ...bold, steps: [{ ...mean, for_each: undefined }] },
      'steps[0].for_each',
      'reads bold and runs once',
    ],
    [
      'an output',
      {
        ...bold,
        steps: [mean, { id: 'std', skill: 'niimath/temporal-std', inputs: { image: 'mean.maen' } }],
      },
      'steps[1].inputs.image',
      'has no output maen',
    ],
    [
      'a later step',
      {
        ...bold,
        steps: [
          { ...mean, inputs: { image: 'std.std' } },
          { id: 'std', skill: 'niimath/temporal-std', for_each: 'bold', inputs: { image: 'bold' } },
        ],
      },
      'steps[0].inputs.image',
      'std comes later',
    ],
    [
      'a kind',
      {
        ...bold,
        steps: [
          { id: 'q', skill: 'quality/measures-bold', for_each: 'bold', inputs: { image: 'bold' } },
          { id: 'std', skill: 'niimath/temporal-std', inputs: { image: 'q.measures' } },
        ],
      },
      'steps[1].inputs.image',
      'q.measures is json, image takes nifti',
    ],
    [
      'a parameter of the skill',
      { ...bold, steps: [{ ...mean, params: { sigma: 1 } }] },
      'steps[0].params.sigma',
      'has no parameter sigma',
    ],
    [
      'a parameter of the pipeline',
      {
        ...bold,
        steps: [
          {
            id: 's',
            skill: 'niimath/smooth',
            for_each: 'bold',
            inputs: { image: 'bold' },
            params: { sigma_mm: '$sigma' },
          },
        ],
      },
      'steps[0].params.sigma_mm',
      'the pipeline has no parameter sigma',
    ],
    [
      'a derivation',
      {
        ...bold,
        steps: [
          {
            id: 's',
            skill: 'niimath/smooth',
            for_each: 'bold',
            inputs: { image: 'bold' },
            params: { sigma_mm: { derive: 'sigma-of-fwhm', with: { fwhm_mm: 6 } } },
          },
        ],
      },
      'steps[0].params.sigma_mm',
      'there is no derivation sigma-of-fwhm',
    ],
    [
      'an argument of a derivation',
      {
        ...bold,
        steps: [
          {
            id: 's',
            skill: 'niimath/smooth',
            for_each: 'bold',
            inputs: { image: 'bold' },
            params: { sigma_mm: { derive: 'sigma-from-fwhm', with: { fwhm: 6 } } },
          },
        ],
      },
      'steps[0].params.sigma_mm',
      'sigma-from-fwhm takes no fwhm',
    ],
    [
      'a published output',
      { ...bold, steps: [{ ...mean, publish: { maen: {} } }] },
      'steps[0].publish.maen',
      'has no output maen',
    ],
    [
      'an entity',
      { ...bold, steps: [{ ...mean, publish: { mean: { dsec: 'x' } } }] },
      'steps[0].publish.mean.dsec',
      'dsec is no BIDS entity',
    ],
    [
      'a label',
      { ...bold, steps: [{ ...mean, publish: { mean: { desc: 'my mean' } } }] },
      'steps[0].publish.mean.desc',
      'my mean is no BIDS label',
    ],
    [
      'one path for all',
      { ...bold, steps: [{ ...mean, publish: { mean: { path: 'mean.nii.gz' } } }] },
      'steps[0].publish.mean',
      'every item would be published at one path',
    ],
    [
      'a path that leads out',
      {
        inputs: { d: { dataset: 'whole' } },
        steps: [
          {
            id: 'v',
            skill: 'bids/validate',
            inputs: { dataset: 'd' },
            publish: { report: { path: '../report.json' } },
          },
        ],
      },
      'steps[0].publish.report.path',
      'leads out of the dataset',
    ],
    [
      'a condition',
      { ...bold, steps: [{ ...mean, when: 'smooth' }] },
      'steps[0].when',
      'the pipeline has no parameter smooth',
    ],
    [
      'a fact',
      { ...bold, steps: [{ ...mean, when: 'fact:gradient' }] },
      'steps[0].when',
      'there is no fact gradient',
    ],
    [
      'a default out of range',
      {
        ...bold,
        parameters: { n: { type: 'number', default: 5, maximum: 4, description: 'x' } },
        steps: [{ ...mean, when: 'n' }],
      },
      'parameters.n.default',
      'the default is 5, above 4',
    ],
    [
      'a parameter nobody uses',
      { ...bold, parameters: { n: { type: 'number', description: 'x' } }, steps: [mean] },
      'parameters.n',
      'no step uses n',
    ],
    [
      'a query',
      { inputs: { bold: { query: { sufix: 'bold' } } }, steps: [mean] },
      'inputs.bold.query.sufix',
      'sufix is no BIDS entity',
    ],
    ['two steps of one name', { ...bold, steps: [mean, mean] }, 'steps[1].id', 'two steps are called mean'],
  ])('finds a wrong %s', async (_what, parts, field, message) => {
    const findings = checkPipeline(
      pipelineOf(JSON.parse(JSON.stringify(parts)) as Record<string, unknown>),
      (await world).skills,
      'x.yaml',
    );
    expect(findings.map(({ place }) => place?.field)).toContain(field);
    expect(findings.find(({ place }) => place?.field === field)?.message).toContain(message);
    expect(findings[0]?.place?.file).toBe('x.yaml');
  });
});
