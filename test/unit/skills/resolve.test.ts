import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveCall, type SkillRequest } from '../../../src/skills/resolve.js';
import { makeSkill } from './make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

const image = { id: 'image', name: 'Image', type: 'File', 'value-key': '[IMAGE]' };
const sigma = {
  id: 'sigma',
  name: 'Sigma',
  type: 'Number',
  'value-key': '[SIGMA]',
  'command-line-flag': '-s',
  minimum: 0,
  'exclusive-minimum': true,
  maximum: 100,
  optional: true,
  'default-value': 2,
};
const method = {
  id: 'method',
  name: 'Method',
  type: 'String',
  'value-key': '[METHOD]',
  'value-choices': ['linear', 'cubic'],
  optional: true,
};
const quiet = {
  id: 'quiet',
  name: 'Quiet',
  type: 'Flag',
  'value-key': '[QUIET]',
  'command-line-flag': '-q',
  optional: true,
};
const out = { id: 'result', name: 'Result', 'path-template': '/out/result.nii.gz' };
const smooth = {
  'command-line': 'tool [IMAGE] [SIGMA] [METHOD] [QUIET] /out/result.nii.gz',
  inputs: [image, sigma, method, quiet],
  'output-files': [out],
};

const request = (
  params: SkillRequest['params'] = {},
  inputs: SkillRequest['inputs'] = { image: '/in/image/x.nii.gz' },
): SkillRequest => ({
  params,
  inputs,
});

function complaints(
  fields: Fields,
  contract: Fields,
  asked: SkillRequest,
): [string | undefined, string, string?][] {
  const call = resolveCall(makeSkill(fields, contract), asked);
  expect(call.argv).toEqual([]);
  return call.findings.map(({ place, message, expected, code, severity }) => {
    expect([code, severity, place?.skill]).toEqual(['param.invalid', 'error', 'test/tool']);
    return expected === undefined ? [place?.field, message] : [place?.field, message, expected];
  });
}

describe('a request that fits', () => {
  it('becomes argv, every parameter spelled out, and outputs relative to /out', () => {
    expect(resolveCall(makeSkill(smooth), request({ method: 'cubic' }))).toEqual({
      argv: ['tool', '/in/image/x.nii.gz', '-s', '2', 'cubic', '/out/result.nii.gz'],
      params: { sigma: 2, method: 'cubic', quiet: false },
      outputs: [{ id: 'result', path: 'result.nii.gz', optional: false }],
      findings: [],
    });
  });

  it('says the same whether a default is given or left out', () => {
    const skill = makeSkill(smooth);
    expect(resolveCall(skill, request({ sigma: 2, quiet: false }))).toEqual(resolveCall(skill, request()));
    expect(resolveCall(skill, request({ sigma: null }))).toEqual(resolveCall(skill, request()));
  });

  it('takes defaults of the contract before those of the descriptor', () => {
    const skill = makeSkill(smooth, { params: { sigma: { default: 3 } } });
    expect(resolveCall(skill, request()).params).toEqual({ sigma: 3, quiet: false });
  });

  it('leaves the number of threads to the start of the job, and out of the parameters', () => {
    const fields = {
      ...smooth,
      'command-line': 'tool [IMAGE] [N]',
      inputs: [
        image,
        {
          id: 'n',
          name: 'N',
          type: 'Number',
          'value-key': '[N]',
          'command-line-flag': '-nthreads',
          optional: true,
          'default-value': 4,
        },
      ],
    };
    const call = resolveCall(makeSkill(fields, { threads: { param: 'n' } }), request());
    expect(call.argv).toEqual(['tool', '/in/image/x.nii.gz', '-nthreads', '{threads}']);
    expect(call.params).toEqual({});
    expect(complaints(fields, { threads: { param: 'n' } }, request({ n: 2 }))).toEqual([
      ['n', 'n is the number of threads, which is set when the job starts', 'no value in the plan'],
    ]);
  });

  it('finds run.py where the skill folder is mounted', () => {
    const fields = { ...smooth, 'command-line': 'python3 {skill}/run.py [IMAGE] [SIGMA] [METHOD] [QUIET]' };
    expect(resolveCall(makeSkill(fields), request()).argv.slice(0, 2)).toEqual(['python3', '/skill/run.py']);
  });

  it('takes several files for a list, and one for a list of one', () => {
    const fields = { ...smooth, 'command-line': 'tool [IMAGE]', inputs: [{ ...image, list: true }] };
    const skill = makeSkill(fields);
    const two = { image: ['/in/image/a b.nii', '/in/image/c.nii'] };
    expect(resolveCall(skill, request({}, two)).argv).toEqual([
      'tool',
      '/in/image/a b.nii',
      '/in/image/c.nii',
    ]);
    expect(resolveCall(skill, request()).argv).toEqual(['tool', '/in/image/x.nii.gz']);
  });

  it('names the file that receives stdout', () => {
    const skill = makeSkill({}, { outputs: { said: { kind: 'json' } } });
    expect(resolveCall(skill, { params: { text: 'x' }, inputs: {} }).outputs).toEqual([
      { id: 'said', path: 'said.json', optional: false },
    ]);
  });
});

