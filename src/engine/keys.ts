import { canonicalJson, sha256, sha256OfJson, type JsonObject, type JsonValue } from '../kernel/json.js';

/** Content of one role: the digest of a file, or of a folder's sorted (relative path, digest) pairs. */
export interface InputDigest {
  readonly role: string;
  /** Base name of the file as the tool sees it; empty for a folder. */
  readonly name: string;
  readonly sha256: string;
}

/**
 * Everything that decides a result, and nothing else: no absolute path, date, host or number of threads
 * (unless the skill declares that threads change its result).
 */
export interface KeyPreimage {
  readonly schema: 'neuroclaw/key@1';
  readonly skill: { readonly id: string; readonly program: string };
  readonly environment: { readonly digest: string };
  readonly params: JsonObject;
  readonly argv: readonly string[];
  readonly inputs: readonly InputDigest[];
  readonly sidecar: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly numerics: JsonObject;
}

/** Key of a job: SHA-256 over the canonical JSON of its preimage (RFC 8785). */
export function jobKey(preimage: KeyPreimage): string {
  return sha256(canonicalJson(preimage));
}

/** Digest of a folder from the digests of its files. */
export function folderDigest(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sha256OfJson(sorted.map((file) => [file.name, file.sha256]));
}

export interface PreimageChange {
  /** `params.fwhm_mm`, `inputs.image`, `environment.digest`, ... */
  readonly field: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** What differs between two preimages of one job, in words of the design: parameter by parameter, role by role. */
export function preimageChanges(before: KeyPreimage, after: KeyPreimage): PreimageChange[] {
  const changes: PreimageChange[] = [];
  const compare = (field: string, a: JsonValue | undefined, b: JsonValue | undefined): void => {
    if (a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b))) return;
    changes.push({ field, before: a, after: b });
  };
  const compareRecords = (field: string, a: JsonObject, b: JsonObject): void => {
    for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      compare(`${field}.${name}`, a[name], b[name]);
    }
  };
  compareRecords('params', before.params, after.params);
  compareRecords('inputs', inputRecord(before), inputRecord(after));
  compareRecords('sidecar', before.sidecar, after.sidecar);
  compare('environment.digest', before.environment.digest, after.environment.digest);
  compare('skill.id', before.skill.id, after.skill.id);
  compare('skill.program', before.skill.program, after.skill.program);
  compareRecords('env', before.env, after.env);
  compareRecords('numerics', before.numerics, after.numerics);
  // The argv follows from parameters, inputs and program: it is news only where nothing else changed.
  if (changes.length === 0) compare('argv', before.argv, after.argv);
  return changes;
}

function inputRecord(preimage: KeyPreimage): JsonObject {
  const record: Record<string, JsonValue> = {};
  for (const input of preimage.inputs) {
    const known = record[input.role];
    const entry = `${input.name} ${input.sha256}`.trim();
    record[input.role] = typeof known === 'string' ? `${known}; ${entry}` : entry;
  }
  return record;
}
