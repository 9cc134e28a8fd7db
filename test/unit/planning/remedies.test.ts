import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/kernel/error-codes.js';
import { errorCodes } from '../../../src/kernel/error-codes.js';
import type { Plan } from '../../../src/planning/plan.js';
import { remedyFor, type FailureEvidence } from '../../../src/planning/repair/remedies.js';
import { repairPlan } from '../../../src/planning/repair/repair-plan.js';
import { MAX_ROUNDS } from '../../../src/planning/repair/rounds.js';

function failure(code: ErrorCode, message: string, more: Partial<FailureEvidence> = {}): FailureEvidence {
  const { class: errorClass } = errorCodes[code];
  return { stage: 's', code, class: errorClass, message, checks: [], text: '', ...more };
}

describe('the table of known failures', () => {
  // What the programs and the product itself say.
  it.each<[string, FailureEvidence, string]>([
    [
      'a FreeSurfer licence that is not configured',
      failure('preflight.license', 'no FreeSurfer licence is configured'),
      'licence',
    ],
    [
      'FreeSurfer without its licence',
      failure('job.tool', 'the tool exited with status 1', {
        skill: 'freesurfer/recon-all',
        text: 'ERROR: FreeSurfer license file /opt/freesurfer/license.txt not found.',
      }),
      'licence',
    ],
    [
      'a container killed for memory',
      failure('job.oom', 'the tool used more memory than it was given'),
      'memory',
    ],
    [
      'MRtrix3 without memory',
      failure('job.tool', 'the tool exited with status 1', { text: 'terminate called: std::bad_alloc' }),
      'memory',
    ],
    [
      'numpy without memory',
      failure('job.tool', 'the tool exited with status 1', {
        text: 'numpy._core._exceptions._ArrayMemoryError: Unable to allocate 37.3 GiB for an array',
      }),
      'memory',
    ],
    ['a tool that hangs', failure('job.timeout', 'the tool did not finish within 3600 s'), 'time'],
    ['a full disk', failure('job.disk', 'the disk of the output folder is full'), 'disk'],
    ['no GPU', failure('preflight.gpu', 'a GPU was asked for and the container engine offers none'), 'gpu'],
    [
      'PyTorch without a GPU',
      failure('job.tool', 'x', { text: 'RuntimeError: No CUDA GPUs are available; CUDA error: no device' }),
      'gpu',
    ],
    [
      'a table of gradients that does not fit',
      failure('job.verification', 'dwi: 40 directions, 42 volumes', { checks: ['gradients.count'] }),
      'gradient-count',
    ],
    ['no b=0 volume', failure('job.verification', 'no b=0 volume', { checks: ['gradients.b0'] }), 'no-b0'],
    [
      'a repetition time that is missing',
      failure('plan.cannot', 'RepetitionTime is missing in the sidecar'),
      'repetition-time',
    ],
    [
      'no field map',
      failure(
        'plan.cannot',
        'the distortion of sub-01/dwi/sub-01_dwi.nii.gz cannot be corrected: nothing says that fmap/x is for it',
      ),
      'field-map',
    ],
    [
      'an oblique image',
      failure('job.tool', 'x', { text: '** AFNI: image is oblique, and must be deobliqued first' }),
      'oblique',
    ],
    [
      'a defect of topology',
      failure('job.tool', 'the tool exited with status 1', {
        text: 'CORRECTING DEFECT 38 (vertices=188655, convex hull=16433, v0=177560)\nSegmentation fault (core dumped)\nrecon-all -s sub-005 exited with ERRORS',
      }),
      'topology',
    ],
    ['a file that is cut', failure('plan.cannot', 'x.nii.gz: its gzip stream ends early'), 'damaged-file'],
    [
      'an environment that is not locked',
      failure('preflight.image', 'environment ants is not locked'),
      'environment',
    ],
    ['anything else that a tool says', failure('job.tool', 'the tool exited with status 3'), 'tool'],
  ])('knows %s', (_what, evidence, id) => {
    expect(remedyFor(evidence)?.id).toBe(id);
  });

  it('knows nothing of a plan that cannot be, and does not guess', () => {
    expect(remedyFor(failure('plan.cannot', 'stage clean has nothing to do'))).toBeUndefined();
    // A small defect is mended by FreeSurfer every time: it is no reason.
    const usual = failure('job.tool', 'x', {
      text: 'CORRECTING DEFECT 3 (vertices=24, convex hull=24, v0=1)',
    });
    expect(remedyFor(usual)?.id).toBe('tool');
  });
});

describe('a repaired plan', () => {
  const plan: Plan = {
    schema: 'neuroclaw/plan@1',
    title: 't',
    request: '',
    out: '/out',
    origin: { planner: 'rules', version: '1', reasons: ['because'], alternatives: [] },
    stages: [
      {
        id: 'a',
        pipeline: 'x/y',
        data: { bids: '/d' },
        select: {},
        params: { p: 1 },
        inputs: {},
        providers: {},
      },
    ],
  };

  it('holds the changes, and says what it comes from', () => {
    const changes = [
      { change: 'exclude', stage: 'a', participant: '02', reason: 'moved' },
      { change: 'resources', stage: 'a', step: 'fit', memory_mb: 4096 },
      { change: 'resources', stage: 'a', step: 'fit', walltime_s: 60 },
      { change: 'parameter', stage: 'a', parameter: 'q', value: false },
      { change: 'provider', stage: 'a', capability: 'brain-extraction', skill: 'ants/brain-extraction' },
      { change: 'parameter', stage: 'other', parameter: 'q', value: true },
    ] as const;
    const repaired = repairPlan(plan, { run: 'run-1', job: 'a/fit/sub-02', code: 'job.oom' }, changes);
    expect(repaired.stages[0]).toMatchObject({
      params: { p: 1, q: false },
      providers: { 'brain-extraction': 'ants/brain-extraction' },
      exclude: [{ participant: '02', reason: 'moved' }],
      resources: { fit: { memory_mb: 4096, walltime_s: 60 } },
    });
    expect(repaired.origin).toMatchObject({
      planner: 'rules',
      reasons: ['because'],
      repairs: [
        {
          run: 'run-1',
          job: 'a/fit/sub-02',
          code: 'job.oom',
          proposed_by: 'the table of known failures',
          change: expect.arrayContaining(['leave out sub-02 of stage a: moved']) as string[],
          changes: changes.map((change) => ({ ...change })),
        },
      ],
    });
    // The plan that it comes from is as it was.
    expect(plan.stages[0]?.params).toEqual({ p: 1 });
  });

  it('is made at most three times', () => {
    let current = plan;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      current = repairPlan(
        current,
        { run: `run-${round}`, code: 'job.tool', approvedBy: `human ${round}` },
        [],
      );
      expect(current.origin.repairs).toHaveLength(round);
    }
    // Who approved a round is known when the next one begins.
    expect(current.origin.repairs?.map((round) => round.approved_by)).toEqual([
      'human 2',
      'human 3',
      undefined,
    ]);
    expect(() => repairPlan(current, { run: 'run-4', code: 'job.tool' }, [])).toThrow(
      'was repaired 3 times already',
    );
  });
});
