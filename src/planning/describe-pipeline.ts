import type { Skill } from '../skills/skill.js';
import { presetNames } from './parameters.js';
import type { Pipeline } from './pipeline.js';

export interface PipelineSummary {
  readonly id: string;
  /** The orchestrator that it belongs to. */
  readonly agent: string;
  readonly version: string;
  readonly title: string;
  readonly presets: readonly { readonly name: string; readonly about: string }[];
  /** Capabilities that its steps ask for, with the installed skills that provide them. */
  readonly capabilities: readonly {
    readonly step: string;
    readonly capability: string;
    readonly providers: readonly string[];
  }[];
  /** Files that the person names with `--input`. */
  readonly files: readonly string[];
}

/** What `pipelines list` says of a pipeline. */
export function describePipeline(pipeline: Pipeline, skills: ReadonlyMap<string, Skill>): PipelineSummary {
  const { id, version, title } = pipeline;
  return {
    id,
    agent: id.slice(0, id.indexOf('/')),
    version,
    title,
    presets: presetNames(pipeline).map((name) => ({
      name,
      about: pipeline.presets[name]?.about ?? 'the defaults',
    })),
    capabilities: pipeline.steps.flatMap(({ id: step, capability, prefer = [] }) => {
      if (capability === undefined) return [];
      const providers = [...skills.values()].flatMap((skill) =>
        skill.contract.provides[capability] === undefined ? [] : [skill.id],
      );
      const ordered = [...prefer.filter((skill) => providers.includes(skill)), ...providers];
      return [{ step, capability, providers: [...new Set(ordered)] }];
    }),
    files: Object.entries(pipeline.inputs).flatMap(([name, input]) => ('given' in input ? [name] : [])),
  };
}
