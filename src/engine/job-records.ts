import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit } from '../environments/runtime.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import type { LedgerLine } from './ledger.js';
import type { PreparedJob } from './prepare-job.js';
import type { StoreEntry } from './store.js';
import { failedFindings, type Verification } from './verify-outputs.js';

/** What the trace and the ledger say of a job. */
export function ledgerLine(prepared: PreparedJob, run: string, wallS: number): LedgerLine {
  const { job, key, inputBytes } = prepared;
  return { job: job.id, skill: job.skill, key, run, wallS, inputBytes };
}

export function storedSeconds(entry: StoreEntry): number {
  try {
    const stored = JSON.parse(readFileSync(join(entry.folder, 'resources.json'), 'utf8')) as {
      wall_s?: number;
    };
    return stored.wall_s ?? 0;
  } catch {
    return 0;
  }
}

export function outputBodies(entry: StoreEntry): JsonObject[] {
  return entry.outputs.map(({ id, path, sha256, absent }) => ({ id, path, sha256, absent }));
}

/** Roles with their digests; a folder is one line whatever its size. */
export function inputBodies(prepared: PreparedJob): JsonValue {
  return prepared.preimage.inputs.map(({ role, name, sha256 }) => ({ role, name, sha256 }));
}

export function exitBody(exit: Exit): JsonObject {
  return {
    reason: exit.reason,
    status: exit.exitCode,
    signal: exit.signal ?? null,
    wall_s: exit.wallS,
    cpu_s: exit.cpuS ?? null,
    max_rss_mb: exit.maxRssMb ?? null,
    degraded: exit.degraded ?? [],
  };
}

export function verificationBody(prepared: PreparedJob, verification: Verification): JsonObject {
  return {
    ok: verification.ok,
    checks: verification.results.length,
    failed: failedFindings(verification, prepared) as unknown as JsonValue,
    values: Object.fromEntries(
      verification.results.flatMap((result) =>
        result.values === undefined ? [] : [[`${result.output}.${result.check}`, result.values]],
      ),
    ),
  };
}
