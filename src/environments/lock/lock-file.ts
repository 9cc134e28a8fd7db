import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fromFileSystem, NeuroClawError, nodeErrorCode } from '../../kernel/errors.js';
import { newAttemptId } from '../../kernel/ids.js';

const hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
const prefixed = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:<64 hex digits>');

const lockedImage = z.strictObject({
  runtime: z.literal('docker'),
  /** Identity of the environment: the only part that is in keys. */
  digest: hex,
  /** Image id: jobs start by it. */
  image: prefixed,
  /** The name that was pulled or built, for people. */
  reference: z.string().min(1),
  /** Manifest digest, for what came from a registry. */
  manifest: prefixed.optional(),
  /** SHA-256 of the recipe, for what was built. */
  recipe: hex.optional(),
  layers: z.array(prefixed),
  /** Conditions of use that were accepted, and when. */
  terms: z.strictObject({ name: z.string(), url: z.string(), accepted: z.iso.datetime() }).optional(),
  /** Package -> version, where the image has a package database. */
  packages: z.record(z.string(), z.string()),
  platform: z.string(),
  bytes: z.number().int().nonnegative(),
  /** What the smoke tests printed: the versions of the tools. */
  smoke: z.array(z.strictObject({ argv: z.array(z.string()), text: z.string() })),
  /** When it was locked; informs. */
  when: z.iso.datetime(),
});

const lockedVenv = z.strictObject({
  runtime: z.literal('venv'),
  /** Identity of the environment: the only part that is in keys. */
  digest: hex,
  /** SHA-256 of the lock file of the packages. */
  requirements: hex,
  /** `CPython 3.11.2`. */
  interpreter: z.string().min(1),
  platform: z.string(),
  packages: z.record(z.string(), z.string()),
  bytes: z.number().int().nonnegative(),
  smoke: z.array(z.strictObject({ argv: z.array(z.string()), text: z.string() })),
  when: z.iso.datetime(),
});

const lockSchema = z.strictObject({
  schema: z.literal('neuroclaw-lock/1'),
  /** Images of containers by environment. */
  environments: z.record(z.string(), lockedImage),
  /** Virtual environments of Python by environment: one environment may be locked in both ways. */
  venvs: z.record(z.string(), lockedVenv).optional(),
});

export type LockedImage = z.infer<typeof lockedImage>;
export type LockedVenv = z.infer<typeof lockedVenv>;
export type Lock = z.infer<typeof lockSchema>;

export const emptyLock: Lock = { schema: 'neuroclaw-lock/1', environments: {} };

/** Reads a lock file; an absent one is empty. Throws `environment.lock` with file and field. */
export async function readLock(file: string): Promise<Lock> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return emptyLock;
    throw fromFileSystem(error, file);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NeuroClawError('environment.lock', 'the lock file is not JSON', {
      place: { file },
      cause: error,
    });
  }
  const result = lockSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new NeuroClawError(
    'environment.lock',
    `the lock file is broken: ${issue?.message ?? 'unknown reason'}`,
    {
      place: { file, field: issue?.path.join('.') ?? '' },
    },
  );
}

/** Writes a lock file whole or not at all, environments in the order of their names. */
export async function writeLock(file: string, lock: Lock): Promise<void> {
  const inOrder = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { schema, environments, venvs = {} } = lock;
  const text = `${JSON.stringify(
    {
      schema,
      environments: inOrder(environments),
      ...(Object.keys(venvs).length === 0 ? {} : { venvs: inOrder(venvs) }),
    },
    undefined,
    2,
  )}\n`;
  const temporary = join(dirname(file), `.${newAttemptId()}.lock.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fromFileSystem(error, file);
  }
}