describe('a request that does not fit is a finding with field and what would be right', () => {
  it.each<[string, SkillRequest, [string, string, string?]]>([
    ['out of range', request({ sigma: 0 }), ['sigma', 'sigma is 0', 'a number, above 0, at most 20']],
    [
      'beyond what the contract narrows',
      request({ sigma: 21 }),
      ['sigma', 'sigma is 21', 'a number, above 0, at most 20'],
    ],
    ['a text for a number', request({ sigma: '5' }), ['sigma', 'sigma is "5"', 'a number']],
    ['a list for one value', request({ sigma: [1, 2] }), ['sigma', 'sigma is [1,2]', 'a number']],
    ['no choice', request({ method: 'nearest' }), ['method', 'method is "nearest"', 'one of linear, cubic']],
    ['a text for a flag', request({ quiet: 'true' }), ['quiet', 'quiet is "true"', 'true or false']],
    [
      'an unknown parameter',
      request({ sigmma: 1 }),
      ['sigmma', 'test/tool has no parameter sigmma', 'sigma?'],
    ],
    [
      'a file among the parameters',
      request({ image: '/x' }),
      ['image', 'image is a file, not a parameter', 'image among the inputs'],
    ],
    ['a missing input', request({}, {}), ['image', 'the input image (Image) is missing', 'a file']],
    [
      'an unknown role',
      request({}, { image: '/in/x', imag: '/in/y' }),
      ['imag', 'test/tool has no input imag', 'image'],
    ],
    [
      'two files for one',
      request({}, { image: ['/in/a', '/in/b'] }),
      ['image', 'image is given 2 files', 'one file'],
    ],
    [
      'a NUL in a path',
      request({}, { image: '/in/\0' }),
      ['image', 'image has a NUL character', 'a text that a program can be given'],
    ],
  ])('%s', (_, asked, complaint) => {
    expect(complaints(smooth, { params: { sigma: { maximum: 20 } } }, asked)).toEqual([complaint]);
  });

  it('and all of them are told together', () => {
    const asked = request({ sigma: -1, method: 1, other: true }, {});
    expect(complaints(smooth, {}, asked).map(([field]) => field)).toEqual([
      'sigma',
      'method',
      'other',
      'image',
    ]);
  });

  it('whole numbers and list lengths', () => {
    const fields = {
      'command-line': 'tool [N]',
      inputs: [
        {
          id: 'n',
          name: 'N',
          type: 'Number',
          'value-key': '[N]',
          integer: true,
          list: true,
          'max-list-entries': 2,
          minimum: 1,
        },
      ],
    };
    expect(complaints(fields, {}, { params: { n: [1, 1.5] }, inputs: {} })).toEqual([
      ['n', 'n is 1.5', 'a whole number, at least 1'],
    ]);
    expect(complaints(fields, {}, { params: { n: [1, 2, 3] }, inputs: {} })).toEqual([
      ['n', 'n has 3 values', 'at most 2'],
    ]);
  });

  it('an output that a text would lead out of /out', () => {
    const fields = { 'output-files': [{ id: 'out', name: 'Out', 'path-template': '/out/[TEXT].nii' }] };
    expect(complaints(fields, {}, { params: { text: '../../etc/x' }, inputs: {} })).toEqual([
      ['out', 'the output out would be written to /out/../../etc/x.nii', 'a path below /out/'],
    ]);
  });
});

