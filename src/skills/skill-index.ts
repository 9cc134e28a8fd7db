import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { Descriptor } from './boutiques/schema.js';
import { CAPABILITIES, type Capability } from './capability.js';
import type { SkillContract } from './contract.js';
import { Skill, type Evidence } from './skill.js';

/** A file (or folder) as it was when the index was built: bytes, and times in ms. */
type Stamp = readonly [size: number, modified: number, changed: number];

interface IndexEntry {
  readonly contract: SkillContract;
  readonly descriptor: Descriptor;
  readonly name: string;
  readonly description: string;
  readonly body: string;
  /** Paths relative to the skill root. */
  readonly program: Skill['program'];
  /** By path relative to the skill root: the folder of the skill and every file that was read. */
  readonly stamps: Readonly<Record<string, Stamp>>;
}

interface IndexDocument {
  readonly schema: typeof SCHEMA;
  readonly evidence: Readonly<Record<string, Evidence>>;
  readonly evidenceStamp: Stamp | null;
  readonly skills: Readonly<Record<string, IndexEntry>>;
  readonly capabilities: readonly Capability[];
  /** By path relative to the skill root: the folder of contracts and each file. */
  readonly capabilityStamps: Readonly<Record<string, Stamp | null>>;
}

const SCHEMA = 'neuroclaw/skill-index@2';

/** A file changed this shortly before it was stamped may change again within the grain of the clock. */
const SETTLED_MS = 2000;

/** Where the index of a root lies, and whether the files under the root are those of the package, never edited. */
export interface IndexFile {
  readonly root: string;
  readonly file: string;
  /**
   * True for an installed package: its thousands of files are not looked at, only its folders are listed. False for a
   * checkout: a skill is taken from the index only while all its files have the size and times they had.
   */
  readonly sealed: boolean;
}

/** Skills of one root as they were when it was built; anything that is not as it was is absent here and read from files. */
export class SkillIndex {
  readonly #document: IndexDocument;
  readonly #root: string;
  readonly #sealed: boolean;

  private constructor(document: IndexDocument, { root, sealed }: IndexFile) {
    this.#document = document;
    this.#root = root;
    this.#sealed = sealed;
  }

  /** Undefined where there is no index, or none that this version wrote. */
  static open(index: IndexFile): SkillIndex | undefined {
    try {
      const document = JSON.parse(readFileSync(index.file, 'utf8')) as Partial<IndexDocument> | null;
      if (document?.schema !== SCHEMA) return undefined;
      return new SkillIndex(document as IndexDocument, index);
    } catch {
      return undefined;
    }
  }

  /** What evidence.json says; undefined where it changed. */
  evidence(): IndexDocument['evidence'] | undefined {
    const { evidence, evidenceStamp } = this.#document;
    return this.#sealed || same(stampOf(join(this.#root, 'evidence.json')), evidenceStamp)
      ? evidence
      : undefined;
  }

  /** Contracts of capabilities; undefined where one changed, came or went. */
  capabilities(): readonly Capability[] | undefined {
    const { capabilities, capabilityStamps: stamps } = this.#document;
    if (this.#sealed) return capabilities;
    return Object.keys(stamps).every((path) => same(stampOf(join(this.#root, path)), stamps[path]))
      ? capabilities
      : undefined;
  }

  skill(id: string, evidence: Evidence | undefined): Skill | undefined {
    const entry = Object.hasOwn(this.#document.skills, id) ? this.#document.skills[id] : undefined;
    if (entry === undefined || !this.#isFresh(entry)) return undefined;
    return new Skill({
      folder: join(this.#root, id),
      contract: entry.contract,
      descriptor: entry.descriptor,
      name: entry.name,
      description: entry.description,
      body: entry.body,
      program: entry.program.map((file) => ({ ...file, path: join(this.#root, file.path) })),
      evidence,
    });
  }

  #isFresh({ stamps }: IndexEntry): boolean {
    if (this.#sealed) return true;
    for (const path in stamps) if (!same(stampOf(join(this.#root, path)), stamps[path])) return false;
    return true;
  }
}

/**
 * The text of an index over skills that were read from files a moment ago without a finding. Left out are skills whose
 * files changed just now, or lie outside the root.
 *
 * @param now milliseconds since 1970
 */
export function indexText(
  root: string,
  skills: Iterable<Skill>,
  evidence: Readonly<Record<string, Evidence>>,
  capabilities: Iterable<Capability>,
  now: number,
): string {
  const entries: Record<string, IndexEntry> = {};
  for (const skill of skills) {
    const program = skill.program.map((file) => ({ ...file, path: relative(root, file.path) }));
    if (program.some(({ path }) => path.startsWith('..') || isAbsolute(path))) continue;
    const paths = [
      skill.id,
      ...['skill.yaml', 'tool.json', 'SKILL.md'].map((name) => `${skill.id}/${name}`),
      ...program.map(({ path }) => path),
    ];
    const stamps = paths.map((path) => [path, stampOf(join(root, path))] as const);
    if (!stamps.every(([, stamp]) => stamp !== null && isSettled(stamp, now))) continue;
    entries[skill.id] = {
      contract: skill.contract,
      descriptor: skill.descriptor,
      name: skill.name,
      description: skill.description,
      body: skill.body,
      program,
      stamps: Object.fromEntries(stamps) as Record<string, Stamp>,
    };
  }
  const book = stampOf(join(root, 'evidence.json'));
  const evidenceStamp = book === null || isSettled(book, now) ? book : NEVER;
  const contracts = [...capabilities];
  const capabilityStamps = Object.fromEntries(
    [CAPABILITIES, ...contracts.map(({ id }) => `${CAPABILITIES}/${id}.yaml`)].map((path) => {
      const stamp = stampOf(join(root, path));
      return [path, stamp === null || isSettled(stamp, now) ? stamp : NEVER] as const;
    }),
  );
  const document: IndexDocument = {
    schema: SCHEMA,
    evidence,
    evidenceStamp,
    skills: entries,
    capabilities: contracts,
    capabilityStamps,
  };
  return JSON.stringify(document);
}

/** Of no file. */
const NEVER: Stamp = [-1, 0, 0];

function isSettled([, modified, changed]: Stamp, now: number): boolean {
  return now - Math.max(modified, changed) >= SETTLED_MS;
}

/** Null where there is nothing, or nothing that may be looked at. */
function stampOf(path: string): Stamp | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : [stat.size, stat.mtimeMs, stat.ctimeMs];
  } catch {
    return null;
  }
}

function same(now: Stamp | null, then: Stamp | null | undefined): boolean {
  if (now === null || then === null || then === undefined) return now === null && then === null;
  return now[0] === then[0] && now[1] === then[1] && now[2] === then[2];
}
