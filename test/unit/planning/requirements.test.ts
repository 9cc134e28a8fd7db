import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { compile, messages, pipelineOf, writeDataset } from './support.js';

const RUN = 'sub-01/func/sub-01_task-x_bold';

async function judged(
  requires: readonly Record<string, unknown>[],
  files: Record<string, unknown>,
  more: { params?: object; steps?: object; suffix?: string } = {},
) {
  const root = writeDataset(temporaryFolder(), files as never);
  const pipeline = pipelineOf({
    inputs: { image: { query: { suffix: more.suffix ?? 'bold', extension: '.nii' }, requires } },
    parameters: {
      correct: { type: 'boolean', default: true, description: 'x' },
      ...(requires.some(({ when }) => when !== undefined)
        ? {}
        : { used: { type: 'string', description: 'x' } }),
    },
    steps: [
      {
        id: 'work',
        skill: 'niimath/temporal-mean',
        for_each: 'image',
        inputs: { image: 'image' },
        when: 'correct',
        ...more.steps,
      },
    ],
  });
  delete (pipeline.parameters as Record<string, unknown>)['used'];
  return compile({ pipeline, data: { bids: root }, params: more.params ?? {} });
}

describe('slice timing that was asked for', () => {
  const asked = [{ check: 'slice-timing', when: 'correct' }];
  const sidecar = (timing: unknown): Record<string, unknown> => ({
    [`${RUN}.nii`]: { volumes: 10, tr: null },
    [`${RUN}.json`]: JSON.stringify({
      RepetitionTime: 2,
      ...(timing === undefined ? {} : { SliceTiming: timing }),
    }),
  });

  it.each([
    ['missing', undefined, /SliceTiming is missing in the sidecar$/],
    ['of another number of slices', [0, 1, 0.5], /SliceTiming has 3 times, the image 2 slices$/],
    ['in milliseconds', [0, 1000], /SliceTiming reaches 1000, the repetition time is 2 s$/],
    ['no list', 'ascending', /SliceTiming is no list of times$/],
  ])('is refused where it is %s', async (_what, timing, message) => {
    const stage = await judged(asked, sidecar(timing));
    expect(messages(stage)[0]).toMatch(message);
    expect(stage.findings[0]).toMatchObject({
      severity: 'error',
      place: { file: `${RUN}.nii`, field: 'SliceTiming' },
      suggestion: '--set correct=false to do without',
    });
  });

  it('is taken where it is sound, and not asked for where the correction is off', async () => {
    expect(messages(await judged(asked, sidecar([0, 1])))).toEqual([]);
    const off = await judged(asked, sidecar(undefined), { params: { correct: false } });
    expect(messages(off).join()).not.toContain('SliceTiming');
  });
});

describe('distortion correction that was asked for', () => {
  const asked = [{ check: 'reversed-phase-encoding', when: 'correct' }];
  const image = (path: string, sidecar: object): Record<string, unknown> => ({
    [`${path}.nii`]: { volumes: 10, tr: null },
    [`${path}.json`]: JSON.stringify({ RepetitionTime: 2, ...sidecar }),
  });
  const own = image(RUN, { PhaseEncodingDirection: 'j' });
  const fieldmap = 'sub-01/fmap/sub-01_dir-PA_epi';

  it('is refused without an image of the opposite direction', async () => {
    const alone = await judged(asked, own);
    expect(messages(alone)[0]).toBe(
      `error the distortion of ${RUN}.nii cannot be corrected: no image of the opposite phase encoding`,
    );
    expect(alone.findings[0]?.expected).toMatch(/^an image with PhaseEncodingDirection j- /);
    const same = await judged(asked, {
      ...own,
      ...image(fieldmap, { PhaseEncodingDirection: 'j', IntendedFor: 'func/sub-01_task-x_bold.nii' }),
    });
    expect(messages(same)[0]).toMatch(/no image of the opposite phase encoding$/);
  });

  it('is refused where no direction is known, or nothing links the field map', async () => {
    const unknown = await judged(asked, image(RUN, {}));
    expect(messages(unknown)[0]).toMatch(/PhaseEncodingDirection is missing in its sidecar$/);
    const unlinked = await judged(asked, { ...own, ...image(fieldmap, { PhaseEncodingDirection: 'j-' }) });
    expect(messages(unlinked)[0]).toMatch(/nothing says that sub-01\/fmap\/sub-01_dir-PA_epi.nii is for it$/);
    expect(unlinked.findings[0]?.place?.field).toBe('IntendedFor');
  });

  it('goes on with a linked field map', async () => {
    const linked = await judged(asked, {
      ...own,
      ...image(fieldmap, { PhaseEncodingDirection: 'j-', IntendedFor: 'func/sub-01_task-x_bold.nii' }),
    });
    expect(messages(linked)).toEqual([]);
  });
});

