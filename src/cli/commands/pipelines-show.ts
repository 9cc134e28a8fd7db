import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import { describeQuery } from '../../planning/compile/select-files.js';
import { describePipeline } from '../../planning/describe-pipeline.js';
import { describeParameter } from '../../planning/parameters.js';
import type { Pipeline, PipelineInput } from '../../planning/pipeline.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { table } from '../render.js';

export async function run({ io, app }: CommandContext, [id = '']: string[]): Promise<number> {
  const [{ pipelines }, { skills }] = await Promise.all([app.pipelines(), app.skills()]);
  const pipeline = pipelines.get(id);
  if (pipeline === undefined) {
    const near = nearest(id, pipelines.keys());
    throw new NeuroClawError(
      'pipeline.unknown',
      `no pipeline ${id}${near === undefined ? '' : `; did you mean ${near}?`}`,
      { expected: [...pipelines.keys()].join(', ') },
    );
  }
  const summary = describePipeline(pipeline, skills);
  if (io.json) io.data({ ...summary, definition: pipeline });
  else show(pipeline, summary, io);
  return 0;
}

function show(pipeline: Pipeline, summary: ReturnType<typeof describePipeline>, io: Io): void {
  const part = (title: string, rows: readonly (readonly string[])[]): void => {
    if (rows.length === 0) return;
    io.line(`\n${io.style('bold', title)}`);
    for (const line of table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))) io.line(line);
  };
  io.line(`${io.style('bold', pipeline.id)} ${pipeline.version}  ${pipeline.title}`);
  io.line(
    `agent ${summary.agent}, publishes a ${pipeline.publishes} dataset\n\n${pipeline.description.trim()}`,
  );
  part(
    'inputs',
    Object.entries(pipeline.inputs).map(([name, input]) => [name, ...describeInput(name, input)]),
  );
  part(
    'parameters',
    Object.entries(pipeline.parameters).map(([name, schema]) => [
      name,
      describeParameter(schema),
      schema.default === undefined ? '' : `= ${JSON.stringify(schema.default)}`,
      schema.description.trim(),
    ]),
  );
  part(
    'presets',
    summary.presets.map(({ name, about }) => [
      name,
      about,
      Object.entries(pipeline.presets[name]?.params ?? {})
        .map(([parameter, value]) => `${parameter}=${JSON.stringify(value)}`)
        .join(' '),
    ]),
  );
  part(
    'steps',
    pipeline.steps.map((step) => [
      step.id,
      step.skill ??
        `${step.capability} by one of ${summary.capabilities.find((each) => each.step === step.id)?.providers.join(', ') || 'none that is installed'}`,
      step.per === undefined ? (step.for_each ?? '') : `${step.for_each} per ${step.per.join(' ')}`,
      Object.keys(step.publish).length === 0 ? '' : `publishes ${Object.keys(step.publish).join(', ')}`,
    ]),
  );
  part(
    'quality numbers',
    Object.entries(pipeline.qc).map(([name, { about, unit }]) => [name, unit ?? '', about]),
  );
  part(
    'pictures',
    Object.entries(pipeline.pictures).map(([name, { title, about }]) => [name, title, about]),
  );
}

function describeInput(name: string, input: PipelineInput): string[] {
  if ('query' in input) {
    const where = input.from === undefined ? '' : ` of a derivative dataset (--input ${name}=FOLDER)`;
    return [`${describeQuery(input.query)}${where}${input.optional ? ', optional' : ''}`, input.description];
  }
  if ('subject_folders' in input)
    return [
      `subjects of FreeSurfer (--input ${name}=FOLDER, or adopted)${input.optional ? ', optional' : ''}`,
      input.description,
    ];
  if ('given' in input)
    return [`${input.given} (--input ${name}=FILE)${input.optional ? ', optional' : ''}`, input.description];
  if ('dataset_file' in input) return [input.dataset_file, input.description];
  return 'dicom' in input ? ['DICOM series', ''] : ['the whole dataset', ''];
}
