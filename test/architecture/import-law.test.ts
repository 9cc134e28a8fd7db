import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../support/data.js';

let folder: string;

/** A copy of what the import law reads: planting in it leaves the checkout alone. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-law-'));
  for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function plant(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function applyLaw(where: string): { status: number | null; stdout: string; problems: string[] } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectFolder, 'scripts', 'import-law.mjs'), where],
    { encoding: 'utf8' },
  );
  return { status, stdout, problems: stderr.split('\n').filter(Boolean) };
}

describe('the import law', () => {
  it('holds for the project, of which every module was seen', () => {
    const { status, stdout, problems } = applyLaw(projectFolder);
    expect(problems).toEqual([]);
    expect(status).toBe(0);
    const [modules, imports] = /^(\d+) modules, (\d+) imports/.exec(stdout)?.slice(1).map(Number) ?? [];
    expect(modules).toBeGreaterThan(50);
    expect(imports).toBeGreaterThan(modules ?? Infinity);
  });

  it('catches each planted violation by its rule', () => {
    const kernel = `import type { JsonObject } from '../kernel/json.js';\nexport type Planted = JsonObject;\n`;
    plant({
      'src/kernel/planted-up.ts': `import { readTrace } from '../trace/reader.js';\nexport const planted = readTrace;\n`,
      'src/kernel/planted-io.ts': `export { readFileSync } from 'node:fs';\n`,
      'src/bids/planted-right.ts': `export type { SeenLine } from '../trace/line-order.js';\n`,
      'src/config/planted-in-row.ts': `export * from '../bids/planted-right.js';\n`,
      'src/trace/planted-type.ts': `import type { Plan } from '../planning/plan.js';\nexport type Planted = Plan;\n`,
      'src/planning/planted-dynamic.ts': `export const planted = () => import('../engine/keys.js');\n`,
      'src/trace/planted-a.ts': `import type { B } from './planted-b.js';\nexport type A = B;\n`,
      'src/trace/planted-b.ts': `import type { A } from './planted-a.js';\nexport type B = A | 1;\n`,
      'src/engine/planted-process.ts': `export { spawn } from 'node:child_process';\n`,
      'src/engine/planted-execa.ts': `export { execa } from 'execa';\n`,
      'src/agents/planted-model.ts': `export * from '@langchain/core/messages';\nexport * from 'langchain';\n`,
      'src/trace/planted-dev.ts': `export { fc } from 'fast-check';\n`,
      'src/trace/planted-nowhere.ts': `export * from './planted-missing.js';\n`,
      'src/helpers/planted-part.ts': kernel,
    });
    const { status, problems } = applyLaw(folder);
    expect(status).toBe(1);
    const planted = problems.filter((problem) => /planted/.test(problem));
    const caught = (rule: string, file: string): boolean =>
      planted.some((problem) => problem.startsWith(`${rule}: src/${file}`));
    for (const [rule, file] of [
      ['kernel-imports-only-below', 'kernel/planted-up.ts'],
      ['kernel-without-io', 'kernel/planted-io.ts'],
      ['bids-imports-only-below', 'bids/planted-right.ts'],
      ['config-imports-only-below', 'config/planted-in-row.ts'],
      ['trace-imports-only-below', 'trace/planted-type.ts'],
      ['planning-imports-only-below', 'planning/planted-dynamic.ts'],
      ['no-cycles', 'trace/planted-'],
      ['processes-only-in-runtimes', 'engine/planted-process.ts'],
      ['processes-only-in-runtimes', 'engine/planted-execa.ts'],
      ['language-models-only-in-agents-models', 'agents/planted-model.ts'],
      ['no-development-packages', 'trace/planted-dev.ts'],
      ['no-unresolved', 'trace/planted-nowhere.ts'],
      ['no-unknown-part', 'helpers/planted-part.ts'],
    ] as const) {
      expect({ rule, file, caught: caught(rule, file) }).toEqual({ rule, file, caught: true });
    }
  });

  it('says that it is blind when it does not see every module', () => {
    writeFileSync(
      join(folder, '.dependency-cruiser.cjs'),
      `module.exports = { forbidden: [], options: { exclude: { path: '^src/kernel' } } };\n`,
    );
    const { status, problems } = applyLaw(folder);
    expect(status).toBe(1);
    expect(problems.join('\n')).toMatch(/^blind: saw \d+ of the \d+ modules/m);
  });
});
