import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { NeuroClawError } from '../kernel/errors.js';
import type { Environment } from './environment.js';

/** One thing that an installer does: starts a program, or writes a short file into its working folder. */
export type InstallStep =
  | { readonly argv: readonly string[]; readonly about: string }
  | { readonly write: string; readonly text: string; readonly about: string };

/** What `env install` does on this machine, before anything is done. */
export interface InstallPlan {
  readonly environment: string;
  /** Page of the makers that advises these commands. */
  readonly source: string;
  readonly steps: readonly InstallStep[];
  /** Folders that the programs end up in, beside those of PATH. */
  readonly path: readonly string[];
  /** Variables that the programs need. */
  readonly env: Readonly<Record<string, string>>;
  readonly smoke: Environment['smoke'];
  /** Conditions of use that must be accepted first. */
  readonly terms: Environment['terms'];
  /** What a person does afterwards. */
  readonly after: string | undefined;
  /** It ends with locking it as a Python environment, which tries its packages. */
  readonly locks: boolean;
}

/** What is known of a machine that commands depend on. */
export interface MachineFacts {
  readonly home: string;
  /** Downloads go there. */
  readonly work: string;
  readonly user: string;
  readonly root: boolean;
  /** `ID`, `VERSION_CODENAME` of os-release; empty where there is none. */
  readonly distribution: string;
  readonly codename: string;
  /** As Debian calls it: amd64, arm64. */
  readonly arch: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Reads what installers depend on. @param work folder for downloads */
export async function machineFacts(work: string, osRelease = '/etc/os-release'): Promise<MachineFacts> {
  const text = await readFile(osRelease, 'utf8').catch(() => '');
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const { username, uid } = userInfo();
  return {
    home: homedir(),
    work,
    user: username,
    root: uid === 0,
    distribution: field('ID'),
    codename: field('VERSION_CODENAME'),
    arch: ARCHITECTURES[process.arch] ?? process.arch,
  };
}

/**
 * The commands that install the tools of an environment here, as its makers advise: `sudo` where they ask for it and
 * the person is not root. Throws `preflight.installer` for an environment without an installer, or another system.
 */
export function installPlan(environment: Environment, facts: MachineFacts): InstallPlan {
  const { name, install } = environment;
  if (install === undefined)
    throw new NeuroClawError('preflight.installer', `environment ${name} has no installer`, {
      expected: 'an environment with `install`: see `neuroclaw env list`',
      hint:
        environment.runtimes.docker === undefined
          ? 'nothing of it is installed by hand'
          : `\`neuroclaw env lock ${name}\` gives you its tools in a container`,
    });
  if (!install.systems.includes(facts.distribution))
    throw new NeuroClawError(
      'preflight.installer',
      `the installer of ${name} is not for this system (${facts.distribution || 'unknown'})`,
      {
        expected: install.systems.join(' or '),
        hint: `install it by hand: ${install.source}`,
      },
    );
  const fill = (text: string): string =>
    text.replace(/\{(home|work|user|distribution|codename|arch)\}/g, (_, word: keyof MachineFacts) =>
      String(facts[word]),
    );
  const steps = install.steps.map((step): InstallStep => {
    if ('write' in step) return { write: fill(step.write), text: fill(step.text), about: fill(step.about) };
    const argv = step.argv.map(fill);
    return { argv: step.sudo && !facts.root ? ['sudo', ...argv] : argv, about: fill(step.about) };
  });
  return {
    environment: name,
    source: install.source,
    steps,
    path: install.path.map(fill),
    env: Object.fromEntries(Object.entries(install.env).map(([key, value]) => [key, fill(value)])),
    smoke: environment.runtimes.venv === undefined ? environment.smoke : [],
    terms: environment.terms,
    after: install.after === undefined ? undefined : fill(install.after),
    locks: environment.runtimes.venv !== undefined,
  };
}