describe('several shells that were asked for', () => {
  const asked = [{ check: 'multi-shell', when: 'correct' }];
  const dwi = (bvals: string): Record<string, unknown> => ({
    'sub-01/dwi/sub-01_dwi.nii': { volumes: 4, headerTr: 5 },
    'sub-01/dwi/sub-01_dwi.bval': bvals,
    'sub-01/dwi/sub-01_dwi.bvec': '1 1 1 1\n0 0 0 0\n0 0 0 0\n',
  });
  it('are refused where there is one', async () => {
    const one = await judged(asked, dwi('0 1000 1005 995'), { suffix: 'dwi' });
    expect(messages(one)[0]).toBe(
      'error sub-01/dwi/sub-01_dwi.nii has one shell above b=0, and several were asked for',
    );
    expect(messages(await judged(asked, dwi('0 1000 2000 3000'), { suffix: 'dwi' }))).toEqual([]);
  });
});

describe('events against the run that they are of', () => {
  const events = (rows: string): Record<string, unknown> => ({
    [`${RUN}.nii`]: { volumes: 10, headerTr: 2 },
    [`${RUN.replace('_bold', '_events')}.tsv`]: `onset\tduration\ttrial_type\n${rows}`,
  });
  const steps = {
    skill: 'quality/measures-bold',
    inputs: { image: 'image' },
  };
  async function withEvents(rows: string) {
    const root = writeDataset(temporaryFolder(), events(rows) as never);
    const pipeline = pipelineOf({
      inputs: { image: { query: { suffix: 'bold', extension: '.nii' } } },
      steps: [
        { id: 'work', for_each: 'image', ...steps },
        {
          id: 'edit',
          skill: 'lab/none',
          for_each: 'image',
          inputs: { events: { companion: 'events', of: 'image' } },
        },
      ],
    });
    const { checkEvents } = await import('../../../src/planning/compile/check-images.js');
    const { FindingList } = await import('../../../src/planning/compile/finding-list.js');
    const { ImageFacts } = await import('../../../src/planning/compile/image-facts.js');
    const { InputLooks } = await import('../../../src/planning/check-inputs.js');
    const { indexDataset } = await import('../../../src/bids/index-dataset.js');
    const { readsEvents } = await import('../../../src/planning/compile/requirements.js');
    expect([readsEvents(pipeline, 'image'), readsEvents(pipeline, 'other')]).toEqual([true, false]);
    const dataset = await indexDataset(root);
    const run = dataset.files.find(({ path }) => path.endsWith('_bold.nii'));
    if (run === undefined) throw new Error('no run');
    const findings = new FindingList();
    const images = new ImageFacts(dataset, new InputLooks(), findings);
    await images.readHeaders([
      { key: 'x', entities: {}, name: run, files: [], facts: new Set(), additions: {}, source: run },
    ]);
    await checkEvents(dataset, run, images, findings);
    return findings.all();
  }

  it('are refused after its end, with milliseconds recognised', async () => {
    const late = await withEvents('1\t2\tface\n25\t2\thouse\n');
    expect(late[0]).toMatchObject({
      severity: 'error',
      message: '1 of 2 events begin after the run is over, the first at 25 s',
    });
    expect(late[0]?.expected).toMatch(/^onsets from 0 to 20 s: .* has 10 volumes of 2 s$/);
    const milliseconds = await withEvents('1000\t2000\tface\n9000\t2000\thouse\n');
    expect(milliseconds[0]?.suggestion).toMatch(/these may be milliseconds$/);
  });

  it('are told where they begin before it or end after it, and pass where they fit', async () => {
    expect((await withEvents('-3\t2\tface\n1\t2\thouse\n'))[0]).toMatchObject({ severity: 'warning' });
    expect((await withEvents('18\t9\tface\n'))[0]?.message).toBe('1 of 1 events end after the run is over');
    expect(await withEvents('0\t2\tface\n18\t2\thouse\n')).toEqual([]);
  });
});
