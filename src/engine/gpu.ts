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

/** What a job is given. */
export interface GrantedGpus {
  /** Undefined: the job is started without one. */
  readonly devices?: GpuProbe['devices'];
  /** A GPU is there that a skill could use and that will not do, such as one with a driver that is too old. */
  readonly unused: boolean;
}

/**
 * The GPUs that a job is given: those of the environment for a skill that needs or can use one, none for the others and
 * where none is seen.
 */
export async function grantedGpus(
  skill: Skill,
  environment: OpenEnvironment,
  signal: AbortSignal,
): Promise<GrantedGpus> {
  const { gpu } = skill.contract.resources;
  if (gpu === 'none') return { unused: false };
  const seen = await environment.probeGpu?.(signal);
  // Nothing is known before the start: what needs one asks for it all the same, and the runtime refuses.
  if (gpu === 'required') return { devices: seen?.devices ?? [], unused: false };
  if (seen === undefined || seen.devices.length === 0) return { unused: false };
  return seen.findings.length > 0 ? { unused: true } : { devices: seen.devices, unused: false };
}
