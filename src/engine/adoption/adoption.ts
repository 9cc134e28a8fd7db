import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../kernel/findings.js';
import { nodeErrorCode } from '../../kernel/errors.js';
import type { JsonValue } from '../../kernel/json.js';
import type { OutputLayout } from '../layout.js';

/** What a folder can be adopted as: subjects of FreeSurfer, or a derivative dataset by BIDS. */
export const adoptionKinds = ['freesurfer', 'bids'] as const;
export type AdoptionKind = (typeof adoptionKinds)[number];

/** Who made the results, as their own records say. */
export interface Maker {
  readonly name: string;
  readonly version?: string;
}

/** A file as it was when it was adopted. */
export interface AdoptedFile {
  /** Relative to the folder that was adopted, POSIX separators. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** A participant of a derivative dataset, or a subject folder. */
export interface AdoptedUnit {
  /** Label without `sub-`; of a subject folder its whole name where that is no BIDS name. */
  readonly label: string;
  /** Of a subject folder that is of one session. */
  readonly session?: string;
  /** Folder below the one that was adopted. */
  readonly folder: string;
  readonly makers: readonly Maker[];
  /** Over its files: SHA-256 of the sorted (path, digest). */
  readonly digest: string;
  readonly files: readonly AdoptedFile[];
  /** What was measured on the way, such as the version or the intracranial volume. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Warnings: it was adopted all the same. */
  readonly findings: readonly Finding[];
}

export interface RefusedUnit {
  readonly label: string;
  readonly folder: string;
  /** Why, at least one error. */
  readonly findings: readonly Finding[];
}

/** Results that were there before and were verified: used by plans as adopted, not computed. */
export interface Adoption {
  readonly schema: 'neuroclaw/adoption@1';
  /** SHA-256 over kind and content: the same content is the same adoption, wherever it lies. */
  readonly key: string;
  readonly kind: AdoptionKind;
  /** As the person says it, else the name that the dataset gives itself. */
  readonly name: string;
  /** Absolute path. Nothing in it was changed or copied. */
  readonly root: string;
  /** When: ISO 8601 UTC. */
  readonly adopted: string;
  /** Makers of the whole, each once. */
  readonly makers: readonly Maker[];
  /** Spaces that images of a derivative dataset are in. */
  readonly spaces: readonly string[];
  readonly units: readonly AdoptedUnit[];
  readonly refused: readonly RefusedUnit[];
  /** Files of the dataset as a whole: its description, tables. */
  readonly shared: readonly AdoptedFile[];
  readonly findings: readonly Finding[];
}

/** The adoptions of an output folder, the newest of each folder, by name and folder. */
export function readAdoptions(layout: Pick<OutputLayout, 'adopted'>): Adoption[] {
  let names: string[];
  try {
    names = readdirSync(layout.adopted).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const newest = new Map<string, Adoption>();
  for (const name of names) {
    const adoption = JSON.parse(readFileSync(join(layout.adopted, name), 'utf8')) as Adoption;
    const known = newest.get(adoption.root);
    if (known === undefined || known.adopted < adoption.adopted) newest.set(adoption.root, adoption);
  }
  return [...newest.values()].sort((a, b) => (`${a.name}\n${a.root}` < `${b.name}\n${b.root}` ? -1 : 1));
}

/** `FreeSurfer 7.4.1`; several with commas. */
export function makersText(makers: readonly Maker[]): string {
  return makers
    .map(({ name, version }) => (version === undefined ? `${name} (no version said)` : `${name} ${version}`))
    .join(', ');
}

/** Each once, in their order. */
export function distinctMakers(makers: readonly Maker[]): Maker[] {
  return [...new Map(makers.map((maker) => [`${maker.name}\n${maker.version ?? ''}`, maker])).values()];
}
