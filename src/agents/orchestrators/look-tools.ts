import type { JsonObject } from '../../kernel/json.js';
import { nearest } from '../../kernel/text.js';
import { matchesGlob } from '../../planning/glob.js';
import { describeParameter, presetNames } from '../../planning/parameters.js';
import type { ToolSchema } from '../model.js';
import type { Privacy } from '../safety/privacy.js';
import { untrusted } from '../safety/untrusted.js';
import type { Agent, AgentToolName } from './agent-file.js';
import type { PlanningWorld } from './planning-world.js';

/** A tool that looks and changes nothing. Its answer is text for a model, with what is untrusted marked. */
export interface LookTool {
  readonly schema: ToolSchema;
  /** Throws nothing that a person could cause: what is wrong with the arguments is its answer. */
  readonly look: (args: JsonObject) => Promise<string> | string;
}

type MakeTool = (world: PlanningWorld, agent: Agent, privacy: Privacy) => LookTool;

const MOST_FILES = 40;

function tool(
  name: AgentToolName,
  description: string,
  fields: Readonly<Record<string, string>>,
  look: LookTool['look'],
): LookTool {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([field, about]) => [field, { type: 'string', description: about }]),
  );
  const parameters = {
    type: 'object',
    properties,
    required: Object.keys(fields),
    additionalProperties: false,
  };
  return { schema: { name, description, parameters }, look };
}

const textArg = (args: JsonObject, name: string): string => {
  const value = args[name];
  return typeof value === 'string' ? value.trim() : '';
};

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `There is no ${what} ${name}. ${near === undefined ? '' : `Did you mean ${near}? `}There are: ${known.join(', ')}.`;
}

const pipelinesOf = (world: PlanningWorld, agent: Agent): string[] =>
  [...world.pipelines.keys()].filter((id) => agent.pipelines.some((pattern) => matchesGlob(pattern, id)));

const skillsOf = (world: PlanningWorld, agent: Agent): string[] =>
  [...world.skills.skills.keys()].filter((id) => agent.skills.some((pattern) => matchesGlob(pattern, id)));

