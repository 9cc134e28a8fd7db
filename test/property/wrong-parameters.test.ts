import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/kernel/json.js';
import type { DescriptorInput } from '../../src/skills/boutiques/schema.js';
import { loadSkills } from '../../src/skills/registry.js';
import { resolveCall, type SkillRequest } from '../../src/skills/resolve.js';
import type { Skill } from '../../src/skills/skill.js';
import { projectFolder } from '../support/data.js';
import { goldenCalls } from '../support/golden-calls.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);
const golden = goldenCalls();

/** The numbers a parameter accepts, descriptor and contract together. */
function bounds(skill: Skill, input: DescriptorInput): { low: number; high: number } {
  const narrowed = skill.contract.params[input.id];
  return {
    low: Math.max(input.minimum ?? -Infinity, narrowed?.minimum ?? -Infinity),
    high: Math.min(input.maximum ?? Infinity, narrowed?.maximum ?? Infinity),
  };
}

/** Any JSON value of a type that the input does not take; nested lists too. */
function ofAnotherType(input: DescriptorInput): fc.Arbitrary<JsonValue> {
  const kinds: Record<string, fc.Arbitrary<JsonValue>> = {
    boolean: fc.boolean(),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
    string: fc.string(),
    object: fc.dictionary(fc.string(), fc.integer(), { maxKeys: 2 }),
    list: fc.array(fc.constant([1]), { minLength: 1, maxLength: 3 }),
  };
  const own = { Flag: 'boolean', Number: 'number', String: 'string', File: 'string' }[input.type];
  return fc.oneof(...Object.entries(kinds).flatMap(([kind, values]) => (kind === own ? [] : [values])));
}

/** Values that one item of the parameter must not have. */
function wrongItem(skill: Skill, input: DescriptorInput): fc.Arbitrary<JsonValue> {
  const choices = input['value-choices'];
  if (choices !== undefined) {
    const foreign = fc
      .oneof(fc.string(), fc.integer(), fc.boolean())
      .filter((value) => !choices.includes(value as string | number));
    return fc.oneof(foreign, fc.constant(`${choices[0]} `), fc.constant({}));
  }
  const wrong: fc.Arbitrary<JsonValue>[] = [ofAnotherType(input)];
  if (input.type === 'String') wrong.push(fc.string().map((text) => `${text}\0`));
  if (input.type === 'String' && input['command-line-flag'] === undefined)
    wrong.push(fc.string().map((text) => `-${text}`));
  if (input.type === 'Number') {
    const { low, high } = bounds(skill, input);
    wrong.push(fc.constantFrom(NaN, Infinity, -Infinity));
    if (Number.isFinite(low)) {
      wrong.push(fc.double({ min: 1e-6, max: 1e12, noNaN: true }).map((by) => low - by));
      if (input['exclusive-minimum'] && low === input.minimum) wrong.push(fc.constant(low));
    }
    if (Number.isFinite(high)) {
      wrong.push(fc.double({ min: 1e-6, max: 1e12, noNaN: true }).map((by) => high + by));
      if (input['exclusive-maximum'] && high === input.maximum) wrong.push(fc.constant(high));
    }
    if (input.integer) wrong.push(fc.integer({ min: -1000, max: 1000 }).map((whole) => whole + 0.5));
  }
  return fc.oneof(...wrong);
}

/** Values that the parameter must not have: a wrong item, alone or in a list, or a list of a wrong length. */
function wrongValue(skill: Skill, input: DescriptorInput): fc.Arbitrary<JsonValue> {
  const item = wrongItem(skill, input);
  if (!input.list)
    return fc.oneof(
      item,
      fc.array(
        fc.anything().map(() => 1),
        { minLength: 1, maxLength: 2 },
      ),
    );
  const sound = soundItem(skill, input);
  const mixed = fc.tuple(item, fc.nat(2)).map(([wrong, at]) => {
    const list: JsonValue[] = [sound, sound, sound];
    list[at] = wrong;
    return list;
  });
  const lengths: fc.Arbitrary<JsonValue>[] = [];
  const [least, most] = [input['min-list-entries'], input['max-list-entries']];
  if (least !== undefined && least > 1) lengths.push(fc.constant(Array<JsonValue>(least - 1).fill(sound)));
  if (most !== undefined) lengths.push(fc.constant(Array<JsonValue>(most + 1).fill(sound)));
  return fc.oneof(mixed, ...lengths);
}

