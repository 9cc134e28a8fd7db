import type { StageRecord } from '../../engine/stage-record.js';
import type { EnvironmentIdentity } from '../../environments/runtime.js';
import { programName, programVersion } from '../program-name.js';
import type { CrateState } from './crate-state.js';
import { addCitations, shownValue, typeOfValue } from './data-entities.js';
import { localId, ref } from './graph.js';
import { happened } from './happened.js';

const WORKFLOW_RUN = 'https://w3id.org/ro/terms/workflow-run#';

/** What the pipeline was told: parameters of the workflow with their values. */
export function addParameters(state: CrateState, stage: StageRecord): void {
  for (const [name, value] of Object.entries(stage.parameters)) {
    const { unit, description } = stage.pipeline.parameters[name] ?? {};
    const formal = localId('parameter', stage.stage, name);
    const given = localId('value', stage.stage, name);
    state.graph.add({
      '@id': formal,
      '@type': 'FormalParameter',
      name: `${stage.stage}.${name}`,
      additionalType: typeOfValue(value),
      ...(description === undefined ? {} : { description }),
      workExample: [ref(given)],
    });
    state.graph.add({
      '@id': given,
      '@type': 'PropertyValue',
      name: `${stage.stage}.${name}`,
      value: shownValue(value),
      ...(unit === undefined ? {} : { unitText: unit }),
      exampleOfWork: [ref(formal)],
    });
    state.formalInputs.add(formal);
    state.taken.add(given);
  }
}

export function addStep(state: CrateState, stage: StageRecord, step: string): void {
  const jobs = stage.jobs.filter((job) => job.step === step && happened(state, job));
  const [job] = jobs;
  if (job === undefined) return;
  const id = localId('step', stage.stage, step);
  state.steps.push(id);
  state.graph.add({
    '@id': id,
    '@type': 'HowToStep',
    name: `${stage.stage}: ${step}`,
    position: String(state.steps.length),
    workExample: ref(addTool(state, stage, job.skill)),
  });
}

export function addTool(state: CrateState, stage: StageRecord, skill: string): string {
  const id = localId('tool', skill);
  const record = stage.skills[skill];
  if (record === undefined || state.graph.has(id)) return id;
  state.tools.add(id);
  const environment = state.artifacts.environments.get(record.environment);
  const version = programVersion(record, environment) ?? record.version;
  const source = stage.environments?.[record.environment]?.source;
  const cited = state.content.references.filter(({ skills }) => skills.includes(skill));
  state.graph.add({
    '@id': id,
    '@type': 'SoftwareApplication',
    name: `${skill} (${programName(record, environment)})`,
    softwareVersion: version,
    description: `skill ${skill} ${record.version}: program ${record.program} in environment ${record.environment}`,
    ...(source === undefined ? {} : { url: source }),
    ...(environment === undefined
      ? {}
      : { softwareRequirements: ref(addEnvironment(state, environment, stage)) }),
    citation: addCitations(state, cited),
  });
  return id;
}

/** Digest, runtime and licence of an environment; the image too, where it is one. */
export function addEnvironment(
  state: CrateState,
  environment: EnvironmentIdentity,
  stage: StageRecord,
): string {
  const id = localId('environment', environment.name);
  const { title, license, source } = stage.environments?.[environment.name] ?? {};
  state.graph.add({
    '@id': id,
    '@type': 'CreativeWork',
    name: title ?? environment.name,
    description: `${environment.runtime} environment ${environment.name}, digest ${environment.digest}; ${Object.entries(
      environment.details,
    )
      .map(([name, value]) => `${name}: ${value}`)
      .join('; ')}`,
    identifier: `sha256:${environment.digest}`,
    ...(license === undefined ? {} : { license }),
    ...(source === undefined ? {} : { url: source }),
  });
  return id;
}

export function addImage(state: CrateState, environment: EnvironmentIdentity): string {
  const id = localId('image', environment.name);
  const { reference = environment.name, image = '' } = environment.details;
  const [, name = reference, tag] = /^(.*?)(?::([^:/]+))?$/.exec(reference) ?? [];
  const registry = /^([^/]*[.:][^/]*)\//.exec(name)?.[1];
  state.graph.add({
    '@id': id,
    '@type': 'ContainerImage',
    additionalType: ref(`${WORKFLOW_RUN}DockerImage`),
    name: registry === undefined ? name : name.slice(registry.length + 1),
    registry: registry ?? 'localhost',
    ...(tag === undefined ? {} : { tag }),
    sha256: image.replace(/^sha256:/, ''),
  });
  return id;
}
