import type { JsonObject } from '../../kernel/json.js';
import type { RunArtifacts } from '../run-artifacts.js';
import { ENGINE, PERSON, type CrateContent, type CrateState } from './crate-state.js';
import { addCitations, addFile } from './data-entities.js';
import { dateTime, fileId, Graph, localId, ref, refs } from './graph.js';
import { addJob } from './job-entities.js';
import { addParameters, addStep } from './plan-entities.js';

/** Profiles that the metadata follow, the last one including those before it. */
const PROFILES = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
] as const;

/**
 * Metadata of a Workflow Run RO-Crate 0.5 (Provenance Run Crate,
 * https://w3id.org/ro/wfrun/provenance/0.5): the plan with its steps and tools, and what each of them did, with which
 * parameters, on what, from when to when. Files that are not in the crate are named by their content.
 */
export function describeRun(artifacts: RunArtifacts, content: CrateContent): JsonObject {
  const graph = new Graph();
  addRun({
    artifacts,
    content,
    graph,
    workflow: fileId(content.workflow.path),
    taken: new Set(),
    made: new Set(),
    tools: new Set(),
    steps: [],
    controls: [],
    actions: [],
    parts: new Set(),
    formalInputs: new Set(),
    formalOutputs: new Set(),
  });
  return {
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': graph.entities(),
  };
}

function addRun(state: CrateState): void {
  const { history, stages, run } = state.artifacts;
  for (const file of state.content.files) addFile(state, file);
  for (const stage of stages) {
    addParameters(state, stage);
    for (const { id } of stage.pipeline.steps) addStep(state, stage, id);
  }
  for (const stage of stages) for (const job of stage.jobs) addJob(state, stage, job);
  addAgents(state);
  const action = localId('run', run);
  const status = history.outcome === 'finished' ? 'Completed' : 'Failed';
  state.graph.add({
    '@id': action,
    '@type': 'CreateAction',
    name: `Run ${run}`,
    description: state.content.title,
    instrument: ref(state.workflow),
    agent: ref(PERSON),
    object: refs(state.taken),
    result: refs(state.made),
    startTime: dateTime(history.started),
    ...(history.ended === undefined ? {} : { endTime: dateTime(history.ended) }),
    actionStatus: `http://schema.org/${status}ActionStatus`,
    ...(status === 'Failed' ? { error: String(history.error?.['message'] ?? 'the run did not finish') } : {}),
  });
  const organizing = localId('engine', run);
  state.graph.add({
    '@id': organizing,
    '@type': 'OrganizeAction',
    name: `NeuroClaw executed the plan of run ${run}`,
    agent: ref(PERSON),
    instrument: ref(ENGINE),
    object: refs(state.controls),
    result: ref(action),
    startTime: dateTime(history.started),
    ...(history.ended === undefined ? {} : { endTime: dateTime(history.ended) }),
  });
  addMain(state);
  addRoot(state, [action, organizing, ...state.actions]);
}

export function addRoot(state: CrateState, mentions: readonly string[]): void {
  const { history, run } = state.artifacts;
  const { license, title } = state.content;
  const url = /^https?:/.test(license);
  const licenseId = url ? license : '#license';
  const name = url ? (license.split('/').at(-1) ?? license) : license;
  state.graph.add({ '@id': licenseId, '@type': 'CreativeWork', name });
  state.graph.add({
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    about: ref('./'),
    conformsTo: [ref('https://w3id.org/ro/crate/1.1'), ref(PROFILES[3][0])],
  });
  state.graph.add({
    '@id': './',
    '@type': 'Dataset',
    name: title,
    description: `Run ${run} of NeuroClaw: its plan, its tools and environments, every action with its inputs and outputs by SHA-256, and its results.`,
    datePublished: (history.ended ?? history.started).slice(0, 10),
    license: ref(licenseId),
    conformsTo: PROFILES.map(([id]) => ref(id)),
    mainEntity: ref(state.workflow),
    hasPart: refs([state.workflow, ...state.parts]),
    mentions: refs(mentions),
    citation: addCitations(state, state.content.references),
    // The chain of the trace: what `neuroclaw trace verify` compares with.
    identifier: `neuroclaw-trace:${history.head.seq}:${history.head.hash}`,
  });
  for (const [id, name, version] of PROFILES)
    state.graph.add({ '@id': id, '@type': 'CreativeWork', name, version });
}

export function addMain(state: CrateState): void {
  const { workflow, title } = state.content;
  state.graph.add({
    '@id': state.workflow,
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
    name: title,
    description: `${workflow.about}: ${state.artifacts.stages.map(({ pipeline }) => `${pipeline.id} ${pipeline.version}`).join(', ')}`,
    version: state.artifacts.stages.map(({ pipeline }) => pipeline.version).join(', '),
    encodingFormat: workflow.encodingFormat,
    sha256: workflow.sha256,
    contentSize: String(workflow.size),
    conformsTo: ref('https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE'),
    programmingLanguage: ref('#neuroclaw-plan'),
    hasPart: refs(state.tools),
    step: refs(state.steps),
    input: refs(state.formalInputs),
    output: refs(state.formalOutputs),
  });
  state.graph.add({
    '@id': 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE',
    '@type': 'CreativeWork',
    name: 'ComputationalWorkflow',
    version: '1.0-RELEASE',
  });
  state.graph.add({
    '@id': '#neuroclaw-plan',
    '@type': 'ComputerLanguage',
    name: 'NeuroClaw plan',
    identifier: 'neuroclaw/plan@1',
  });
}

export function addAgents(state: CrateState): void {
  const { history, version } = state.artifacts;
  state.graph.add({
    '@id': PERSON,
    '@type': 'Person',
    name: 'The person who approved the run',
    description: history.approvals
      .map(({ stage, ts, actor }) => `stage ${stage} approved at ${ts} by ${actor.kind} ${actor.id}`)
      .join('; '),
  });
  state.graph.add({
    '@id': ENGINE,
    '@type': 'SoftwareApplication',
    name: 'NeuroClaw',
    softwareVersion: version,
    license: ref('https://spdx.org/licenses/MIT'),
    description: `planned by ${history.plannedBy.id}`,
  });
  state.graph.add({ '@id': 'https://spdx.org/licenses/MIT', '@type': 'CreativeWork', name: 'MIT' });
}
