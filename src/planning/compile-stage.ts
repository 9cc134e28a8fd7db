import { errorFinding, hasErrors } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import type { SkillRegistry } from '../skills/registry.js';
import { InputLooks } from './check-inputs.js';
import { checkPipeline } from './check-pipeline.js';
import type { Adaptation } from './compile/adaptation.js';
import { adapt, buildStep, type BuildContext } from './compile/build-jobs.js';
import { checkInputs, reportConflicts } from './compile/check-jobs.js';
import { chooseProviders, type EnvironmentProbe, type ProviderChoice } from './compile/choose-providers.js';
import { FindingList } from './compile/finding-list.js';
import { fixedInputs, unknownInputs } from './compile/fixed-inputs.js';
import { gradientAdaptations } from './compile/gradient-adaptations.js';
import { withGroups } from './compile/group-items.js';
import { ImageFacts } from './compile/image-facts.js';
import { withGridSteps } from './compile/label-grids.js';
import { checkRecordings } from './compile/recording-files.js';
import { missingParameters } from './compile/missing-parameters.js';
import { needsHeaders } from './compile/needs-headers.js';
import { participantsOf, selectItems, wholeFolder, wrongData } from './compile/select-items.js';
import { checkRequirements } from './compile/requirements.js';
import { sliceTimingAdaptations, withSliceTiming } from './compile/slice-timing.js';
import { inputsRead, withoutUnusedSteps } from './compile/unused-steps.js';
import { withShells } from './compile/with-shells.js';
import { openStage, stageOf } from './compile/stage-data.js';
import type { DatasetSource } from './dataset-source.js';
import type { CompiledStage, Job } from './job.js';
import { PRECISE, resolveParameters } from './parameters.js';
import type { Pipeline } from './pipeline.js';
import type { Plan, PlanStage } from './plan.js';
import { withoutPictures } from './picture-steps.js';
import { fanOutOf } from './references.js';

export interface CompileWorld {
  readonly skills: SkillRegistry;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly datasets: DatasetSource;
  /** Whether an environment can be used here; absent: every one is taken to be. */
  readonly environments?: EnvironmentProbe;
}

/**
 * Turns a stage of a plan into jobs, against the data as they are. What is wrong with data, parameters or names comes
 * back as findings; with an error among them the stage cannot run. Throws plan.invalid (no such stage),
 * pipeline.unknown, plan.cannot (an earlier stage is not done yet) and input errors for a data folder that is not there.
 */
