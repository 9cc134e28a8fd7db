import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knownCheck, validateCheckSpec } from '../../../src/checks/catalog.js';
import { environmentSchema, type Environment } from '../../../src/environments/environment.js';
import { lintSkill } from '../../../src/skills/lint.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall } from '../../../src/skills/resolve.js';
import { projectFolder } from '../../support/data.js';
import { goldenCalls } from '../../support/golden-calls.js';

const { skills, findings } = await loadSkills([join(projectFolder, 'skills')]);

/** The call of each skill for a typical request. */
const golden = goldenCalls();

function environmentOf(name: string): Environment | undefined {
  const file = join(projectFolder, 'environments', name, 'environment.yaml');
  return existsSync(file) ? environmentSchema.parse(parse(readFileSync(file, 'utf8'))) : undefined;
}

describe('the skills that come with the product', () => {
  it('all load', () => {
    expect(findings).toEqual([]);
    expect(skills.size).toBeGreaterThanOrEqual(16);
  });

  it.each([...skills.keys()])('%s keeps its promises', (id) => {
    const skill = skills.get(id);
    if (!skill) throw new Error(id);
    expect(
      lintSkill(skill, {
        environmentOffers: (name) => environmentOf(name)?.executables,
        environmentPython: (name) => environmentOf(name)?.python,
        checkExists: knownCheck,
        checkProblems: validateCheckSpec,
      }),
    ).toEqual([]);
  });

  it.each([...skills.keys()])('%s is called as recorded', (id) => {
    const recorded = golden[id];
    const skill = skills.get(id);
    if (!skill || !recorded)
      throw new Error(
        `${id} has no recorded call: add {request, argv, params, outputs} to test/golden/skills/${id.split('/')[0]}.json`,
      );
    const { argv, params, outputs, findings: wrong } = resolveCall(skill, recorded.request);
    expect(wrong).toEqual([]);
    expect({ argv, params, outputs }).toEqual({
      argv: recorded.argv,
      params: recorded.params,
      outputs: recorded.outputs,
    });
  });

  it('have no recorded call left over', () => {
    expect(Object.keys(golden).filter((id) => !skills.has(id))).toEqual([]);
  });

  it('name tests that exist as evidence, and none of a skill that is gone', () => {
    const book = JSON.parse(readFileSync(join(projectFolder, 'skills', 'evidence.json'), 'utf8')) as object;
    expect(Object.keys(book).filter((id) => !skills.has(id))).toEqual([]);
    const proven = [...skills.values()].filter((skill) => skill.evidence.by !== undefined);
    expect(proven.length).toBe(Object.keys(book).length);
    for (const { evidence } of proven) expect(existsSync(join(projectFolder, evidence.by ?? ''))).toBe(true);
  });

  it('say the same in their contract and in the text that people and agents read', () => {
    for (const skill of skills.values()) {
      for (const { doi } of skill.contract.citations)
        expect([skill.id, skill.body]).toEqual([skill.id, expect.stringContaining(doi ?? '')]);
    }
  });
});