const makers: Readonly<Record<AgentToolName, MakeTool>> = {
  dataset: (world, _agent, privacy) =>
    tool('dataset', 'What is in the dataset: counts, tasks, what is missing, what is odd.', {}, () => {
      if (world.bids === undefined)
        return `A folder of DICOMs, to be converted first. Its series:\n${untrusted(
          'DICOM headers',
          (world.series ?? []).map((line) => privacy.freeText(line)).join('\n'),
        )}`;
      const { name, type, totals, tasks, sessions, missing, odd, participants } = world.bids.summary;
      const facts = {
        name: privacy.freeText(name),
        type,
        participants: participants.map(({ participant }) => privacy.alias(participant)),
        totals,
        tasks,
        sessions,
        missing,
        odd,
      };
      return untrusted('dataset', privacy.hide(JSON.stringify(facts, null, 1)));
    }),
  participant: (world, _agent, privacy) =>
    tool(
      'participant',
      'What there is of one participant.',
      { participant: 'Label as in the dataset' },
      (args) => {
        const label = privacy.label(textArg(args, 'participant'));
        const found = world.bids?.summary.participants.find(({ participant }) => participant === label);
        if (found === undefined) return 'There is no such participant in the dataset.';
        return untrusted(
          'dataset',
          privacy.hide(JSON.stringify({ ...found, participant: privacy.alias(found.participant) })),
        );
      },
    ),
  files: (world, _agent, privacy) =>
    tool(
      'files',
      'Names of files of one datatype and suffix, such as dwi and dwi, or func and bold.',
      { datatype: 'BIDS datatype', suffix: 'BIDS suffix' },
      (args) => {
        const [datatype, suffix] = [textArg(args, 'datatype'), textArg(args, 'suffix')];
        const files = (world.bids?.dataset.files ?? []).filter(
          (file) => file.datatype === datatype && file.suffix === suffix,
        );
        if (files.length === 0) return `There are no files of datatype ${datatype} with suffix ${suffix}.`;
        const shown = files.slice(0, MOST_FILES).map(({ path }) => privacy.hide(path));
        const more = files.length - shown.length;
        return untrusted('file names', `${shown.join('\n')}${more > 0 ? `\nand ${more} more` : ''}`);
      },
    ),
  pipelines: (world, agent) =>
    tool('pipelines', 'The pipelines that your plans may use, with what each does.', {}, () =>
      untrusted(
        'pipelines',
        pipelinesOf(world, agent)
          .map(
            (id) =>
              `${id}: ${world.pipelines.get(id)?.title ?? ''}. ${world.pipelines.get(id)?.description ?? ''}`,
          )
          .join('\n'),
      ),
    ),
  pipeline: (world, agent) =>
    tool(
      'pipeline',
      'Inputs, parameters, presets and steps of one pipeline.',
      { id: 'agent/name' },
      (args) => {
        const id = textArg(args, 'id');
        const known = pipelinesOf(world, agent);
        const found = known.includes(id) ? world.pipelines.get(id) : undefined;
        if (found === undefined) return unknown('pipeline', id, known);
        const facts = {
          id,
          about: found.description,
          inputs: Object.fromEntries(
            Object.entries(found.inputs).map(([name, input]) => [
              name,
              'description' in input && input.description !== ''
                ? input.description
                : Object.keys(input).join(', '),
            ]),
          ),
          parameters: Object.fromEntries(
            Object.entries(found.parameters).map(([name, schema]) => [
              name,
              `${schema.description}. ${describeParameter(schema)}; ${schema.default === undefined ? (schema.required === true ? 'must be given' : 'no default') : `default ${JSON.stringify(schema.default)}`}`,
            ]),
          ),
          presets: presetNames(found),
          steps: found.steps.map(
            ({ id: step, skill, capability }) => `${step}: ${skill ?? `any ${capability}`}`,
          ),
        };
        return untrusted('pipeline', JSON.stringify(facts, null, 1));
      },
    ),
  skills: (world, agent) =>
    tool('skills', 'The skills that your plans may choose between, one line each.', {}, () =>
      untrusted(
        'skills',
        skillsOf(world, agent)
          .map((id) => `${id}: ${world.skills.skills.get(id)?.description ?? ''}`)
          .join('\n'),
      ),
    ),
  skill: (world, agent) =>
    tool('skill', 'What one skill does, when to use it, its pitfalls.', { id: 'family/skill' }, (args) => {
      const id = textArg(args, 'id');
      const known = skillsOf(world, agent);
      const found = known.includes(id) ? world.skills.skills.get(id) : undefined;
      return found === undefined
        ? unknown('skill', id, known.slice(0, MOST_FILES))
        : untrusted('skill', `${found.description}\n\n${found.body}`);
    }),
  runs: (world, _agent, privacy) =>
    tool('runs', 'Earlier runs in this output folder: what was done, what failed and why.', {}, async () => {
      const runs = await world.runs();
      if (runs.length === 0) return 'Nothing has been run here yet.';
      const lines = runs.map(({ title, state, jobs }) => {
        const failed = jobs.filter(({ state: of }) => of === 'failed' || of === 'rejected');
        return `${title}: ${state}, ${jobs.length} jobs${failed.map(({ job, message }) => `\n  ${job}: ${message ?? 'failed'}`).join('')}`;
      });
      return untrusted('earlier runs', privacy.hide(lines.join('\n')));
    }),
  readme: (world, _agent, privacy) =>
    tool('readme', 'The README of the dataset.', {}, async () => {
      if (!privacy.sharing.text) return 'The person has not allowed free text of the dataset to be shared.';
      const text = await world.readme();
      return text === undefined ? 'The dataset has no README.' : untrusted('README', privacy.hide(text));
    }),
};

/** The tools that an agent is given. */
export function lookTools(world: PlanningWorld, agent: Agent, privacy: Privacy): Map<string, LookTool> {
  return new Map(agent.tools.map((name) => [name, makers[name](world, agent, privacy)]));
}