function soundItem(skill: Skill, input: DescriptorInput): JsonValue {
  const [choice] = input['value-choices'] ?? [];
  if (choice !== undefined) return choice;
  if (input.type === 'String') return 'text';
  const { low, high } = bounds(skill, input);
  const inside = Number.isFinite(low)
    ? Number.isFinite(high)
      ? (low + high) / 2
      : low + 1
    : Math.min(high - 1, 0);
  return input.integer ? Math.ceil(inside) : inside;
}

const parameters = [...skills.values()].flatMap((skill) =>
  skill.descriptor.inputs
    .filter((input) => input.type !== 'File' && input.id !== skill.contract.threads?.param)
    .map((input) => ({ name: `${skill.id} ${input.id}`, skill, input })),
);

function requestOf(skill: Skill): SkillRequest {
  const call = golden[skill.id];
  if (call === undefined) throw new Error(`${skill.id} has no recorded call`);
  return call.request;
}

/** A call with this value must be refused, and the refusal must say skill, parameter, value and what is allowed. */
function expectRefused(skill: Skill, name: string, value: JsonValue): void {
  const request = requestOf(skill);
  const call = resolveCall(skill, { ...request, params: { ...request.params, [name]: value } });
  expect(call.argv).toEqual([]);
  const finding = call.findings.find(({ place }) => place?.field === name);
  expect(finding).toMatchObject({
    code: 'param.invalid',
    severity: 'error',
    place: { skill: skill.id, field: name },
    message: expect.stringContaining(name) as string,
    expected: expect.stringMatching(/./) as string,
  });
}

describe('a wrong value never becomes a command line', () => {
  it('is tried for every parameter of every skill', () => {
    expect(parameters.length).toBeGreaterThan(60);
  });

  it.each(parameters)('$name', ({ skill, input }) => {
    fc.assert(
      fc.property(wrongValue(skill, input), (value) => expectRefused(skill, input.id, value)),
      { numRuns: 60 },
    );
  });
});

describe('what is missing or does not go together never becomes a command line', () => {
  const required = [...skills.values()].flatMap((skill) =>
    skill.descriptor.inputs
      .filter(
        (input) =>
          !input.optional &&
          input.type !== 'Flag' &&
          input['default-value'] === undefined &&
          skill.contract.params[input.id]?.default === undefined &&
          input.id !== skill.contract.threads?.param,
      )
      .map((input) => ({ name: `${skill.id} ${input.id}`, skill, input })),
  );

  it.each(required)('$name is missing', ({ skill, input }) => {
    const { params, inputs } = requestOf(skill);
    const without = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(values).filter(([id]) => id !== input.id));
    for (const empty of [undefined, null, []]) {
      const left = empty === undefined ? without(params) : { ...without(params), [input.id]: empty };
      const call =
        input.type === 'File'
          ? resolveCall(skill, { params, inputs: without(inputs) })
          : resolveCall(skill, { params: left, inputs });
      expect(call.argv).toEqual([]);
      expect(call.findings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            place: { skill: skill.id, field: input.id },
            expected: expect.any(String) as string,
          }),
        ]),
      );
    }
  });

  const rivals = [...skills.values()].flatMap((skill) => {
    const { inputs, groups } = skill.descriptor;
    const pairs = [
      ...groups.flatMap(({ members, ...group }) =>
        group['mutually-exclusive']
          ? members.flatMap((a, at) => members.slice(at + 1).map((b) => [a, b] as const))
          : [],
      ),
      ...inputs.flatMap((input) => input['disables-inputs'].map((other) => [input.id, other] as const)),
    ];
    return pairs.map(([a, b]) => ({ name: `${skill.id} ${a} and ${b}`, skill, pair: [a, b] as const }));
  });

  it('is tried with pairs that exclude each other', () => {
    expect(rivals.length).toBeGreaterThan(0);
  });

  it.each(rivals)('$name together', ({ skill, pair }) => {
    const request = requestOf(skill);
    const params: Record<string, JsonValue> = { ...request.params };
    const inputs: Record<string, string | readonly string[]> = { ...request.inputs };
    for (const id of pair) {
      const input = skill.descriptor.inputs.find((candidate) => candidate.id === id)!;
      if (input.type === 'File') inputs[id] = `/in/${id}/file.nii`;
      else if (input.type === 'Flag') params[id] = true;
      else params[id] = soundItem(skill, input);
    }
    const call = resolveCall(skill, { params, inputs });
    expect(call.argv).toEqual([]);
    const said = call.findings.map(({ message }) => message);
    expect(said).toEqual(
      expect.arrayContaining([expect.stringContaining(pair[0]), expect.stringContaining(pair[1])]),
    );
  });
});
