import { makersText } from '../engine/adoption/adoption.js';
import type { JobRecord, SkillRecord, StageRecord } from '../engine/stage-record.js';
import { placeholdersOf, sentencesOf } from '../planning/methods-text.js';
import { PRECISE } from '../planning/parameters.js';
import { pictureSteps } from '../planning/picture-steps.js';
import { Bibliography, type Reference } from './bibliography.js';
import { programName } from './program-name.js';
import type { RunArtifacts } from './run-artifacts.js';

export interface StageMethods {
  readonly stage: string;
  readonly pipeline: string;
  readonly version: string;
  /** One paragraph; numbers in brackets are of the list of references. */
  readonly text: string;
}

export interface Methods {
  readonly run: string;
  readonly stages: readonly StageMethods[];
  readonly references: readonly Reference[];
}

/**
 * The methods text of a run: what ran, with the parameters it was given and the versions of its environments, never what
 * could have run. Steps that were left out are not mentioned, substitutions and failures are.
 */
export function methodsOf(artifacts: RunArtifacts): Methods {
  const bibliography = new Bibliography();
  const stages = artifacts.stages.flatMap((stage): StageMethods[] => {
    const ran = stage.jobs.filter((job) => artifacts.done.has(job.id));
    if (ran.length === 0) return [];
    const text = paragraphOf(stage, ran, artifacts, bibliography);
    return [{ stage: stage.stage, pipeline: stage.pipeline.id, version: stage.pipeline.version, text }];
  });
  return { run: artifacts.run, stages, references: bibliography.references() };
}

function paragraphOf(
  stage: StageRecord,
  ran: readonly JobRecord[],
  artifacts: RunArtifacts,
  bibliography: Bibliography,
): string {
  const { pipeline } = stage;
  const steps = new Set(ran.map(({ step }) => step));
  const cited = new Set<string>();
  const tool = (step: string): string => {
    const skills = [...new Set(ran.filter((job) => job.step === step).map((job) => job.skill))];
    return skills
      .flatMap((id) => {
        const skill = stage.skills[id];
        if (skill === undefined) return [];
        cited.add(id);
        const numbers = bibliography.cite(id, skill.citations);
        return [`${programName(skill, artifacts.environments.get(skill.environment))}${numbers}`];
      })
      .join(' and ');
  };
  const values: Values = { stage, ran, tool };
  const template = sentencesOf(pipeline).flatMap(({ text, step, unless }) => {
    if (step !== undefined && !steps.has(step)) return [];
    if (unless !== undefined && steps.has(unless)) return [];
    return [filled(text, values)];
  });
  const opening = `Processing followed ${pipeline.id} ${pipeline.version}${stage.preset === PRECISE ? '' : ` with the preset ${stage.preset}`} (NeuroClaw ${artifacts.version}).`;
  const sentences = [
    opening,
    ...template,
    ...substitutions(stage, steps),
    ...adaptations(stage, steps),
    ...adoptions(stage, ran),
    ...failures(stage, artifacts),
  ];
  // Whatever ran is named, also where the template says nothing of it.
  const drawing = pictureSteps(pipeline);
  const unsaid = [
    ...new Set(ran.filter((job) => !cited.has(job.skill) && !drawing.has(job.step)).map((job) => job.step)),
  ];
  if (unsaid.length > 0) {
    const each = unsaid.map((step) => `${step} (${tool(step)})`);
    sentences.push(`${template.length === 0 ? 'Steps' : 'Further steps'} were ${listed(each)}.`);
  }
  const artists = artistsOf(
    stage,
    ran.filter(({ step }) => drawing.has(step)),
    artifacts,
    bibliography,
  );
  if (artists.length > 0) sentences.push(`Pictures of the report were drawn by ${listed(artists)}.`);
  return sentences.join(' ');
}

