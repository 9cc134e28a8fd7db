import { compareNatural } from '../bids/natural-order.js';
import { errorFinding, hasErrors, type Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import type { SkillRegistry } from '../skills/registry.js';
import { InputLooks, inputProblems } from './check-inputs.js';
import { checkPipeline } from './check-pipeline.js';
import type { Adaptation } from './compile/adaptation.js';
import { adapt, buildStep, type BuildContext } from './compile/build-jobs.js';
import { selectDerivatives } from './compile/derivative-inputs.js';
import { chooseProviders, type EnvironmentProbe, type ProviderChoice } from './compile/choose-providers.js';
import { FindingList } from './compile/finding-list.js';
import { fixedInputs, unknownInputs } from './compile/fixed-inputs.js';
import { gradientAdaptations } from './compile/gradient-adaptations.js';
import { withGroups } from './compile/group-items.js';
import { ImageFacts } from './compile/image-facts.js';
import type { Item } from './compile/item.js';
import { withGridSteps } from './compile/label-grids.js';
import { checkRecordings } from './compile/recording-files.js';
import { missingParameters } from './compile/missing-parameters.js';
import { describeQuery, selectedParticipants, selectFiles } from './compile/select-files.js';
import { selectSeries } from './compile/select-series.js';
import { checkRequirements, readsEvents } from './compile/requirements.js';
import { withShells } from './compile/with-shells.js';
import { openStage, publishedParticipants, stageOf, type StageContext } from './compile/stage-data.js';
import { wholeDataset } from './compile/whole-dataset.js';
import type { DatasetSource } from './dataset-source.js';
import type { CompiledStage, InputFile, Job } from './job.js';
import { PRECISE, resolveParameters } from './parameters.js';
import type { Pipeline } from './pipeline.js';
import type { Plan } from './plan.js';
import { withoutPictures } from './picture-steps.js';
import { fanOutOf, parseReference } from './references.js';

const CONCURRENCY = 16;

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
    jobs,
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
  const fixed = fixedInputs(opened, findings);
  const selected = await selectItems(plan, opened, world.datasets, findings);
  const grids = await withGridSteps(pipeline, { items: selected, fixed }, looks, world.skills.skills);
  const known = new FindingList();
  const resolved = await chooseProviders(grids.pipeline, stage, world.skills, world.environments, known);
  findings.add(...known.all());
  if (known.hasErrors) return finish();
  providers = resolved.choices;
  pipeline = { ...resolved.pipeline, steps: [...resolved.pipeline.steps] };
  unknownInputs(opened, findings);
  const items = withGroups(await withShells(selected, opened, findings), pipeline);
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
  for (const { adaptation, of } of images === undefined
    ? []
    : gradientAdaptations({ pipeline, items, images }))
    adapt(context, adaptation, of);
  for (const step of resolved.pipeline.steps) await buildStep(step, context);
  await checkInputs(jobs, world.skills, looks, context.dataset?.root, findings);
  reportConflicts(jobs, findings);
  if (jobs.length === 0 && !findings.hasErrors)
    findings.add(
      errorFinding('plan.cannot', `stage ${stageId} has nothing to do`, { field: `stages.${stageId}` }),
    );
  return finish();
}

/** A pipeline over images given DICOMs, or the other way round. */
function wrongData({ pipeline, input, stage }: StageContext): ReturnType<typeof errorFinding>[] {
  const wantsDicom = Object.values(pipeline.inputs).some((each) => 'dicom' in each);
  const place = { field: `stages.${stage.id}.data` };
  if (wantsDicom && 'bids' in input)
    return [
      errorFinding(
        'plan.invalid',
        `${pipeline.id} converts DICOMs, the stage has a BIDS dataset`,
        place,
        '{"dicom": folder}',
      ),
    ];
  if (!wantsDicom && 'dicom' in input)
    return [
      errorFinding(
        'plan.invalid',
        `${pipeline.id} works on a BIDS dataset, the stage has a folder of DICOMs`,
        place,
        'a stage of curation/dicom-to-bids before it',
      ),
    ];
  return [];
}

