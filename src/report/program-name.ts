import type { SkillRecord } from '../engine/stage-record.js';
import type { EnvironmentIdentity } from '../environments/runtime.js';

const VERSION = /\d+\.\d+(?:\.\d+)*(?:[-+][A-Za-z0-9.]+)?|\b(?:19|20)\d{6}\b/;

/**
 * A program with its version, as methods texts say it: `dwidenoise of mrtrix3 3.0.3`, `niimath 1.0.1`, `nilearn 0.12.1`.
 * The version is what the identity of the environment says; without one the beginning of its digest stands for it.
 */
export function programName(skill: SkillRecord, environment: EnvironmentIdentity | undefined): string {
  const { program, family } = skill;
  // Our own modules have the version of the whole, which the text says once.
  if (program.startsWith('neuroclaw-')) return 'NeuroClaw';
  const script = program === 'python3';
  const label = script ? family : program;
  const version = programVersion(skill, environment);
  const home = script || environment === undefined || environment.name === program ? '' : environment.name;
  const place = home === '' ? label : `${label} of ${home}`;
  if (version !== undefined) return `${place} ${version}`;
  return environment === undefined
    ? place
    : `${place} (environment ${environment.name}, digest ${environment.digest.slice(0, 12)})`;
}

/** Version of a program as the identity of its environment says it; undefined where it says none. */
export function programVersion(
  { program, family }: SkillRecord,
  environment: EnvironmentIdentity | undefined,
): string | undefined {
  return program === 'python3'
    ? packageVersion(family, environment)
    : versionOf([program, family], environment);
}

/** A package that a smoke test named with its version (`nilearn 0.14.1`): that of the interpreter is another. */
function packageVersion(name: string, environment: EnvironmentIdentity | undefined): string | undefined {
  const said = Object.values(environment?.details ?? {}).find((text) => text.startsWith(`${name} `));
  return VERSION.exec(said ?? '')?.[0];
}

/** Details hold packages by name (`@niivue/niimath`) and what commands printed (`mrinfo -version`). */
function versionOf(
  names: readonly string[],
  environment: EnvironmentIdentity | undefined,
): string | undefined {
  const details = Object.entries(environment?.details ?? {});
  for (const name of names) {
    const own = details.find(
      ([key]) => key === name || key.endsWith(`/${name}`) || key.startsWith(`${name} `),
    );
    const version = VERSION.exec(own?.[1] ?? '')?.[0];
    if (version !== undefined) return version;
  }
  // What one command of a package prints is the version of the whole: MRtrix3, ANTs.
  const commands = details.filter(([key]) => /^\S+ -{1,2}v/.test(key));
  return commands.map(([, text]) => VERSION.exec(text)?.[0]).find((version) => version !== undefined);
}
