import { activateInputs } from '../../skills/boutiques/active-inputs.js';
import { outputPaths } from '../../skills/boutiques/output-paths.js';
import type { JsonValue } from '../../kernel/json.js';
import type { ReadCommand } from './read-command.js';

export interface PredictedOutput {
  /** `fsl/bet/mask` */
  readonly id: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Files that a command would leave, from the output templates of its skill: `/out/brain_mask.nii.gz` of a line with
 * `/out/brain.nii.gz` is `out/t1_mask.nii.gz` where the command names `out/t1.nii.gz`. An output whose option the
 * command does not have is not made.
 */
export function predictOutputs({ skill, values, fixed }: ReadCommand): PredictedOutput[] {
  const defaults: Record<string, JsonValue> = {};
  for (const input of skill.descriptor.inputs) {
    const value = skill.contract.params[input.id]?.default ?? input['default-value'];
    if (value !== undefined && value !== null) defaults[input.id] = value;
  }
  const all = activateInputs(skill.descriptor, values, defaults).values;
  const templates = outputPaths(skill.descriptor, all);
  return Object.entries(skill.contract.outputs).flatMap(([id, { kind }]) => {
    const template = templates[id];
    const path = template === undefined ? undefined : actualPath(template, fixed);
    return path === undefined ? [] : [{ id: `${skill.id}/${id}`, path, isFolder: kind === 'folder' }];
  });
}

function actualPath(template: string, fixed: ReadonlyMap<string, string>): string | undefined {
  const named = [...fixed].sort(([a], [b]) => b.length - a.length);
  for (const [line, given] of named) {
    if (
      line === template ||
      (line.includes('[') && line.startsWith('/out/') && extension(line) === extension(template))
    )
      return template.endsWith('.nii.gz') && extension(given) === '' ? `${given}.nii.gz` : given;
    if (template.startsWith(stem(line))) return stem(given) + template.slice(stem(line).length);
    // The line names a file inside the folder that is the output.
    if (line.startsWith(`${template}/`)) {
      const depth = line.slice(template.length + 1).split('/').length;
      return given.split('/').slice(0, -depth).join('/');
    }
  }
  const subjects = fixed.get('/scratch/subjects');
  if (subjects !== undefined) return `${subjects}/${template.replace(/^\/out\//, '')}`;
  const subject = fixed.get('/scratch/subject');
  return subject === undefined ? undefined : `${subject}.${template.replace(/^\/out\//, '')}`;
}

function stem(path: string): string {
  return path.replace(/\.nii(?:\.gz)?$/, '');
}

function extension(path: string): string {
  return /(?:\.nii\.gz|\.[A-Za-z0-9]+)$/.exec(path.split('/').at(-1) ?? '')?.[0] ?? '';
}
