import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/kernel/json.js';
import { activateInputs } from '../../../../src/skills/boutiques/active-inputs.js';
import { buildArgv } from '../../../../src/skills/boutiques/build-argv.js';
import { outputPaths } from '../../../../src/skills/boutiques/output-paths.js';
import { descriptor } from '../make-skill.js';

interface Case {
  readonly what: string;
  readonly descriptor: Record<string, unknown>;
  readonly values: JsonObject;
  readonly argv: string[];
  readonly paths: Record<string, string>;
}

/** Recorded from bosh 0.5.33 by record-bosh.py beside the file. */
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/skills/bosh.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };

describe('the interpreter agrees with bosh, the reference implementation, on', () => {
  it.each(golden.cases)('$what', (recorded) => {
    const tool = descriptor({ 'output-files': [], ...recorded.descriptor });
    const defaults: Record<string, NonNullable<JsonObject[string]>> = {};
    for (const input of tool.inputs) {
      if (input['default-value'] !== undefined && input['default-value'] !== null)
        defaults[input.id] = input['default-value'];
    }
    const { values } = activateInputs(tool, recorded.values, defaults);
    const outputs = outputPaths(tool, values);
    expect(outputs).toEqual(recorded.paths);
    expect(buildArgv(tool, { inputs: values, outputs })).toEqual(recorded.argv);
  });
});
