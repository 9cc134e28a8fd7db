import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectFolder } from '../support/data.js';

interface LintedFile {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-lint-'));
  for (const name of ['package.json', 'tsconfig.json', 'eslint.config.js']) {
    cpSync(join(projectFolder, name), join(folder, name));
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function lint(files: Readonly<Record<string, string>>): Map<string, string> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const eslint = join(folder, 'node_modules', 'eslint', 'bin', 'eslint.js');
  const { stdout } = spawnSync(process.execPath, [eslint, '--format', 'json', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const results = JSON.parse(stdout) as LintedFile[];
  return new Map(
    results.map(({ filePath, messages }) => [
      filePath.slice(filePath.indexOf('/src/') + 1),
      messages.map(({ ruleId, message }) => `${ruleId ?? ''}: ${message}`).join('\n'),
    ]),
  );
}

it('eslint catches what one part does that is left to another, and what types alone can show', () => {
  const readsEnvironment = `export const planted = process.env['HOME'];\n`;
  const prints = `console.log('planted');\nexport {};\n`;
  const found = lint({
    'src/engine/environment.ts': readsEnvironment,
    'src/cli/environment.ts': readsEnvironment,
    'src/config/environment.ts': readsEnvironment,
    'src/engine/prints.ts': prints,
    'src/config/prints.ts': prints,
    'src/cli/prints.ts': prints,
    'src/engine/exits.ts': `export const planted = (): never => process.exit(3);\n`,
    'src/engine/shell.ts': `export const planted = { shell: true };\n`,
    'src/engine/floating.ts': `export function planted(promise: Promise<void>): void {\n  promise;\n}\n`,
    'src/engine/any.ts': `export const planted: any = 1;\n`,
    'src/engine/type-import.ts': `import { Stats } from 'node:fs';\nexport type Planted = Stats;\n`,
  });
  expect(found.get('src/engine/environment.ts')).toContain('Only src/config reads the environment');
  expect(found.get('src/cli/environment.ts')).toContain('Only src/config reads the environment');
  expect(found.get('src/config/environment.ts')).toBe('');
  expect(found.get('src/engine/prints.ts')).toContain('Only src/cli prints');
  expect(found.get('src/config/prints.ts')).toContain('Only src/cli prints');
  expect(found.get('src/cli/prints.ts')).toBe('');
  expect(found.get('src/engine/exits.ts')).toContain('Only src/cli touches');
  expect(found.get('src/engine/shell.ts')).toContain('never through a shell');
  expect(found.get('src/engine/floating.ts')).toContain('no-floating-promises');
  expect(found.get('src/engine/any.ts')).toContain('no-explicit-any');
  expect(found.get('src/engine/type-import.ts')).toContain('consistent-type-imports');
});
