import { posix } from 'node:path';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import { resolveCall } from '../../skills/resolve.js';
import type { Skill } from '../../skills/skill.js';
import type { Job, JobInput, JobOutput } from '../job.js';
import type { PipelineStep, SkillStep } from '../pipeline.js';
import { parseReference } from '../references.js';
import type { InputLooks } from '../check-inputs.js';
import type { Adaptation } from './adaptation.js';
import { holds } from './holds.js';
import type { Item } from './item.js';
import { judgeGrids, type GridStep } from './label-grids.js';
import type { Located, Made, MadeOutput } from './located.js';
import { publishPath } from './publish-path.js';
import { locateRole, type StepWorld } from './step-inputs.js';
import { stepParams } from './step-params.js';

export interface BuildContext extends StepWorld {
  readonly stage: string;
  readonly looks: InputLooks;
  /** Steps that were put in to change the grid of labels, by id. */
  readonly gridSteps: ReadonlyMap<string, GridStep>;
  readonly adaptations: Adaptation[];
  readonly participants: readonly string[];
  readonly jobs: Job[];
  /** Index into `jobs` by id. */
  readonly byId: Map<string, number>;
  readonly made: Map<string, Map<string, Made>>;
}

/** Adds the jobs of one step, an item after the other. */
export async function buildStep(step: SkillStep, context: BuildContext): Promise<void> {
  const skill = context.skills.get(step.skill);
  if (skill === undefined) return;
  const fan = context.fans.get(step.id);
  const items = fan === undefined ? [undefined] : (context.items.get(fan) ?? []);
  const made = new Map<string, Made>();
  context.made.set(step.id, made);
  const before = context.adaptations.length;
  for (const item of items) made.set(item?.key ?? '', await buildJob(step, skill, item, context));
  reportLeftOut(step, made, context);
  const own = context.adaptations.splice(before);
  const [first] = own;
  if (first !== undefined)
    adapt(context, { ...first, items: own.flatMap((each) => each.items) }, items.length);
}

/** Writes an adaptation down and tells it, once for all items of a step. */
export function adapt(
  { stage, adaptations, findings }: Pick<BuildContext, 'stage' | 'adaptations' | 'findings'>,
  adaptation: Adaptation,
  of: number,
): void {
  adaptations.push(adaptation);
  const { step, items, reason } = adaptation;
  const count = items.length === 0 || of <= 1 ? '' : ` (${items.length} of ${of})`;
  findings.add({
    code: 'plan.adapted',
    severity: 'info',
    message: `step ${step}${count}: ${reason}`,
    place: { field: `stages.${stage}.${step}` },
  });
}

/** A step that makes nothing at all because of what came before it is worth a note; one switched off is not. */
function reportLeftOut(step: PipelineStep, made: ReadonlyMap<string, Made>, context: BuildContext): void {
  const reasons = [...made.values()].flatMap((one) =>
    one.leftOut === undefined || SILENT.has(one.leftOut) ? [] : [one.leftOut],
  );
  const [reason] = reasons;
  if (reason === undefined) return;
  context.findings.add({
    code: 'plan.cannot',
    severity: 'info',
    message: `step ${step.id} is left out for ${reasons.length} of ${made.size}: ${reason}`,
    place: { field: `stages.${context.stage}` },
  });
}

const SWITCHED_OFF = 'switched off';
const PROBLEM = 'a problem that is told elsewhere';
const SILENT: ReadonlySet<string> = new Set([SWITCHED_OFF, PROBLEM]);

