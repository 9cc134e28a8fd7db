import { describe, expect, it } from 'vitest';
import { scoreProvenance, type ProvenanceTruth } from '../../../src/bench/score/provenance.js';

const digest = 'a'.repeat(64);
const truth: ProvenanceTruth = {
  steps: [
    {
      step: 'run',
      argv: ['dwi2tensor', '/in/dwi.mif', '/out/t.mif'],
      template: ['dwi2tensor', '{in}/dwi.mif', '{out}/t.mif'],
      environment: { name: 'mrtrix3', digest },
      started: '2026-01-01T00:00:00Z',
      exit: { reason: 'exited', exitCode: 0, wallS: 1 },
      changed: [],
    },
  ],
  inputs: new Map([['dwi.mif', 'b'.repeat(64)]]),
  files: new Map([['t.mif', { bytes: 1, sha256: 'c'.repeat(64) }]]),
  required: ['t.mif'],
  threads: 1,
};
const claims = {
  schema: 'neurobench/provenance@1',
  GeneratedBy: [{ Name: 'MRtrix3', Version: '3.0.3' }],
  commands: [{ argv: ['dwi2tensor', '/in/dwi.mif', '/out/t.mif'], exit_code: 0 }],
  inputs: [{ path: 'in/dwi.mif', sha256: 'b'.repeat(64) }],
  outputs: [{ path: '/out/t.mif', sha256: 'c'.repeat(64) }],
  environment: { digest, os: 'Linux', arch: 'x86_64' },
  seeds: {},
  threads: 1,
  started: '2026-01-01T00:00:00Z',
  ended: '2026-01-01T00:00:01+00:00',
  warnings: [],
  data_licences: ['CC0'],
};
const scored = (change: object): ReturnType<typeof scoreProvenance> =>
  scoreProvenance(JSON.stringify({ ...claims, ...change }), truth);

describe('the provenance that an agent claims', () => {
  it('is complete and true', () => {
    expect(scored({})).toEqual({ score: 1, missing: [], lies: [] });
  });

  it('costs a twelfth for a field that is missing or broken', () => {
    expect(scored({ seeds: undefined })).toEqual({ score: 11 / 12, missing: ['seeds'], lies: [] });
    expect(scored({ started: 'yesterday' })).toEqual({ score: 11 / 12, missing: ['started'], lies: [] });
  });

  it('must name every required output', () => {
    expect(scored({ outputs: [{ path: 'x', sha256: 'c'.repeat(64) }] }).score).toBe(0);
  });

  it.each([
    ['a command that never ran', { commands: [{ argv: ['dwidenoise', 'x'], exit_code: 0 }] }],
    ['another exit status', { commands: [{ ...claims.commands[0], exit_code: 1 }] }],
    ['another digest of an input', { inputs: [{ path: 'dwi.mif', sha256: 'd'.repeat(64) }] }],
    ['another digest of an output', { outputs: [{ path: 't.mif', sha256: 'd'.repeat(64) }] }],
    ['another environment', { environment: { ...claims.environment, digest: 'e'.repeat(64) } }],
    ['more threads than it had', { threads: 8 }],
  ])('is worth nothing with %s', (_, change) => {
    const { score, lies } = scored(change);
    expect(score).toBe(0);
    expect(lies).toHaveLength(1);
  });

  it.each([undefined, '', 'not JSON', '[]'])('is worth nothing as %j', (text) => {
    expect(scoreProvenance(text, truth).score).toBe(0);
  });
});
