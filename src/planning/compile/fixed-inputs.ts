import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorFinding } from '../../kernel/findings.js';
import type { PipelineInput } from '../pipeline.js';
import type { FindingList } from './finding-list.js';
import type { Located } from './located.js';
import type { StageContext } from './stage-data.js';
import type { Missing } from './step-inputs.js';

/**
 * Inputs that are one file for the whole stage, by name: those that the person gives, and files at a fixed place of the
 * dataset. What is needed and not there is an error that says how to give it.
 */
export function fixedInputs(
  { pipeline, stage, input: data }: StageContext,
  findings: FindingList,
): Map<string, Located | Missing> {
  const fixed = new Map<string, Located | Missing>();
  for (const [name, input] of Object.entries(pipeline.inputs)) {
    if ('given' in input) fixed.set(name, givenFile(name, input, stage.inputs[name], stage.id, findings));
    if ('dataset_file' in input && 'bids' in data)
      fixed.set(name, datasetFile(name, input, data.bids.root, findings));
  }
  return fixed;
}

/** Names under `inputs` of a stage that its pipeline does not ask for. */
export function unknownInputs({ pipeline, stage }: StageContext, findings: FindingList): void {
  const known = Object.entries(pipeline.inputs).flatMap(([name, input]) => (isNamed(input) ? [name] : []));
  for (const name of Object.keys(stage.inputs))
    if (!known.includes(name))
      findings.add(
        errorFinding(
          'plan.invalid',
          `${pipeline.id} takes no file or folder ${name}`,
          { field: `stages.${stage.id}.inputs.${name}` },
          known.length === 0 ? 'none: it takes its data from the dataset' : `one of ${known.join(', ')}`,
        ),
      );
}

/** Inputs that a person names by path: a file, a derivative dataset, a subjects folder. */
export function isNamed(input: PipelineInput): boolean {
  return 'given' in input || 'subject_folders' in input || ('query' in input && input.from === 'derivatives');
}

function givenFile(
  name: string,
  input: Extract<PipelineInput, { readonly given: unknown }>,
  path: string | undefined,
  stage: string,
  findings: FindingList,
): Located | Missing {
  const what = input.description === '' ? `a file of kind ${input.given}` : input.description;
  if (path === undefined) {
    if (!input.optional)
      findings.add({
        ...errorFinding('plan.cannot', `no file is given for ${name}`, { field: `inputs.${name}` }, what),
        suggestion: `--input ${name}=FILE, or ${name} under inputs of stage ${stage} in the plan`,
      });
    return { missing: `no ${name} was given` };
  }
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    findings.add(
      errorFinding(
        'input.not-found',
        `the file given for ${name} is not there: ${path}`,
        { file: path },
        what,
      ),
    );
    return { missing: `no ${name}` };
  }
  return located(path);
}

function datasetFile(
  name: string,
  input: Extract<PipelineInput, { readonly dataset_file: unknown }>,
  root: string,
  findings: FindingList,
): Located | Missing {
  const path = join(root, input.dataset_file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return located(path);
  if (!input.optional)
    findings.add(
      errorFinding(
        'plan.cannot',
        `the dataset has no ${input.dataset_file}`,
        { file: path, field: `inputs.${name}` },
        input.description === '' ? 'that file' : input.description,
      ),
    );
  return { missing: `no ${input.dataset_file}` };
}

function located(path: string): Located {
  return {
    shape: 'file',
    files: [{ name: basename(path), source: { from: 'dataset', path } }],
    origin: undefined,
  };
}
