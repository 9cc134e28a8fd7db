import type { TrialResult } from '../../src/bench/result.js';

/** A resolved trial of the rule planner; tests change what they are about. */
export function makeTrial(changes: Partial<TrialResult> = {}): TrialResult {
  const status = changes.status ?? 'resolved';
  const resolved = status === 'resolved';
  const error = status === 'infra_error' || status === 'verifier_error';
  return {
    schema: 'neurobench/result@2',
    task: 'dwi.dti-fit.b15',
    task_version: '1.0.0',
    family: 'dwi',
    track: 'A',
    capabilities: ['masking'],
    trial: 1,
    arm: 'skills',
    provider: 'rules',
    model: null,
    control: null,
    status,
    scores: error ? null : { E: 1, A: resolved ? 1 : 0.5, R: 1, total: resolved ? 100 : 0 },
    checks: [
      { id: 'fa', class: 'science', ok: resolved, value: 0.004, threshold: 0.03, evidence: 'out/FA.nii.gz' },
    ],
    failure_class: resolved ? null : 'wrong-science',
    integrity: {
      events_complete: true,
      hash_chain_ok: true,
      canary_seen: false,
      reads_of_forbidden_paths: 0,
      network_attempts: 0,
    },
    usage: {
      input_tokens: 0,
      cached_tokens: 0,
      output_tokens: 0,
      reasoning_tokens: 0,
      usd: 0,
      usd_source: 'no-model',
      tool_calls: 3,
      llm_calls: 0,
      wall_s: 12.5,
      cpu_s: 11,
      max_rss_mb: 300,
    },
    replay: { mode: 'exact', same: ['out/FA.nii.gz'], diff: [] },
    verifier: { version: '1', seconds: 0.4 },
    security: null,
    hashes: { trace: 'a'.repeat(64) },
    ...changes,
  };
}
