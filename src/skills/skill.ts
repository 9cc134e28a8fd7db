import type { Descriptor } from './boutiques/schema.js';
import { adapterVersions } from './adapters/versions.js';
import type { SkillContract } from './contract.js';
import { programDigest } from './program-digest.js';
import type { ProgramFile } from './program-files.js';

/**
 * How far a skill was proven: `declared` is written down and checked for consistency; `command`: its command line was
 * compared with what the program itself says it takes; `executed`: a test runs the program and looks at the result.
 */
export const evidenceLevels = ['executed', 'command', 'declared'] as const;
export type EvidenceLevel = (typeof evidenceLevels)[number];

export interface Evidence {
  readonly evidence: EvidenceLevel;
  /** The test file, relative to the project. */
  readonly by?: string;
}

/** One tool operation, loaded from its folder. Immutable. */
export class Skill {
  readonly id: string;
  /** Absolute path. */
  readonly folder: string;
  readonly contract: SkillContract;
  readonly descriptor: Descriptor;
  /** Of the front matter of SKILL.md. */
  readonly name: string;
  readonly description: string;
  /** `run.py` and the modules that it imports, which jobs see at `/skill`; empty for a tool of the environment. */
  readonly program: readonly ProgramFile[];
  readonly evidence: Evidence;
  readonly #document: string;
  #digest: string | undefined;

  constructor(parts: {
    readonly folder: string;
    readonly contract: SkillContract;
    readonly descriptor: Descriptor;
    readonly name: string;
    readonly description: string;
    /** Text of SKILL.md below the front matter. */
    readonly body: string;
    readonly program?: readonly ProgramFile[];
    readonly evidence?: Evidence | undefined;
  }) {
    this.id = parts.contract.id;
    this.folder = parts.folder;
    this.contract = parts.contract;
    this.descriptor = parts.descriptor;
    this.name = parts.name;
    this.description = parts.description;
    this.program = parts.program ?? [];
    this.evidence = parts.evidence ?? { evidence: 'declared' };
    this.#document = parts.body;
  }

  /** What SKILL.md says below its front matter, Markdown. */
  get body(): string {
    return this.#document.trim();
  }

  /** Lower-case hex SHA-256 of what turns values into a command; computed once. */
  programDigest(): string {
    const name = this.contract.adapter;
    const version = name === undefined ? undefined : adapterVersions.get(name);
    this.#digest ??= programDigest({
      descriptor: this.descriptor,
      files: this.program,
      adapter: name === undefined || version === undefined ? undefined : { name, version },
      stdout: this.contract.stdout,
      workspace: this.contract.workspace,
    });
    return this.#digest;
  }
}

/** One line of `skills list --json`. */
export interface SkillSummary {
  readonly id: string;
  readonly version: string;
  readonly family: string;
  readonly capabilities: readonly string[];
  readonly environment: string;
  readonly evidence: EvidenceLevel;
  /** The test that showed it. */
  readonly evidence_by?: string;
}

export function describeSkill(skill: Skill): SkillSummary {
  const { id, version, family, capabilities, environment } = skill.contract;
  const { evidence, by } = skill.evidence;
  const summary = { id, version, family, capabilities, environment, evidence };
  return by === undefined ? summary : { ...summary, evidence_by: by };
}
