import type { GpuProbe, OpenEnvironment } from '../environments/runtime.js';
import type { Finding } from '../kernel/findings.js';
import type { Skill } from '../skills/skill.js';

/**
 * Whether an environment shows a GPU to a skill that cannot do without one. Asked before the first job of a stage
 * starts. A skill that can also run on the CPU is not asked for: its jobs are marked where they did.
 *
 * @returns `preflight.gpu` findings that name the skill
 */
export async function gpuFindings(
  skill: Skill,
  environment: OpenEnvironment,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (skill.contract.resources.gpu !== 'required') return [];
  const { findings = [] } = (await environment.probeGpu?.(signal)) ?? {};
  return findings.map((finding) => ({ ...finding, place: { ...finding.place, skill: skill.id } }));
}

/**
 * The GPUs that a job is given: those of the environment for a skill that needs or can use one, none for the others and
 * where none is seen.
 */
export async function grantedGpus(
  skill: Skill,
  environment: OpenEnvironment,
  signal: AbortSignal,
): Promise<GpuProbe['devices'] | undefined> {
  const { gpu } = skill.contract.resources;
  if (gpu === 'none') return undefined;
  const seen = await environment.probeGpu?.(signal);
  // Nothing is known before the start: what needs one asks for it all the same, and the runtime refuses.
  if (seen === undefined || gpu === 'required') return gpu === 'required' ? (seen?.devices ?? []) : undefined;
  return seen.devices.length > 0 ? seen.devices : undefined;
}
