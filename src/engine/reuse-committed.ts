import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerLine, outputBodies, storedSeconds, verificationBody } from './job-records.js';
import type { PreparedJob } from './prepare-job.js';
import type { RunContext } from './session.js';
import type { StoreEntry } from './store.js';
import { verificationDigest, verifyOutputs } from './verify-outputs.js';

/** A committed result serves. One that was committed just before this run was interrupted gets its event now. */
export function adoptCommitted(prepared: PreparedJob, entry: StoreEntry, context: RunContext): void {
  const { job, key } = prepared;
  context.state.entries.set(job.id, entry);
  if (context.interrupted.has(key)) {
    context.counts.committed += 1;
    const body = { job: job.id, skill: job.skill, key, outputs: outputBodies(entry), recovered: true };
    context.emit({ type: 'job.committed', body });
  } else {
    context.counts.reused += 1;
    context.emit({ type: 'job.reused', body: { job: job.id, skill: job.skill, key } });
  }
  const { ledger } = context.state;
  if (ledger.last(job.id)?.key !== key)
    ledger.record(ledgerLine(prepared, context.run, storedSeconds(entry)));
}

/** The committed result of the job's key, if its files are still what was committed and its checks still hold. */
export async function reusableEntry(
  prepared: PreparedJob,
  context: RunContext,
): Promise<StoreEntry | undefined> {
  const { store, digests } = context.state;
  const entry = store.read(prepared.key);
  if (entry === undefined) return undefined;
  const damaged =
    entry === 'damaged'
      ? [join(store.folderOf(prepared.key), 'outputs.json')]
      : await store.damage(entry, digests);
  if (entry === 'damaged' || damaged.length > 0) {
    const aside = await store.setAside(prepared.key);
    const files = damaged.map((path) => path.slice(context.state.layout.out.length + 1));
    context.emit({
      type: 'store.damaged',
      body: {
        job: prepared.job.id,
        key: prepared.key,
        files,
        aside: aside.slice(context.state.layout.out.length + 1),
      },
    });
    return undefined;
  }
  if (storedChecksDigest(entry) === verificationDigest(prepared.skill)) return entry;
  const verification = await verifyOutputs(prepared, entry.folder, entry.outputs);
  context.emit({
    type: 'job.verified',
    body: {
      job: prepared.job.id,
      key: prepared.key,
      again: true,
      ...verificationBody(prepared, verification),
    },
  });
  if (!verification.ok) {
    await store.setAside(prepared.key);
    return undefined;
  }
  await writeFile(join(entry.folder, 'checks.json'), `${JSON.stringify(verification, null, 1)}\n`);
  return entry;
}

function storedChecksDigest(entry: StoreEntry): string | undefined {
  try {
    const stored = JSON.parse(readFileSync(join(entry.folder, 'checks.json'), 'utf8')) as { digest?: string };
    return stored.digest;
  } catch {
    return undefined;
  }
}