async function buildJob(
  step: PipelineStep,
  skill: Skill,
  item: Item | undefined,
  context: BuildContext,
): Promise<Made> {
  const id = jobId(context.stage, step.id, item);
  const located = new Map<string, Located>();
  const none: Made = { outputs: new Map(), leftOut: PROBLEM };
  const wanted = isWanted(step, item, context);
  // What a step that is switched off would have read is nobody's concern, unless it is passed on.
  if (!wanted && Object.keys(step.otherwise).length === 0)
    return { outputs: new Map(), leftOut: SWITCHED_OFF };
  for (const [role, binding] of Object.entries(step.inputs)) {
    const optional = skill.contract.inputs[role]?.optional ?? false;
    const found = await locateRole(binding, role, step, item, optional, context);
    if (found === undefined) return none;
    if (!('missing' in found)) located.set(role, found);
    else if (!optional) return { outputs: new Map(), leftOut: found.missing };
  }
  checkVolumes(step, located, context);
  if (!wanted) return standIn(step, skill, item, located, context);
  const grid = context.gridSteps.get(step.id);
  if (grid !== undefined) {
    const verdict = await gridVerdict(grid, step, located, context);
    if (verdict === 'apart') return none;
    if (verdict === 'same') return standIn(step, skill, item, located, context);
    const what = `${verdict.reason}: resampled by the nearest label (${skill.id})`;
    context.adaptations.push({ step: step.id, items: item === undefined ? [] : [item.key], reason: what });
  }
  const values = await stepParams(step, {
    parameters: context.parameters,
    located,
    images: context.images,
    participants: context.participants,
    item,
    findings: context.findings,
    job: id,
  });
  if (values === undefined) return none;

  const inputs = jobInputs(skill, located);
  const crowded = inputs.find(
    ({ role, shape }) => shape === 'list' && skill.contract.inputs[role]?.list !== true,
  );
  if (crowded !== undefined) {
    context.findings.add(
      errorFinding(
        'plan.cannot',
        `${crowded.role} of ${skill.id} takes one file, and ${crowded.files.length} are bound to it: ${crowded.files.map(({ name }) => name).join(', ')}`,
        { job: id, skill: skill.id, field: `${step.id}.inputs.${crowded.role}` },
        'a skill that takes a list, or a step for each of them',
      ),
    );
    return none;
  }
  const call = resolveCall(skill, {
    params: values.params,
    inputs: Object.fromEntries(inputs.map((input) => [input.role, toolPaths(input)])),
  });
  context.findings.add(
    ...call.findings.map((finding) => ({ ...finding, place: { ...finding.place, job: id } })),
  );
  if (call.argv.length === 0) return none;

  const outputs = call.outputs.map((output): JobOutput => {
    const rule = step.publish[output.id];
    const publish =
      rule === undefined ? undefined : publishPath(rule, output, skill, item, context.parameters);
    const kind = skill.contract.outputs[output.id]?.kind ?? 'any';
    const contents = rule === 'participant' && { contents: true as const };
    return { ...output, kind, ...(publish === undefined ? {} : { publish, ...contents }) };
  });
  const needs = inputs.flatMap((input) =>
    input.files.flatMap((file) => (file.source.from === 'job' ? [file.source.job] : [])),
  );
  const origin = [...located.values()].find((one) => one.origin !== undefined)?.origin ?? item?.source;
  context.byId.set(id, context.jobs.length);
  context.jobs.push({
    id,
    stage: context.stage,
    step: step.id,
    skill: skill.id,
    entities: item?.entities ?? {},
    inputs,
    params: call.params,
    sidecar: { ...values.sidecar, ...sidecarValues(inputs) },
    context: origin === undefined ? {} : ((await context.images?.sidecar(origin)) ?? {}),
    argv: call.argv,
    outputs,
    resources: skill.contract.resources,
    needs: [...new Set(needs)],
  });
  return { job: id, outputs: new Map(outputs.map((output) => [output.id, madeOutput(id, output, origin)])) };
}

function gridVerdict(
  grid: GridStep,
  step: PipelineStep,
  located: ReadonlyMap<string, Located>,
  { looks, findings }: BuildContext,
): ReturnType<typeof judgeGrids> | 'same' {
  const boundTo = (input: string): Located | undefined =>
    [...located].find(([role]) => step.inputs[role] === input)?.[1];
  const [labels, template] = [boundTo(grid.labels), boundTo(grid.grid)];
  return labels === undefined || template === undefined
    ? 'same'
    : judgeGrids(grid, labels, template, looks, findings);
}

function madeOutput(job: string, output: JobOutput, origin: Located['origin']): MadeOutput {
  const name = posix.basename(output.path);
  return {
    located: { shape: 'file', files: [{ name, source: { from: 'job', job, output: output.id } }], origin },
    producer: { job, output: output.id },
  };
}

function jobId(stage: string, step: string, item: Item | undefined): string {
  return item === undefined ? `${stage}/${step}` : `${stage}/${step}/${item.key}`;
}