async function selectItems(
  plan: Plan,
  opened: StageContext,
  datasets: DatasetSource,
  findings: FindingList,
): Promise<Map<string, readonly Item[]>> {
  const { pipeline, stage, input } = opened;
  const wantFacts = pipeline.steps.some((step) => step.when?.includes('fact:') === true);
  const items = new Map<string, readonly Item[]>();
  if ('dicom' in input) {
    for (const [name, contract] of Object.entries(pipeline.inputs))
      if ('dicom' in contract) items.set(name, selectSeries(input.dicom, stage, findings));
    return items;
  }
  const known = input.bids.participants.flatMap(({ label, hasFolder }) => (hasFolder ? [label] : []));
  const participants = selectedParticipants(stage, known, findings);
  for (const [name, contract] of Object.entries(pipeline.inputs)) {
    if (!('query' in contract)) continue;
    if (known.length === 0)
      findings.add(
        errorFinding(
          'plan.cannot',
          `no ${describeQuery(contract.query)} file: the dataset has no participant`,
          {
            file: input.bids.root,
          },
        ),
      );
    else if (contract.from === 'derivatives')
      items.set(
        name,
        await selectDerivatives(name, contract, participants, opened, plan, datasets, findings),
      );
    else items.set(name, selectFiles(input.bids, contract, stage, participants, wantFacts, findings));
  }
  return items;
}

async function wholeFolder(
  { pipeline, input }: StageContext,
  findings: FindingList,
): Promise<readonly InputFile[]> {
  if ('dicom' in input || !Object.values(pipeline.inputs).some((each) => 'dataset' in each)) return [];
  const { files, findings: problems } = await wholeDataset(input.bids.root);
  findings.add(...problems);
  return files;
}

/** Headers are read where a tool needs 3D or 4D, or a number of volumes: both tell a wrong file before hours of work. */
function needsHeaders(name: string, pipeline: Pipeline, skills: SkillRegistry): boolean {
  const input = pipeline.inputs[name];
  if (input === undefined || !('query' in input)) return false;
  if (input.minimum_volumes !== undefined || input.requires.length > 0 || readsEvents(pipeline, name))
    return true;
  return pipeline.steps.some((step) =>
    Object.entries(step.inputs).some(([role, binding]) => {
      if (typeof binding !== 'string') return false;
      const reference = parseReference(binding);
      if (!('input' in reference) || reference.input !== name) return false;
      return skills.skills.get(step.skill ?? '')?.contract.inputs[role]?.dimensions !== undefined;
    }),
  );
}

async function participantsOf(
  plan: Plan,
  { dataset }: StageContext,
  items: ReadonlyMap<string, readonly Item[]>,
): Promise<string[]> {
  const labels = [...items.values()].flat().flatMap((item) => item.entities['sub'] ?? []);
  // A dataset grows by one conversion after the other: its list of participants holds those before, too.
  const before = dataset.kind === 'raw' ? await publishedParticipants(plan, dataset.folder) : [];
  return [...new Set([...labels, ...before])].sort(compareNatural);
}

/** Looks into the files of the dataset that the jobs read. What earlier jobs make is looked at when they made it. */
async function checkInputs(
  jobs: readonly Job[],
  { skills }: SkillRegistry,
  looks: InputLooks,
  root: string | undefined,
  findings: FindingList,
): Promise<void> {
  const nameOf = (path: string): string =>
    root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  const found: (readonly Finding[])[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const job = jobs[index];
      const skill = skills.get(job?.skill ?? '');
      if (job === undefined || skill === undefined) continue;
      const files = job.inputs.flatMap(({ role, shape, files }) =>
        shape === 'folder'
          ? []
          : [
              [
                role,
                files.flatMap(({ source }) => (source.from === 'dataset' ? [source.path] : [])),
              ] as const,
            ],
      );
      found[index] = await inputProblems(skill, Object.fromEntries(files), looks, nameOf);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  // A file that several jobs read is told once.
  for (const finding of found.flat())
    if (!findings.hasErrorAt(finding.place?.file ?? '')) findings.add(finding);
}

function reportConflicts(jobs: readonly Job[], findings: FindingList): void {
  const owners = new Map<string, string>();
  for (const job of jobs) {
    for (const { publish } of job.outputs) {
      if (publish === undefined) continue;
      const owner = owners.get(publish);
      if (owner === undefined) owners.set(publish, job.id);
      else
        findings.add(
          errorFinding(
            'plan.conflict',
            `${owner} and ${job.id} would both publish ${publish}`,
            { file: publish, job: job.id },
            'one job for each file: another description, or fewer inputs',
          ),
        );
    }
  }
}
