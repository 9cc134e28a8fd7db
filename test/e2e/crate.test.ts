import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { crateValidator } from '../support/crate-validator.js';
import { hasTestData, testData } from '../support/data.js';
import { shortPlan } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

type Value = string | { '@id': string } | readonly { '@id': string }[];
type Entity = Record<string, Value> & { '@id': string };

function graphOf(crate: string): { graph: Entity[]; byId: (id: string) => Entity } {
  const text = readFileSync(join(crate, 'ro-crate-metadata.json'), 'utf8');
  const graph = (JSON.parse(text) as { '@graph': Entity[] })['@graph'];
  return {
    graph,
    byId: (id) => {
      const found = graph.find((entity) => entity['@id'] === id);
      if (found === undefined) throw new Error(`no ${id}`);
      return found;
    },
  };
}

function idsOf(value: Value | undefined): string[] {
  if (value === undefined || typeof value === 'string') return [];
  return ('@id' in value ? [value] : value).map((each) => each['@id']);
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describe.skipIf(!hasTestData)('a run as an RO-Crate', () => {
  it('validates, and holds what ran with digests and times', { timeout: 300_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'));
    const data = join(root, 'Jane Doe', 'bids');
    const run = 'sub-1/func/sub-1_task-objectviewing_run-01_bold.nii.gz';
    mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
    for (const name of ['dataset_description.json', 'task-objectviewing_bold.json', run])
      cpSync(testData('bids', 'haxby-slice', name), join(data, name));
    const out = join(root, 'out');
    expect((await runCli(['run', 'clean BOLD', '--data', data, '--out', out, '--yes'], env)).code).toBe(0);
    // The second run takes everything over: its crate tells when the first one made it.
    expect((await runCli(['run', 'clean BOLD', '--data', data, '--out', out, '--yes'], env)).code).toBe(0);
    const crate = join(root, 'crate');
    const license = 'https://spdx.org/licenses/CC-BY-SA-3.0';
    const exported = await runCli(
      ['export', 'crate', '--out', out, '--to', crate, '--license', license, '--json'],
      env,
    );
    expect([exported.code, JSON.parse(exported.stdout)]).toMatchObject([0, { findings: [] }]);

    const { graph, byId } = graphOf(crate);
    const actions = graph.filter((entity) => entity['@id'].startsWith('#job/'));
    expect(actions).toHaveLength(12);
    for (const action of actions) {
      expect(action['startTime']).toMatch(/^20\d\d-.*\+00:00$/);
      expect(String(action['endTime']) >= String(action['startTime'])).toBe(true);
      expect(action['actionStatus']).toBe('http://schema.org/CompletedActionStatus');
      expect(idsOf(action['result']).length).toBeGreaterThan(0);
    }
    const mean = byId('#job/clean/mean/sub-1_task-objectviewing_run-01_bold');
    expect(mean['description']).toContain(
      'niimath /in/image/sub-1_task-objectviewing_run-01_bold.nii.gz -Tmean',
    );
    // Its input is the file of the dataset, by content.
    expect(idsOf(mean['object']).map((id) => byId(id)['sha256'])).toContain(sha256(join(data, run)));
    const results = graph.filter((entity) => entity['@id'].startsWith('results/'));
    expect(results.length).toBeGreaterThan(5);
    for (const { '@id': id, sha256: digest } of results) expect(sha256(join(crate, id))).toBe(digest);
    // The chain from the raw file to a result is unbroken.
    const smooth = byId('#job/clean/smooth/sub-1_task-objectviewing_run-01_bold');
    const before = idsOf(smooth['object']).filter((id) => byId(id)['@type'] === 'File');
    const makers = actions.filter((action) => idsOf(action['result']).some((id) => before.includes(id)));
    expect(makers.map((action) => action['@id'])).toContain(
      '#job/clean/restore-mean/sub-1_task-objectviewing_run-01_bold',
    );
    expect(byId('#value/clean/high_pass_s')).toMatchObject({ value: '100', unitText: 's' });
    expect(byId('#tool/niimath/smooth')['softwareVersion']).toMatch(/^\d+\.\d+/);
    expect(byId('#environment/niimath')['identifier']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(byId('./')['license']).toEqual({ '@id': license });
    expect(existsSync(join(crate, 'reproduce.sh'))).toBe(true);
    expect(readFileSync(join(crate, 'references.bib'), 'utf8')).toContain('@article{');
    expect(JSON.stringify(graph)).not.toContain('Jane');

    const again = await runCli(['export', 'crate', '--out', out, '--to', crate], env);
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('is not empty')]);

    const validate = crateValidator();
    if (validate === undefined) return;
    expect(validate(crate)).toMatchObject({ passed: true });
    // The validator sees a crate that lacks what the profile asks for.
    const file = join(crate, 'ro-crate-metadata.json');
    const { step: _step, ...workflow } = byId('workflow/plan.json');
    const without = graph.map((entity) => (entity['@id'] === 'workflow/plan.json' ? workflow : entity));
    const document = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...document, '@graph': without }));
    expect(validate(crate)).toMatchObject({
      passed: false,
      said: expect.stringContaining('A HowToStep must be referred to from a ComputationalWorkflow') as string,
    });
  });

  it('validates for a run that failed, and says what failed', { timeout: 300_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'), labSettings);
    const data = join(root, 'data');
    const out = join(root, 'out');
    mkdirSync(join(data, 'sub-1', 'anat'), { recursive: true });
    writeFileSync(join(data, 'dataset_description.json'), '{"Name": "x", "BIDSVersion": "1.10.0"}');
    const count = 12 * 10 * 8;
    const affine = [
      [-2, 0, 0, 15],
      [0, 2, 0, -9],
      [0, 0, 3, -10],
      [0, 0, 0, 1],
    ] as const;
    const values = Array.from({ length: count }, (_, index) => index % 251);
    const image = { dims: [12, 10, 8], affine, datatype: 'float32' as const, data: values };
    for (const suffix of ['T1w', 'T2w'])
      await writeNifti(join(data, 'sub-1', 'anat', `sub-1_${suffix}.nii.gz`), image);
    const plan = join(root, 'plan.json');
    const stage = { id: 'copy', pipeline: 'lab/copy-image', data: { bids: data }, params: { count: 0 } };
    writeFileSync(plan, JSON.stringify({ ...shortPlan(data, out), stages: [stage] }));
    expect((await runCli(['run', plan, '--yes'], env)).code).toBe(11);
    const crate = join(root, 'crate');
    const exported = await runCli(['export', 'crate', '--out', out, '--to', crate, '--no-results'], env);
    expect(exported.code).toBe(0);
    const { graph } = graphOf(crate);
    expect(graph.some((entity) => entity['@id'].startsWith('results/'))).toBe(false);
    const [job] = graph.filter((entity) => entity['@id'].startsWith('#job/'));
    expect(job).toMatchObject({ actionStatus: 'http://schema.org/FailedActionStatus' });
    expect(job?.['error']).toBeTruthy();
    expect(existsSync(join(crate, 'reproduce.sh'))).toBe(false);
    const validate = crateValidator();
    if (validate !== undefined) expect(validate(crate)).toMatchObject({ passed: true });
  });
});
