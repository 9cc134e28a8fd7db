import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { broken, readDocument } from './read-document.js';
import { controlSchema, type Control, type ControlStep } from './task.js';

/** What a control is expected to score. */
export type ControlKind = 'oracle' | 'alternative' | 'mutant' | 'adversary';

/** A scripted agent with its steps in full: texts read, the base joined in. */
export interface ScriptedControl {
  readonly kind: ControlKind;
  /** `oracle`, or the name of its file. */
  readonly name: string;
  readonly about: string;
  readonly steps: readonly ScriptStep[];
  readonly provenance: Exclude<Control['provenance'], undefined>;
}

export type ScriptStep =
  | { readonly run: readonly string[]; readonly environment?: string | undefined; readonly fails: boolean }
  | { readonly write: string; readonly text: string };

/** Every scripted control of a task folder: the oracle first, then alternatives, mutants, adversaries by name. */
export async function loadControls(folder: string): Promise<ScriptedControl[]> {
  const found: ScriptedControl[] = [await loadControl(folder, 'solution/solve.yaml', 'oracle', 'oracle')];
  const folders: [string, ControlKind][] = [
    ['solution/alt', 'alternative'],
    ['controls/mutants', 'mutant'],
    ['controls/adversaries', 'adversary'],
  ];
  for (const [below, kind] of folders) {
    const path = join(folder, below);
    if (!existsSync(path)) continue;
    for (const file of (await readdir(path)).filter((name) => name.endsWith('.yaml')).sort())
      found.push(await loadControl(folder, `${below}/${file}`, kind, file.replace(/\.yaml$/, '')));
  }
  return found;
}

async function loadControl(
  folder: string,
  path: string,
  kind: ControlKind,
  name: string,
): Promise<ScriptedControl> {
  const file = join(folder, path);
  const control = await readDocument(file, controlSchema);
  const base =
    control.base === undefined
      ? undefined
      : await loadControl(folder, `solution/${control.base}.yaml`, kind, '');
  const changed = (base?.steps ?? []).map((step) => changedStep(step, control));
  for (const { from } of control.replace) {
    if (!(base?.steps ?? []).some((step) => textsOf(step).some((text) => text.includes(from))))
      throw broken(file, `${JSON.stringify(from)} stands nowhere in ${control.base ?? 'a base'}`, 'replace');
  }
  return {
    kind,
    name,
    about: control.about,
    steps: [
      ...(await Promise.all(control.before.map((step) => fullStep(step, file)))),
      ...changed,
      ...(await Promise.all(control.steps.map((step) => fullStep(step, file)))),
    ],
    provenance: control.provenance ?? base?.provenance ?? false,
  };
}

async function fullStep(step: ControlStep, file: string): Promise<ScriptStep> {
  if ('run' in step) return step;
  if ('text' in step) return step;
  return { write: step.write, text: await readFile(join(dirname(file), step.from), 'utf8') };
}

function changedStep(step: ScriptStep, { replace }: Control): ScriptStep {
  const change = (text: string): string =>
    replace.reduce((current, { from, to }) => current.replaceAll(from, to), text);
  if ('run' in step) return { ...step, run: step.run.map(change) };
  return { write: step.write, text: change(step.text) };
}

function textsOf(step: ScriptStep): readonly string[] {
  return 'run' in step ? step.run : [step.text];
}
