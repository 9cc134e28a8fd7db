import { licenseFileProblems } from '../environments/license-file.js';
import type { OpenEnvironment } from '../environments/runtime.js';
import type { Finding } from '../kernel/findings.js';
import type { Skill } from '../skills/skill.js';

/** Absolute paths of the licence files of this person, by the names that contracts use. */
export interface LicenseFiles {
  readonly freesurfer?: string;
}

/** The file that a skill needs; undefined: it needs none, or none is configured. */
export function licenseOf(skill: Skill, files: LicenseFiles): string | undefined {
  return skill.contract.license === 'freesurfer' ? files.freesurfer : undefined;
}

/**
 * Whether the licence file that a skill needs can be read where its tool will read it. Asked before the first job of a
 * stage starts; nothing of the file's text is kept.
 *
 * @param environment undefined: the file is looked at as this process sees it
 * @returns `preflight.license` findings that name the skill
 */
export async function licenseFindings(
  skill: Skill,
  environment: OpenEnvironment | undefined,
  files: LicenseFiles,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (skill.contract.license !== 'freesurfer') return [];
  const license = { tool: 'FreeSurfer', file: files.freesurfer };
  const found = (await environment?.checkLicense?.(license, signal)) ?? (await licenseFileProblems(license));
  return found.map((finding) => ({ ...finding, place: { ...finding.place, skill: skill.id } }));
}
