import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import type { JsonObject } from '../kernel/json.js';
import type { LoadedEnvironment } from '../environments/registry.js';
import type { CompiledStage, JobInput, JobOutput } from '../planning/job.js';
import type { Pipeline } from '../planning/pipeline.js';
import type { Adaptation } from '../planning/compile/adaptation.js';
import type { ProviderChoice } from '../planning/compile/choose-providers.js';
import type { Skill } from '../skills/skill.js';
import type { UsedAdoption } from './adoption/used.js';
import { writeAtomic } from './durable.js';
import type { RunLayout } from './layout.js';

/** What a stage was made of, as it was approved: kept with the run, so that reports need nothing that is installed. */
export interface StageRecord {
  readonly schema: 'neuroclaw/stage@1';
  readonly stage: string;
  readonly dataset: string;
  /** Every step with the skill that served it. */
  readonly pipeline: Pipeline;
  readonly parameters: JsonObject;
  readonly preset: string;
  readonly providers: readonly ProviderChoice[];
  /** Absent in runs of versions that kept none. */
  readonly adaptations?: readonly Adaptation[];
  readonly skills: Readonly<Record<string, SkillRecord>>;
  /** What the environments that were opened say of themselves, by name; absent in records of older versions. */
  readonly environments?: Readonly<Record<string, EnvironmentRecord>>;
  readonly jobs: readonly JobRecord[];
  /** Results that were adopted, not computed. Absent in records of older versions. */
  readonly adopted?: readonly UsedAdoption[];
}

export interface EnvironmentRecord {
  readonly title: string;
  /** SPDX expression of the tools in it. */
  readonly license: string;
  /** Where its tools come from. */
  readonly source?: string;
}

export interface SkillRecord {
  readonly version: string;
  readonly family: string;
  readonly environment: string;
  /** First word of the command line. */
  readonly program: string;
  readonly citations: readonly { readonly text: string; readonly doi?: string | undefined }[];
  /** Units of parameters, where the contract says them. */
  readonly units: Readonly<Record<string, string>>;
}

export interface JobRecord {
  readonly id: string;
  readonly step: string;
  readonly skill: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  /** Files of the dataset by absolute path, or of earlier jobs. This and what follows are absent in older records. */
  readonly inputs?: readonly JobInput[];
  readonly outputs?: readonly JobOutput[];
  readonly needs?: readonly string[];
}

/** Keeps what a stage was made of in the folder of the run. */
export async function writeStageRecord(
  compiled: CompiledStage,
  skillOf: (id: string) => Skill,
  environments: readonly LoadedEnvironment[],
  paths: RunLayout,
  adopted: readonly UsedAdoption[],
): Promise<void> {
  const skills: Record<string, SkillRecord> = {};
  for (const job of compiled.jobs) {
    if (skills[job.skill] !== undefined) continue;
    const { contract } = skillOf(job.skill);
    skills[job.skill] = {
      version: contract.version,
      family: contract.family,
      environment: contract.environment,
      program: job.argv[0] ?? '',
      citations: contract.citations,
      units: Object.fromEntries(
        Object.entries(contract.params).flatMap(([name, { unit }]) =>
          unit === undefined ? [] : [[name, unit]],
        ),
      ),
    };
  }
  const record: StageRecord = {
    schema: 'neuroclaw/stage@1',
    stage: compiled.stage,
    dataset: compiled.dataset.folder,
    pipeline: compiled.definition,
    parameters: compiled.parameters,
    preset: compiled.preset,
    providers: compiled.providers,
    adaptations: compiled.adaptations,
    skills,
    environments: Object.fromEntries(environments.map((each) => [each.name, environmentRecord(each)])),
    jobs: compiled.jobs.map(({ id, step, skill, entities, params, inputs, outputs, needs }) => ({
      id,
      step,
      skill,
      entities,
      params,
      inputs,
      outputs,
      needs,
    })),
    adopted,
  };
  const file = join(paths.stages, `${compiled.stage}.json`);
  await writeAtomic(file, `${JSON.stringify(record, null, 1)}\n`);
}

function environmentRecord({ title, license, runtimes }: LoadedEnvironment): EnvironmentRecord {
  const source = runtimes.docker?.source;
  return { title, license, ...(source === undefined ? {} : { source }) };
}

/** Records of the stages of a run that began; none for runs of versions that kept none. */
export function readStageRecords(paths: RunLayout): StageRecord[] {
  let names: string[];
  try {
    names = readdirSync(paths.stages).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return names.map((name) => {
    const record = JSON.parse(readFileSync(join(paths.stages, name), 'utf8')) as StageRecord;
    // Kept before there were pictures: none.
    return { ...record, pipeline: { ...record.pipeline, pictures: record.pipeline.pictures ?? {} } };
  });
}