/** Programs that drew, each once with everything that it is cited for. */
function artistsOf(
  { skills }: StageRecord,
  drew: readonly JobRecord[],
  { environments }: RunArtifacts,
  bibliography: Bibliography,
): string[] {
  const programs = new Map<string, Map<string, SkillRecord>>();
  for (const { skill: id } of drew) {
    const skill = skills[id];
    if (skill === undefined) continue;
    const name = programName(skill, environments.get(skill.environment));
    programs.set(name, (programs.get(name) ?? new Map<string, SkillRecord>()).set(id, skill));
  }
  return [...programs].map(([name, own]) => `${name}${bibliography.citeTogether(own)}`);
}

interface Values {
  readonly stage: StageRecord;
  readonly ran: readonly JobRecord[];
  readonly tool: (step: string) => string;
}

function filled(text: string, values: Values): string {
  let result = text.trim().replace(/\s+/g, ' ');
  for (const name of new Set(placeholdersOf(text)))
    result = result.replaceAll(`{${name}}`, valueOf(name, values));
  return result;
}

function valueOf(name: string, { stage, ran, tool }: Values): string {
  const [first = '', part, parameter = ''] = name.split('.');
  if (part === 'tool') return tool(first);
  if (part === 'params') {
    const jobs = ran.filter((job) => job.step === first);
    const given = [...new Set(jobs.map((job) => shown(ownParameter(job, stage, parameter))))];
    return given.join(' or ') || 'the default';
  }
  if (name === 'participants') return String(new Set(ran.map((job) => job.entities['sub'] ?? '')).size);
  if (name === 'files') return String(new Set(ran.map((job) => JSON.stringify(job.entities))).size);
  const unit = stage.pipeline.parameters[name]?.unit;
  const value = stage.parameters[name];
  return value === undefined ? 'the default' : `${shown(value)}${unit === undefined ? '' : ` ${unit}`}`;
}

function ownParameter(job: JobRecord, stage: StageRecord, name: string): unknown {
  const value = job.params[name];
  const unit = stage.skills[job.skill]?.units[name];
  return typeof value === 'number' && unit !== undefined ? `${value} ${unit}` : value;
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return value === undefined || value === null ? 'the default' : String(value);
}

function substitutions(stage: StageRecord, steps: ReadonlySet<string>): string[] {
  return stage.providers.flatMap(({ step, capability, skill, instead_of: instead }) =>
    instead === undefined || !steps.has(step)
      ? []
      : [`For ${capability}, ${skill} was used instead of ${instead}, which was not available.`],
  );
}

function adaptations(stage: StageRecord, steps: ReadonlySet<string>): string[] {
  return (stage.adaptations ?? []).flatMap(({ step, reason }) =>
    steps.has(step) ? [`Adapted to the data: ${reason}.`] : [],
  );
}

/** Results that were there before, by whom their own records say; as far as jobs that ran read them. */
function adoptions({ adopted = [] }: StageRecord, ran: readonly JobRecord[]): string[] {
  const paths = ran.flatMap(({ inputs = [] }) =>
    inputs.flatMap(({ files }) =>
      files.flatMap(({ source }) => (source.from === 'dataset' ? [source.path] : [])),
    ),
  );
  return adopted.flatMap(({ root, kind, makers, adopted: on, folders }) => {
    const used = folders.filter((folder) => paths.some((path) => path.startsWith(`${root}/${folder}/`)));
    if (used.length === 0) return [];
    const what = kind === 'freesurfer' ? 'Reconstructions' : 'Derivatives';
    return [
      `${what} of ${used.length} ${kind === 'freesurfer' ? 'subjects' : 'participants'} by ${makersText(makers)} were adopted, not computed by NeuroClaw; they were verified on ${on.slice(0, 10)}.`,
    ];
  });
}

function failures(stage: StageRecord, { unfinished }: RunArtifacts): string[] {
  const counts = new Map<string, number>();
  for (const { id, step } of stage.jobs) {
    const end = unfinished.get(id);
    if (end !== undefined) counts.set(`${step} ${end.state}`, (counts.get(`${step} ${end.state}`) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const each = [...counts].map(([what, count]) => {
    const [step = '', state = ''] = what.split(' ');
    return `${count} of ${step} (${state})`;
  });
  return [`Not completed: ${listed(each)}.`];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
