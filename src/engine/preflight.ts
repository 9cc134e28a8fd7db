import type { ErrorCode } from '../kernel/error-codes.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { Skill } from '../skills/skill.js';
import { gpuFindings } from './gpu.js';
import { licenseFindings } from './licenses.js';
import type { RunContext } from './session.js';

/**
 * What the skills of a stage lack on this machine, told before its first job starts: environments, licences, GPUs.
 * Throws one error for everything that is missing.
 */
export async function preflight(skills: Iterable<string>, context: RunContext): Promise<void> {
  const lacks: NeuroClawError[] = [];
  for (const id of new Set(skills)) lacks.push(...(await lacksOf(context.state.skillOf(id), context)));
  throwLacks(lacks);
}

/**
 * Licences that the stages of a run need: a file that is missing is told before the first job of the first stage, and
 * not after the last one. Of a stage that does not compile yet, the skills that it names are known.
 */
export async function preflightLicenses(skills: Iterable<string>, context: RunContext): Promise<void> {
  const lacks: NeuroClawError[] = [];
  for (const id of new Set(skills)) {
    const skill = context.state.skillOf(id);
    const found = await licenseFindings(skill, undefined, context.state.licenses, context.signal);
    lacks.push(...found.map(asError));
  }
  throwLacks(lacks);
}

async function lacksOf(skill: Skill, context: RunContext): Promise<NeuroClawError[]> {
  const { state, signal } = context;
  try {
    const environment = await state.environmentOf(skill);
    const found = [
      ...(await licenseFindings(skill, environment, state.licenses, signal)),
      ...(await gpuFindings(skill, environment, signal)),
    ];
    return found.map(asError);
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    // The file can be looked at without the environment.
    const found = await licenseFindings(skill, undefined, state.licenses, signal);
    return [error, ...found.map(asError)];
  }
}

function asError(finding: Finding): NeuroClawError {
  return new NeuroClawError(finding.code as ErrorCode, finding.message, {
    ...(finding.place === undefined ? {} : { place: finding.place }),
    ...(finding.expected === undefined ? {} : { expected: finding.expected }),
  });
}

function throwLacks(all: readonly NeuroClawError[]): void {
  // Several skills may lack the same: it is told once, with the first of them.
  const lacks = all.filter(
    ({ code, message }, at) => all.findIndex((one) => one.code === code && one.message === message) === at,
  );
  const [first] = lacks;
  if (first === undefined) return;
  if (lacks.length === 1) throw first;
  throw new NeuroClawError(first.code, lacks.map(({ message }) => message).join('; '), {
    findings: lacks.map(({ code, message, place, expected, hint }) => ({
      code,
      severity: 'error',
      message,
      ...(place === undefined ? {} : { place }),
      ...(expected === undefined ? {} : { expected }),
      suggestion: hint,
    })),
    hint: [...new Set(lacks.map(({ hint }) => hint))].join('; '),
  });
}
