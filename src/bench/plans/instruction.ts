import type { Task } from '../task/load-task.js';
import type { PlanChecks } from './document.js';

/** What an agent is told of a task of track P: the task in its own words, then the rules of all such tasks. */
export function planInstruction(task: Task, { products }: PlanChecks): string {
  const inputs = task.inputs.map(({ path, about }) => `- in/${path}: ${about}`);
  return [
    task.instruction.trim(),
    `Inputs, which are described and not there:\n${inputs.join('\n')}`,
    `What your commands would have made in the end:\n${products.map((path) => `- out/${path}`).join('\n')}`,
    `Rules:
- Nothing is executed. Leave out/commands.json and nothing else: {"commands": [{"argv": ["program", "argument", ...], "reads": ["in/..."], "writes": ["out/..."]}, ...]}, in the order in which they would run.
- argv is a program of FSL, FreeSurfer, MRtrix3 or a BIDS App with its arguments, paths relative: in/ for inputs, out/ for what is kept, scratch/ for what is not. No shell, no variables, no patterns.
- reads names every file or folder that the command reads; writes what it makes of what is asked for or needed later.
- Each command line is compared with the one that the product's skills describe (\`neuroclaw skills show fsl/bet\`): options by the names there, and words that it always has (\`bet … -m\`) must be there.`,
  ].join('\n\n');
}