function isWanted({ when }: PipelineStep, item: Item | undefined, context: BuildContext): boolean {
  return when === undefined || holds(when, item, context);
}

/**
 * A step that is switched off passes on what `otherwise` says. Where its output would have been published, what stands
 * in for it is, if a job of this stage made it.
 */
function standIn(
  step: PipelineStep,
  skill: Skill,
  item: Item | undefined,
  located: ReadonlyMap<string, Located>,
  context: BuildContext,
): Made {
  const outputs = new Map<string, MadeOutput>();
  for (const [output, role] of Object.entries(step.otherwise)) {
    const source = located.get(role);
    if (source === undefined) continue;
    const [file] = source.files;
    const producer =
      file?.source.from === 'job' ? { job: file.source.job, output: file.source.output } : undefined;
    outputs.set(output, { located: source, ...(producer === undefined ? {} : { producer }) });
    const rule = step.publish[output];
    if (rule !== undefined && producer !== undefined)
      publishInstead(producer, rule, output, step, skill, item, context);
  }
  return { outputs, leftOut: SWITCHED_OFF };
}

function publishInstead(
  producer: { readonly job: string; readonly output: string },
  rule: PipelineStep['publish'][string],
  id: string,
  step: PipelineStep,
  skill: Skill,
  item: Item | undefined,
  context: BuildContext,
): void {
  const index = context.byId.get(producer.job) ?? -1;
  const job = context.jobs[index];
  const made = job?.outputs.find((output) => output.id === producer.output);
  if (job === undefined || made === undefined) return;
  const publish = publishPath(rule, { id, path: made.path }, skill, item, context.parameters);
  if (publish === undefined || publish === made.publish) return;
  if (made.publish !== undefined) {
    context.findings.add(
      errorFinding(
        'plan.conflict',
        `${made.publish} and ${publish} would be the same file of ${job.id}: step ${step.id} is switched off`,
        { job: job.id },
        'one name for one file',
      ),
    );
    return;
  }
  const outputs = job.outputs.map((output) => (output === made ? { ...output, publish } : output));
  context.jobs[index] = { ...job, outputs };
}

function checkVolumes(
  step: PipelineStep,
  located: ReadonlyMap<string, Located>,
  context: BuildContext,
): void {
  for (const [role, binding] of Object.entries(step.inputs)) {
    if (typeof binding !== 'string') continue;
    const reference = parseReference(binding);
    const origin = located.get(role)?.origin;
    if (!('input' in reference) || origin === undefined) continue;
    const input = context.pipeline.inputs[reference.input];
    const minimumVolumes = input !== undefined && 'query' in input ? input.minimum_volumes : undefined;
    const minimumSlices = input !== undefined && 'query' in input ? input.minimum_slices : undefined;
    context.images?.checkVolumes(origin, minimumVolumes, step.id);
    context.images?.checkSlices(origin, minimumSlices, context.pipeline.id);
  }
}

function jobInputs(skill: Skill, located: ReadonlyMap<string, Located>): JobInput[] {
  return [...located].map(([role, { shape, files }]) => {
    const contract = skill.contract.inputs[role];
    const one = shape === 'list' && files.length === 1 && contract?.list !== true;
    const list = contract?.list === true && shape === 'file' ? 'list' : one ? 'file' : shape;
    return { role, kind: contract?.kind ?? 'any', shape: list, files };
  });
}

/** What sidecar roles hold, by `role.Key`; of a list by `role.number.Key`. */
function sidecarValues(inputs: readonly JobInput[]): JsonObject {
  return Object.fromEntries(
    inputs.flatMap(({ role, shape, files }) =>
      files.flatMap(({ source }, index) => {
        if (source.from !== 'sidecar') return [];
        const place = shape === 'list' ? `${role}.${index + 1}` : role;
        return Object.entries(source.values).map(([key, value]) => [`${place}.${key}`, value]);
      }),
    ),
  );
}

/** What the tool is told: `/in/<role>/<name>`, a list of them, or the folder `/in/<role>`. */
function toolPaths(input: JobInput): string | string[] {
  if (input.shape === 'folder') return `/in/${input.role}`;
  const paths = input.files.map((file) => `/in/${input.role}/${file.name}`);
  return input.shape === 'list' ? paths : (paths[0] ?? '');
}
