import type { JobRecord, StageRecord } from '../../engine/stage-record.js';
import { makersText } from '../../engine/adoption/adoption.js';
import type { JobInput } from '../../planning/job.js';
import { commandLine } from '../../trace/body-fields.js';
import { PERSON, type CrateState } from './crate-state.js';
import { addContent, addFormal, isFolder, resultIds, shownValue, typeOfValue } from './data-entities.js';
import { dateTime, localId, ref, refs } from './graph.js';
import { happened } from './happened.js';
import { addImage, addTool } from './plan-entities.js';

export function addJob(state: CrateState, stage: StageRecord, job: JobRecord): void {
  const history = state.artifacts.history.jobs.get(job.id);
  if (history === undefined || !happened(state, job)) return;
  const tool = addTool(state, stage, job.skill);
  const at = history.started === undefined ? state.content.earlier.get(history.key ?? '') : history;
  const done = history.end === 'committed' || history.end === 'reused';
  const id = localId('job', job.id);
  const argv = at?.argv ?? state.artifacts.preimageOf(job.id)?.argv;
  const runIn = state.artifacts.environmentOf(job.id);
  state.graph.add({
    '@id': id,
    '@type': 'CreateAction',
    name: `${job.skill} for ${job.id}`,
    description: argv === undefined ? `step ${job.step}` : commandLine(argv),
    instrument: ref(tool),
    agent: ref(PERSON),
    object: refs([...addInputs(state, stage, job, tool), ...addSettings(state, stage, job, tool)]),
    result: refs(addOutputs(state, stage, job, tool)),
    ...(at?.started === undefined ? {} : { startTime: dateTime(at.started) }),
    ...(at?.ended === undefined ? {} : { endTime: dateTime(at.ended) }),
    actionStatus: `http://schema.org/${done ? 'Completed' : 'Failed'}ActionStatus`,
    ...(done ? {} : { error: history.message ?? 'it did not finish' }),
    ...(runIn?.runtime === 'docker' ? { containerImage: ref(addImage(state, runIn)) } : {}),
    ...(history.key === undefined ? {} : { identifier: `neuroclaw-key:${history.key}` }),
  });
  state.actions.push(id);
  const control = localId('control', job.id);
  state.graph.add({
    '@id': control,
    '@type': 'ControlAction',
    name: `orchestrate ${job.id}`,
    instrument: ref(localId('step', stage.stage, job.step)),
    object: ref(id),
  });
  state.controls.push(control);
}

export function addInputs(state: CrateState, stage: StageRecord, job: JobRecord, tool: string): string[] {
  const digests = state.artifacts.preimageOf(job.id)?.inputs ?? [];
  const used: string[] = [];
  for (const { role, shape, files } of job.inputs ?? []) {
    const formal = `${tool}/in/${encodeURIComponent(role)}`;
    const ids: string[] = [];
    const origin = adoptedFrom(stage, files);
    if (shape === 'folder') {
      const folder = digests.find((digest) => digest.role === role);
      if (folder !== undefined)
        ids.push(
          addContent(state, folder.sha256, `folder ${role} of ${job.id}`, 'Dataset', undefined, origin),
        );
    } else
      for (const { name, source } of files) {
        const sha256 = digests.find((digest) => digest.role === role && digest.name === name)?.sha256;
        if (source.from === 'job') ids.push(...resultIds(state, source.job, source.output));
        else if (sha256 !== undefined) ids.push(addContent(state, sha256, name, 'File', undefined, origin));
      }
    for (const id of ids) {
      if (!files.some(({ source }) => source.from === 'job')) {
        state.taken.add(id);
        const of = addFormal(
          state,
          localId('input', stage.stage, inputName(stage, job.step, role)),
          `${stage.stage}.${inputName(stage, job.step, role)}`,
          shape === 'folder' ? 'Dataset' : 'File',
          id,
        );
        state.formalInputs.add(of);
      }
      addFormal(state, formal, `${job.skill} ${role}`, shape === 'folder' ? 'Dataset' : 'File', id);
      state.graph.add({ '@id': tool, '@type': 'SoftwareApplication', input: [ref(formal)] });
    }
    used.push(...ids);
  }
  return used;
}

export function addSettings(state: CrateState, stage: StageRecord, job: JobRecord, tool: string): string[] {
  return Object.entries(job.params).map(([name, value]) => {
    const text = shownValue(value);
    const id = localId('setting', job.skill, name, text);
    const formal = `${tool}/param/${encodeURIComponent(name)}`;
    const unit = stage.skills[job.skill]?.units[name];
    state.graph.add({
      '@id': id,
      '@type': 'PropertyValue',
      name: `${job.skill} ${name}`,
      value: text,
      ...(unit === undefined ? {} : { unitText: unit }),
    });
    addFormal(state, formal, `${job.skill} ${name}`, typeOfValue(value), id, 'PropertyValue');
    state.graph.add({ '@id': tool, '@type': 'SoftwareApplication', input: [ref(formal)] });
    return id;
  });
}

export function addOutputs(state: CrateState, stage: StageRecord, job: JobRecord, tool: string): string[] {
  const entry = state.artifacts.entryOf(job.id);
  return (entry?.outputs ?? []).flatMap((output) => {
    if (output.absent) return [];
    const ids = resultIds(state, job.id, output.id);
    for (const id of ids) {
      const formal = `${tool}/out/${encodeURIComponent(output.id)}`;
      const type = isFolder(output) && !ids.some((each) => !each.startsWith('ni:')) ? 'Dataset' : 'File';
      addFormal(state, formal, `${job.skill} ${output.id}`, type, id);
      state.graph.add({ '@id': tool, '@type': 'SoftwareApplication', output: [ref(formal)] });
      const published = job.outputs?.find((each) => each.id === output.id)?.publish;
      if (published === undefined) continue;
      state.made.add(id);
      const name = `${stage.stage}.${job.step}.${output.id}`;
      state.formalOutputs.add(addFormal(state, localId('output', ...name.split('.')), name, type, id));
    }
    return ids;
  });
}

/** What is said of files that were adopted: who made them, by their own records. */
function adoptedFrom({ adopted = [] }: StageRecord, files: JobInput['files']): string {
  const found = adopted.find(({ root }) =>
    files.some(({ source }) => source.from === 'dataset' && source.path.startsWith(`${root}/`)),
  );
  if (found === undefined) return '';
  return `adopted, not computed by NeuroClaw: made by ${makersText(found.makers)}, verified on ${found.adopted.slice(0, 10)}; `;
}

/** The pipeline's own name of what a role is given, where it is bound to an input of the pipeline. */
function inputName(stage: StageRecord, step: string, role: string): string {
  const binding = stage.pipeline.steps.find(({ id }) => id === step)?.inputs[role];
  if (typeof binding === 'string') return binding.split('.')[0] ?? role;
  if (binding !== undefined && 'companion' in binding) return `${binding.of} ${binding.companion}`;
  return role;
}
