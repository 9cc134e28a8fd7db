import { describe, expect, it } from 'vitest';
import { eventTypes, type EventInput, type TraceEvent } from '../../../src/kernel/events.js';
import { tellStory } from '../../../src/trace/story.js';

const key = 'ab12cd34ef56'.padEnd(64, '0');

function traceOf(inputs: readonly EventInput[]): TraceEvent[] {
  return inputs.map((input, index) => ({
    v: 1,
    seq: index + 1,
    ts: '2026-01-01T00:00:00.000Z',
    run: 'run-1',
    span: 'run-1',
    parent: '',
    actor: { kind: 'engine', id: 'engine' },
    prev: '',
    hash: '',
    ...input,
  }));
}

const story = (inputs: readonly EventInput[]): string[] =>
  tellStory(traceOf(inputs)).map((line) => `${'  '.repeat(line.depth)}${line.text}`);

const started: EventInput = {
  type: 'job.started',
  body: {
    job: 'clean/detrend/sub-01',
    key,
    argv: ['niimath', '/in/image/sub 01.nii', '-detrend', "/out/it's.nii.gz"],
    environment: { name: 'niimath', runtime: 'embedded', digest: key },
  },
};
const exited: EventInput = {
  type: 'job.exited',
  body: {
    job: 'clean/detrend/sub-01',
    exit: { reason: 'exited', status: 0, wall_s: 1.234, max_rss_mb: 310.4, degraded: ['gpu-unused'] },
  },
};

describe('the story of a run', () => {
  it('says who asked for what, what was planned and why, what ran, and how it ended', () => {
    expect(
      story([
        {
          type: 'run.planned',
          body: {
            plan: key,
            title: 'Clean the BOLD runs',
            request: 'clean my resting state',
            origin: {
              planner: 'rules',
              reasons: ['the dataset has BOLD runs'],
              alternatives: [{ what: 'functional/glm', why_not: 'no events file' }],
            },
          },
        },
        {
          type: 'run.started',
          actor: { kind: 'human', id: 'human' },
          body: { version: '0.1.0', platform: 'linux-x64', node: 'v20.20.2' },
        },
        {
          type: 'stage.compiled',
          body: { stage: 'clean', pipeline: { id: 'functional/clean', version: '1.0.0' }, jobs: 1 },
        },
        { type: 'run.approved', actor: { kind: 'human', id: 'kim' }, body: { stage: 'clean', jobs: 1 } },
        { type: 'job.staged', body: { job: 'clean/detrend/sub-01' } },
        started,
        exited,
        { type: 'job.verified', body: { job: 'clean/detrend/sub-01', ok: true, failed: [] } },
        {
          type: 'job.committed',
          body: {
            job: 'clean/detrend/sub-01',
            skill: 'niimath/detrend',
            key,
            outputs: [
              { id: 'image', path: 'x_bold.nii.gz', sha256: key, absent: false },
              { id: 'mask', path: 'mask.nii.gz', sha256: '', absent: true },
            ],
            degraded: ['gpu-unused'],
          },
        },
        {
          type: 'job.published',
          body: { job: 'clean/detrend/sub-01', paths: ['derivatives/x_bold.nii.gz'] },
        },
        { type: 'stage.finished', body: { stage: 'clean', seconds: 2.5 } },
        {
          type: 'run.finished',
          body: {
            outcome: 'finished',
            exit: 0,
            seconds: 7500,
            counts: { committed: 1, failed: 0 },
            error: null,
          },
        },
      ]),
    ).toEqual([
      'Run run-1: Clean the BOLD runs',
      '  asked for: “clean my resting state”',
      '  planned by rules, plan ab12cd34ef56',
      '    because the dataset has BOLD runs',
      '    not functional/glm: no events file',
      'Started by the human with NeuroClaw 0.1.0 on linux-x64, Node v20.20.2',
      'Stage clean: functional/clean 1.0.0, 1 job',
      '  human kim approved stage clean, 1 job',
      '  clean/detrend/sub-01: verified and committed after 1.23 s, 310 MB, key ab12cd34ef56, niimath/detrend',
      `    ran niimath '/in/image/sub 01.nii' -detrend '/out/it'\\''s.nii.gz' in niimath (embedded, ab12cd34ef56)`,
      '    made image: x_bold.nii.gz, sha256 ab12cd34ef56',
      '    made no mask, which is optional',
      '    degraded: gpu-unused',
      '    published derivatives/x_bold.nii.gz',
      'Stage clean finished after 2.50 s',
      'Finished after 2 h 05 min: 1 committed (exit 0)',
    ]);
  });

  it('shows a rejected job with its failed checks, and the failure of the run with what to do', () => {
    const failed = {
      code: 'nifti.finite',
      severity: 'error',
      message: '12 voxels are NaN',
      place: { file: 'x_bold.nii.gz' },
      expected: 'finite numbers',
    };
    const events = traceOf([
      started,
      exited,
      { type: 'job.verified', body: { job: 'clean/detrend/sub-01', ok: false, failed: [failed] } },
      {
        type: 'job.rejected',
        body: {
          job: 'clean/detrend/sub-01',
          code: 'job.verification',
          message: 'an output failed its checks',
          findings: [failed],
          stderr_tail: 'first\n\nlast words\n',
          folder: '.neuroclaw/failed/1',
        },
      },
      {
        type: 'run.finished',
        body: {
          outcome: 'failed',
          exit: 11,
          seconds: 20,
          counts: { rejected: 1 },
          error: { code: 'job.verification', message: 'an output failed', hint: 'see the failed checks' },
        },
      },
    ]);
    const lines = tellStory(events);
    expect(lines.map((line) => [line.level, line.text])).toEqual([
      [
        'error',
        'clean/detrend/sub-01: rejected after 1.23 s: an output failed its checks [job.verification]',
      ],
      ['info', expect.stringContaining('ran niimath') as string],
      ['error', 'nifti.finite: 12 voxels are NaN (x_bold.nii.gz); expected finite numbers'],
      ['info', 'it said: first'],
      ['info', 'it said: last words'],
      ['info', 'kept in .neuroclaw/failed/1'],
      ['error', 'Failed after 20 s: 1 rejected (exit 11)'],
      ['error', 'job.verification: an output failed'],
      ['info', 'what to do: see the failed checks'],
    ]);
  });

  it('tells every type of event, with any body, in lines that cannot draw on a terminal', () => {
    const bad = 'evil\u001b[2J\nname\u202e';
    for (const type of eventTypes) {
      expect(() => tellStory(traceOf([{ type, body: {} }]))).not.toThrow();
      const fields = ['job', 'reason', 'message', 'what', 'path', 'title', 'request', 'stage', 'key', 'code'];
      const body = Object.fromEntries(fields.map((field) => [field, bad]));
      for (const line of tellStory(traceOf([{ type, body: { ...body, files: [bad], paths: [bad] } }]))) {
        expect(line.text).not.toMatch(/[\p{Cc}\u202e]/u);
        expect(line.text).not.toContain('another version');
      }
    }
  });

  it('says so when an event is of a newer version', () => {
    expect(story([{ type: 'run.moved' as 'run.started', body: {} }])).toEqual([
      '  run.moved (of another version of NeuroClaw)',
    ]);
  });
});