describe('rules between inputs', () => {
  const option = (id: string, extra: Fields = {}): Fields => ({
    id,
    name: id,
    type: 'String',
    'value-key': `[${id}]`,
    'command-line-flag': `-${id}`,
    optional: true,
    ...extra,
  });
  const two = (a: Fields, b: Fields, groups: readonly Fields[] = []): Fields => ({
    'command-line': 'tool [a] [b]',
    inputs: [option('a', a), option('b', b)],
    ...(groups.length > 0 ? { groups } : {}),
  });
  const group = (extra: Fields): Fields => ({ id: 'g', name: 'G', members: ['a', 'b'], ...extra });
  const ask = (params: SkillRequest['params']): SkillRequest => ({ params, inputs: {} });
  const argv = (fields: Fields, params: SkillRequest['params']): readonly string[] =>
    resolveCall(makeSkill(fields), ask(params)).argv;

  it('both of two exclusive ones are refused, one is fine', () => {
    const fields = two({}, {}, [group({ 'mutually-exclusive': true })]);
    expect(complaints(fields, {}, ask({ a: '1', b: '2' }))).toEqual([
      ['b', 'a and b exclude each other', 'one of a, b'],
    ]);
    expect(argv(fields, { b: '2' })).toEqual(['tool', '-b', '2']);
    expect(argv(fields, {})).toEqual(['tool']);
  });

  it('a default gives way to what excludes it', () => {
    const fields = two({ 'default-value': 'd' }, {}, [group({ 'mutually-exclusive': true })]);
    expect(argv(fields, {})).toEqual(['tool', '-a', 'd']);
    expect(argv(fields, { b: '2' })).toEqual(['tool', '-b', '2']);
    const disabling = two({ 'default-value': 'd' }, { 'disables-inputs': ['a'] });
    expect(argv(disabling, { b: '2' })).toEqual(['tool', '-b', '2']);
  });

  it('a default waits for what it requires', () => {
    const fields = two({ 'default-value': 'd', 'requires-inputs': ['b'] }, {});
    expect(argv(fields, {})).toEqual(['tool']);
    expect(argv(fields, { b: '2' })).toEqual(['tool', '-a', 'd', '-b', '2']);
  });

  it('what an input requires must be there, also as a group', () => {
    expect(complaints(two({ 'requires-inputs': ['b'] }, {}), {}, ask({ a: '1' }))).toEqual([
      ['a', 'a needs b, which is not given', 'b too'],
    ]);
    const three = {
      'command-line': 'tool [a] [b] [c]',
      inputs: [option('a'), option('b'), option('c', { 'requires-inputs': ['g'] })],
      groups: [group({})],
    };
    expect(argv(three, { c: '3', b: '2' })).toEqual(['tool', '-b', '2', '-c', '3']);
    expect(complaints(three, {}, ask({ c: '3' }))).toEqual([['c', 'c needs g, which is not given', 'g too']]);
  });

  it('what a value requires or disables counts for that value only', () => {
    const fields = two(
      { 'value-choices': ['x', 'y', 'z'], 'value-requires': { x: ['b'] }, 'value-disables': { y: ['b'] } },
      {},
    );
    expect(complaints(fields, {}, ask({ a: 'x' }))).toEqual([
      ['a', 'a = "x" needs b, which is not given', 'b too'],
    ]);
    expect(complaints(fields, {}, ask({ a: 'y', b: '2' }))).toEqual([
      ['b', 'a = "y" does not go with b', 'one of the two'],
    ]);
    expect(argv(fields, { a: 'z', b: '2' })).toEqual(['tool', '-a', 'z', '-b', '2']);
  });

  it('one of a group, and all or none of a group', () => {
    expect(complaints(two({}, {}, [group({ 'one-is-required': true })]), {}, ask({}))).toEqual([
      ['a', 'none of a group is given', 'at least one of a, b'],
    ]);
    expect(complaints(two({}, {}, [group({ 'all-or-none': true })]), {}, ask({ a: '1' }))).toEqual([
      ['a', 'a is given without b', 'all or none of a, b'],
    ]);
  });
});

describe('whatever is asked', () => {
  it('nothing is thrown, and the argv is empty exactly when something is wrong', () => {
    const skill = makeSkill(smooth);
    const json = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom('sigma', 'method', 'quiet', 'image'), fc.string()), json),
        fc.dictionary(
          fc.oneof(fc.constant('image'), fc.string()),
          fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 })),
        ),
        (params, inputs) => {
          const call = resolveCall(skill, { params: params as SkillRequest['params'], inputs });
          expect(call.argv.length === 0).toBe(call.findings.length > 0);
          for (const finding of call.findings) expect(finding.place?.field).toBeDefined();
        },
      ),
    );
  });
});
