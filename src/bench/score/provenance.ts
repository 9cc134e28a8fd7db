import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../kernel/json.js';
import type { StepRecord } from '../sandbox/sandbox.js';
import type { ListedFile } from '../sandbox/listing.js';

/** `provenance.json`, `neurobench/provenance@1`: what an agent says of how its artefacts were made (after W3C PROV and BIDS GeneratedBy). */
export const provenanceSchema = z.object({
  schema: z.literal('neurobench/provenance@1'),
  GeneratedBy: z.array(z.object({ Name: z.string().min(1), Version: z.string().min(1) })).min(1),
  commands: z.array(z.object({ argv: z.array(z.string()).min(1), exit_code: z.int() })).min(1),
  inputs: z.array(z.object({ path: z.string(), sha256: z.string() })).min(1),
  outputs: z.array(z.object({ path: z.string(), sha256: z.string() })).min(1),
  environment: z.object({ digest: z.string(), os: z.string().min(1), arch: z.string().min(1) }),
  seeds: z.record(z.string(), z.number()),
  threads: z.int().positive(),
  started: z.iso.datetime({ offset: true }),
  ended: z.iso.datetime({ offset: true }),
  warnings: z.array(z.string()),
  data_licences: z.array(z.string()),
});

/** What the harness saw, to hold the claims against. */
export interface ProvenanceTruth {
  readonly steps: readonly StepRecord[];
  /** Digests of the inputs by path below `in`. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, ListedFile>;
  /** Outputs that must be named. */
  readonly required: readonly string[];
  readonly threads: number;
}

export interface ProvenanceScore {
  /** Share of the fields that are there; 0 where a claim is false. */
  readonly score: number;
  readonly missing: readonly string[];
  /** Claims that what the harness saw contradicts. */
  readonly lies: readonly string[];
}

/** Holds `provenance.json` against what was seen. A missing field costs its share; a false claim costs everything. */
export function scoreProvenance(text: string | undefined, truth: ProvenanceTruth): ProvenanceScore {
  const fields = Object.keys(provenanceSchema.shape);
  if (text === undefined) return { score: 0, missing: fields, lies: [] };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { score: 0, missing: fields, lies: [] };
  }
  if (!isJsonObject(document)) return { score: 0, missing: fields, lies: [] };
  const parsed = provenanceSchema.safeParse(document);
  const missing = new Set(
    parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0] ?? fields[0])),
  );
  const { data } = claimsSchema.safeParse(onlySound(document, missing));
  const lies = data === undefined ? [] : falseClaims(data, truth);
  if (data?.outputs !== undefined) {
    const named = data.outputs.map(({ path }) => plain(path));
    const isNamed = (path: string): boolean =>
      named.some((name) => name === path || name.startsWith(`${path}/`));
    if (!truth.required.every(isNamed)) missing.add('outputs');
  }
  const score = lies.length > 0 ? 0 : (fields.length - missing.size) / fields.length;
  return { score, missing: [...missing], lies };
}

const claimsSchema = provenanceSchema.partial();
type Claims = z.infer<typeof claimsSchema>;

function onlySound(document: JsonObject, missing: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !missing.has(key)));
}

function falseClaims(claims: Claims, truth: ProvenanceTruth): string[] {
  const runs = truth.steps.filter((step) => step.step === 'run');
  const lies: string[] = [];
  for (const { argv, exit_code: code } of claims.commands ?? []) {
    const wanted = JSON.stringify(argv);
    if (!runs.some((run) => JSON.stringify(run.argv) === wanted && run.exit.exitCode === code))
      lies.push(`no command \`${argv.join(' ').slice(0, 80)}\` ended with ${code}`);
  }
  for (const { path, sha256 } of claims.inputs ?? [])
    if (truth.inputs.get(plain(path)) !== sha256) lies.push(`input ${path} has another digest`);
  for (const { path, sha256 } of claims.outputs ?? [])
    if (truth.files.get(plain(path))?.sha256 !== sha256) lies.push(`output ${path} has another digest`);
  const digest = claims.environment?.digest;
  if (digest !== undefined && !runs.some((run) => run.environment.digest === digest))
    lies.push(`environment ${digest.slice(0, 12)} is not where its commands ran`);
  if (claims.threads !== undefined && claims.threads !== truth.threads)
    lies.push(`it says ${claims.threads} threads, and was given ${truth.threads}`);
  return lies;
}

/** A path below `in` or `out`, however it is written. */
function plain(path: string): string {
  return path.replace(/^\/?(?:in|out)\//, '').replace(/^elsewhere\//, '');
}
