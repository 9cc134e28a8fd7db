import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Sandbox, StepRecord } from '../sandbox/sandbox.js';
import type { ScriptedControl } from '../task/controls.js';
import type { Task } from '../task/load-task.js';

const PROVENANCE = fileURLToPath(new URL('../../../neurobench/lib/provenance.py', import.meta.url));
const SCRIPT = 'code/provenance.py';
const CLAIMS = 'code/claims.json';

/**
 * Plays the steps of a scripted control in a sandbox, and writes the provenance of what it did as a careful agent
 * would. Throws task.invalid where a command ends otherwise than the script expects: the control is broken then.
 */
export async function playScript(
  control: ScriptedControl,
  task: Task,
  sandbox: Sandbox,
  steps: readonly StepRecord[],
): Promise<void> {
  const started = new Date().toISOString();
  for (const step of control.steps) {
    if ('write' in step) {
      await sandbox.write(step.write, step.text);
      continue;
    }
    const { exit, stderr } = await sandbox.run(step.run, step.environment);
    const ended = exit.reason === 'exited' && exit.exitCode === 0;
    if (ended === step.fails && exit.reason !== 'cancelled') {
      throw new NeuroClawError(
        'task.invalid',
        `${task.id}: ${control.kind} ${control.name}: \`${step.run.join(' ').slice(0, 200)}\` ended with ${exit.message ?? exit.reason} ${exit.exitCode ?? ''}: ${stderr.trim().slice(-600)}`,
        { place: { file: task.folder } },
      );
    }
  }
  if (control.provenance === false) return;
  const runs = steps.filter((step) => step.step === 'run');
  const claims = {
    GeneratedBy: [{ Name: control.provenance.name, Version: control.provenance.version }],
    commands: runs.map(({ argv, exit }) => ({ argv, exit_code: exit.exitCode ?? -1 })),
    environment: runs[0]?.environment.digest ?? '',
    seeds: control.provenance.seeds,
    threads: task.settings.threads,
    started,
    warnings: [],
    data_licences: control.provenance.licences,
  };
  await sandbox.write(SCRIPT, await readFile(PROVENANCE, 'utf8'));
  await sandbox.write(CLAIMS, `${JSON.stringify(claims, undefined, 1)}\n`);
  await sandbox.run(['python3', `{out}/${SCRIPT}`, '{in}', '{out}', `{out}/${CLAIMS}`]);
}