export async function compileStage(plan: Plan, stageId: string, world: CompileWorld): Promise<CompiledStage> {
  const stage = stageOf(plan, stageId);
  const opened = await openStage(plan, stage, world.pipelines, world.datasets);
  const { pipeline: written, dataset } = opened;
  const findings = new FindingList();
  const jobs: Job[] = [];
  const adaptations: Adaptation[] = [];
  let providers: readonly ProviderChoice[] = [];
  let pipeline: Pipeline = written;
  let parameters: JsonObject = {};
  const finish = (): CompiledStage => ({
    stage: stageId,
    pipeline: { id: pipeline.id, version: pipeline.version },
    dataset,
    definition: pipeline,
    parameters,
    preset: stage.preset ?? PRECISE,
    providers,
    adaptations,
    jobs: stage.resources === undefined ? jobs : jobs.map((job) => withResources(job, stage)),
    findings: findings.all(),
  });

  if (stage.version !== undefined && stage.version !== pipeline.version)
    findings.add({
      code: 'plan.invalid',
      severity: 'warning',
      message: `the plan was made for ${pipeline.id} ${stage.version}; ${pipeline.version} is installed`,
      place: { field: `stages.${stageId}.version` },
    });
  const broken = checkPipeline(pipeline, world.skills);
  const { values, findings: wrong } = resolveParameters(pipeline, stage.params, stageId, stage.preset);
  parameters = values;
  findings.add(...broken, ...wrong, ...wrongData(opened));
  if (hasErrors(broken) || findings.hasErrors) return finish();

  if (plan.pictures === false) pipeline = withoutPictures(pipeline);
  const looks = new InputLooks(world.datasets.header?.bind(world.datasets));
  const bids = 'bids' in opened.input ? opened.input.bids : undefined;
  const images = bids === undefined ? undefined : new ImageFacts(bids, looks, findings);
  const ofInputs = new FindingList();
  const fixed = fixedInputs(opened, ofInputs);
  const selected = await selectItems(plan, opened, world.datasets, findings);
  const grids = await withGridSteps(pipeline, { items: selected, fixed }, looks, world.skills.skills);
  const known = new FindingList();
  const resolved = await chooseProviders(grids.pipeline, stage, world.skills, world.environments, known);
  findings.add(...known.all());
  providers = resolved.choices;
  const { steps } = withoutUnusedSteps(grids.pipeline, resolved.pipeline);
  pipeline = { ...resolved.pipeline, steps: [...steps] };
  const read = inputsRead(pipeline);
  // A file that only another provider would read is not asked for.
  findings.add(...ofInputs.all().filter(({ place }) => isWanted(place?.field, read)));
  if (known.hasErrors) return finish();
  unknownInputs(opened, findings);
  const judged = await withShells(selected, opened, findings);
  const items = withGroups(await withSliceTiming(judged, pipeline, images), pipeline);
  const whole = await wholeFolder(opened, findings);
  const asked = await missingParameters(written, parameters, stageId, { dataset: bids, items, fixed });
  findings.add(...asked);
  if (asked.length > 0) return finish();
  await images?.readHeaders(
    Object.keys(pipeline.inputs)
      .filter((name) => needsHeaders(name, pipeline, world.skills))
      .flatMap((name) => items.get(name) ?? []),
  );
  if (images !== undefined && bids !== undefined) {
    await checkRequirements(pipeline, items, { dataset: bids, images, parameters, findings });
    await checkRecordings([...selected.values()].flat(), bids.root, images, findings);
  }
  const context: BuildContext = {
    stage: stageId,
    pipeline,
    dataset: bids,
    skills: world.skills.skills,
    items,
    fixed,
    whole,
    parameters,
    images,
    looks,
    gridSteps: grids.inserted,
    adaptations,
    participants: await participantsOf(plan, opened, items),
    fans: fanOutOf(pipeline),
    made: new Map(),
    jobs,
    byId: new Map(),
    findings,
  };
  const adapted = images === undefined ? [] : gradientAdaptations({ pipeline, items, images });
  for (const { adaptation, of } of [...adapted, ...sliceTimingAdaptations(pipeline, items, parameters)])
    adapt(context, adaptation, of);
  for (const step of steps) await buildStep(step, context);
  await checkInputs(jobs, world.skills, looks, context.dataset?.root, findings);
  reportConflicts(jobs, findings);
  if (jobs.length === 0 && !findings.hasErrors)
    findings.add(
      errorFinding('plan.cannot', `stage ${stageId} has nothing to do`, { field: `stages.${stageId}` }),
    );
  return finish();
}

/** What the plan gives a step beyond what its skill asks for. */
function withResources(job: Job, { resources = {} }: PlanStage): Job {
  const { memory_mb: memory, walltime_s: walltime } = resources[job.step] ?? {};
  return {
    ...job,
    resources: {
      ...job.resources,
      ...(memory === undefined ? {} : { memory_mb: memory }),
      ...(walltime === undefined ? {} : { walltime_s: walltime }),
    },
  };
}

/** Whether a finding at `inputs.NAME` is of an input that is read. */
function isWanted(field: string | undefined, read: ReadonlySet<string>): boolean {
  const name = /^inputs\.(.+)$/.exec(field ?? '')?.[1];
  return name === undefined || read.has(name);
}
