import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of real recordings that tests read; never copied into the project. */
export const testDataFolder = resolve(
  process.env['NEUROCLAW_TEST_DATA'] ?? join(root, '..', 'shared', 'data'),
);

/** False where the data are absent: such tests skip, except in CI, where a missing folder is a failure. */
export const hasTestData = existsSync(testDataFolder);
if (!hasTestData && process.env['CI'] === 'true') {
  throw new Error(`test data not found at ${testDataFolder}: set NEUROCLAW_TEST_DATA`);
}

/** Absolute path of one recording or dataset. Use with `describe.skipIf(!hasTestData)`. */
export function testData(...parts: string[]): string {
  return join(testDataFolder, ...parts);
}

/** The checkout. */
export const projectFolder = root;
