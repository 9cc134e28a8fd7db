import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../../src/kernel/findings.js';
import { stageProgram } from '../../../src/skills/program-files.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { describeSkill } from '../../../src/skills/skill.js';
import { descriptorDocument } from './make-skill.js';

type Fields = Readonly<Record<string, unknown>>;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'neuroclaw-skills-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const tool: Fields = {
  'output-files': [{ id: 'out', name: 'Out', 'path-template': '/out/x.txt' }],
};

function contract(id: string, fields: Fields = {}): string {
  return stringify({
    id,
    version: '1.0.0',
    family: id.split('/')[0],
    capabilities: ['testing'],
    environment: 'test',
    executables: ['tool'],
    inputs: {},
    outputs: { out: { kind: 'text', checks: [{ check: 'text.utf8' }] } },
    determinism: 'bitwise',
    citations: [{ text: 'A paper.', doi: '10.1000/1' }],
    ...fields,
  });
}

const document = '---\nname: tool\ndescription: Does a thing. Use it in tests.\n---\n\n# When\n\nAlways.\n';

/** Writes a skill; files given replace or (undefined) leave out the usual ones. */
async function put(
  id: string,
  files: Readonly<Record<string, string | undefined>> = {},
  base = root,
): Promise<void> {
  const all = {
    'skill.yaml': contract(id),
    'tool.json': JSON.stringify(descriptorDocument(tool)),
    'SKILL.md': document,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    if (text === undefined) continue;
    await mkdir(dirname(join(base, id, name)), { recursive: true });
    await writeFile(join(base, id, name), text);
  }
}

function where(findings: readonly Finding[]): unknown[] {
  return findings.map(({ place, message }) => [
    place?.skill,
    place?.file?.slice(root.length + 1),
    place?.field,
    message,
  ]);
}

describe('loading skills', () => {
  it('reads every family and skill, sorted, with what SKILL.md says', async () => {
    await put('b/two');
    await put('a/one');
    const { skills, findings } = await loadSkills([root]);
    expect(findings).toEqual([]);
    expect([...skills.keys()]).toEqual(['a/one', 'b/two']);
    const skill = skills.get('a/one');
    expect(skill).toMatchObject({
      id: 'a/one',
      folder: join(root, 'a/one'),
      name: 'tool',
      description: 'Does a thing. Use it in tests.',
      body: '# When\n\nAlways.',
      program: [],
    });
  });

  it('passes over hidden folders and plain files, and follows links to folders', async () => {
    await put('a/one');
    await mkdir(join(root, '.git', 'x'), { recursive: true });
    await writeFile(join(root, 'README.md'), 'x');
    await symlink(join(root, 'a'), join(root, 'z'));
    await writeFile(join(root, 'a', 'note.txt'), 'x');
    const { skills, findings } = await loadSkills([root]);
    expect([...skills.keys()]).toEqual(['a/one']);
    // The same folder seen as z/one says another id than its contract.
    expect(where(findings)).toEqual([['z/one', 'z/one/skill.yaml', 'id', 'the id is a/one']]);
  });

  it('says when the folder is not there', async () => {
    const { skills, findings } = await loadSkills([join(root, 'none')]);
    expect(skills.size).toBe(0);
    expect(findings).toMatchObject([{ severity: 'error', message: 'the skill folder does not exist' }]);
  });
});

describe('a broken skill is named with file, field and reason and hides no other', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, unknown[]]>([
    ['without tool.json', { 'tool.json': undefined }, ['tool.json', undefined, 'tool.json is missing']],
    ['without skill.yaml', { 'skill.yaml': undefined }, ['skill.yaml', undefined, 'skill.yaml is missing']],
    ['without SKILL.md', { 'SKILL.md': undefined }, ['SKILL.md', undefined, 'SKILL.md is missing']],
    [
      'with a wrong field in the contract',
      { 'skill.yaml': contract('x/bad', { determinism: 'mostly' }) },
      ['skill.yaml', 'determinism', expect.stringContaining('bitwise')],
    ],
    [
      'with an unknown field in the contract',
      { 'skill.yaml': contract('x/bad', { capability: 'x' }) },
      ['skill.yaml', 'capability', expect.stringContaining('not a field')],
    ],
    ['with another id', { 'skill.yaml': contract('x/other') }, ['skill.yaml', 'id', 'the id is x/other']],
    [
      'with an adapter that nobody wrote',
      { 'skill.yaml': contract('x/bad', { adapter: 'freesurfer' }) },
      ['skill.yaml', 'adapter', 'there is no adapter freesurfer'],
    ],
    [
      'with a command line that needs a shell',
      { 'tool.json': JSON.stringify(descriptorDocument({ ...tool, 'command-line': 'tool [TEXT] > x' })) },
      ['tool.json', 'command-line', expect.stringContaining('a redirection')],
    ],
    ['without front matter', { 'SKILL.md': '# Hello' }, ['SKILL.md', undefined, 'has no front matter']],
    [
      'with a name that is none',
      { 'SKILL.md': '---\nname: My Tool\ndescription: x\n---\n' },
      ['SKILL.md', 'name', expect.stringContaining('lower-case')],
    ],
    [
      'without a description',
      { 'SKILL.md': '---\nname: bad\n---\nText.' },
      ['SKILL.md', 'description', expect.stringContaining('string')],
    ],
  ])('%s', async (_, files, [file, field, message]) => {
    await put('x/bad', files);
    await put('x/good');
    const { skills, findings } = await loadSkills([root]);
    expect([...skills.keys()]).toEqual(['x/good']);
    expect(where(findings)).toEqual([['x/bad', `x/bad/${String(file)}`, field, message]]);
    expect(findings[0]).toMatchObject({ code: 'skill.invalid', severity: 'error' });
  });

  it('with the line where YAML breaks', async () => {
    await put('x/bad', { 'skill.yaml': 'id: x/bad\nid: x/bad\nversion: 1.0.0\n' });
    const { findings } = await loadSkills([root]);
    expect(findings[0]?.place).toMatchObject({ skill: 'x/bad', line: 2 });
    expect(findings[0]?.message).toMatch(/^not YAML: /);
  });

  it('and all its problems are told at once', async () => {
    await put('x/bad', {
      'skill.yaml': contract('x/bad', { version: '1' }),
      'tool.json': JSON.stringify(descriptorDocument({ ...tool, 'command-line': 'tool | x' })),
      'SKILL.md': 'x',
    });
    const { findings } = await loadSkills([root]);
    expect(new Set(findings.map((finding) => finding.place?.file?.split('/').at(-1)))).toEqual(
      new Set(['skill.yaml', 'tool.json', 'SKILL.md']),
    );
  });
});

describe('several roots', () => {
  it('let a later skill replace an earlier one, with a warning', async () => {
    const own = join(root, 'lab');
    const shipped = join(root, 'shipped');
    await put('a/one', {}, shipped);
    await put('a/one', { 'skill.yaml': contract('a/one', { version: '2.0.0' }) }, own);
    const { skills, findings } = await loadSkills([shipped, own]);
    expect(skills.get('a/one')?.contract.version).toBe('2.0.0');
    expect(findings).toMatchObject([{ severity: 'warning', place: { skill: 'a/one' } }]);
    expect(findings[0]?.message).toContain('a/one 2.0.0 replaces 1.0.0');
  });

  it('do not let a broken skill replace a good one', async () => {
    const own = join(root, 'lab');
    const shipped = join(root, 'shipped');
    await put('a/one', {}, shipped);
    await put('a/one', { 'tool.json': '{' }, own);
    const { skills, findings } = await loadSkills([shipped, own]);
    expect(skills.get('a/one')?.folder).toBe(join(shipped, 'a/one'));
    expect(findings.map((finding) => finding.severity)).toEqual(['error']);
  });
});

describe('the program digest', () => {
  async function digest(files: Readonly<Record<string, string | undefined>>): Promise<string> {
    await rm(join(root, 'a'), { recursive: true, force: true });
    await put('a/one', files);
    const { skills, findings } = await loadSkills([root]);
    expect(findings).toEqual([]);
    return skills.get('a/one')?.programDigest() ?? '';
  }
  const described = (fields: Fields): Readonly<Record<string, string>> => ({
    'tool.json': JSON.stringify(descriptorDocument({ ...tool, ...fields })),
  });
  const input = { id: 'text', name: 'Text', type: 'String', 'value-key': '[TEXT]' };

  it('stays when words, citations, checks, ranges, defaults or resources change', async () => {
    const before = await digest({});
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(
      await digest({
        'skill.yaml': contract('a/one', { citations: [{ text: 'Mended.', doi: '10.1000/2' }] }),
      }),
    ).toBe(before);
    expect(
      await digest({
        'skill.yaml': contract('a/one', {
          version: '1.0.1',
          outputs: { out: { kind: 'text', checks: [{ check: 'file.nonempty' }] } },
          resources: { memory_mb: 4096 },
        }),
      }),
    ).toBe(before);
    expect(await digest({ 'SKILL.md': `${document}More.\n` })).toBe(before);
    expect(
      await digest(described({ description: 'Other words.', author: 'Somebody', 'tool-doi': '10.1/1' })),
    ).toBe(before);
    expect(
      await digest(
        described({ inputs: [{ ...input, name: 'Words', description: 'x', 'default-value': 'd' }] }),
      ),
    ).toBe(before);
  });

  it('changes when the command line, a flag, a separator, a path, run.py or stdout changes', async () => {
    const variants: Readonly<Record<string, string | undefined>>[] = [
      {},
      described({ 'command-line': 'tool -v [TEXT]' }),
      described({ inputs: [{ ...input, 'command-line-flag': '-t' }] }),
      described({ inputs: [{ ...input, 'command-line-flag': '-t', 'command-line-flag-separator': '=' }] }),
      described({ inputs: [{ ...input, list: true }] }),
      described({ inputs: [{ ...input, list: true, 'list-separator': ',' }] }),
      described({
        inputs: [{ ...input, list: true, 'command-line-flag': '-t' }],
        custom: { neuroclaw: { 'repeat-flag': ['text'] } },
      }),
      described({ 'output-files': [{ id: 'out', name: 'Out', 'path-template': '/out/y.txt' }] }),
      { 'run.py': 'print(1)\n' },
      { 'run.py': 'print(2)\n' },
      {
        'skill.yaml': contract('a/one', {
          outputs: { out: { kind: 'text' }, said: { kind: 'text' } },
          stdout: 'said',
        }),
      },
    ];
    const digests: string[] = [];
    for (const files of variants) digests.push(await digest(files));
    expect(new Set(digests).size).toBe(variants.length);
  });
});

describe('evidence', () => {
  it('is declared unless evidence.json names a test', async () => {
    await put('a/one');
    await put('a/two');
    await writeFile(
      join(root, 'evidence.json'),
      JSON.stringify({ 'a/one': { evidence: 'executed', by: 'test/one.test.ts' } }),
    );
    const { skills, findings } = await loadSkills([root]);
    expect(findings).toEqual([]);
    expect([...skills.values()].map(describeSkill)).toEqual([
      {
        id: 'a/one',
        version: '1.0.0',
        family: 'a',
        capabilities: ['testing'],
        environment: 'test',
        evidence: 'executed',
        evidence_by: 'test/one.test.ts',
      },
      {
        id: 'a/two',
        version: '1.0.0',
        family: 'a',
        capabilities: ['testing'],
        environment: 'test',
        evidence: 'declared',
      },
    ]);
    expect(skills.get('a/one')?.evidence.by).toBe('test/one.test.ts');
  });

  it('that is malformed is told and takes no skill away', async () => {
    await put('a/one');
    await writeFile(
      join(root, 'evidence.json'),
      JSON.stringify({ 'a/one': { evidence: 'believed', by: 'x' } }),
    );
    const { skills, findings } = await loadSkills([root]);
    expect(skills.get('a/one')?.evidence).toEqual({ evidence: 'declared' });
    expect(findings).toMatchObject([{ severity: 'error', place: { field: 'a/one.evidence' } }]);
  });
});

describe('a Python skill', () => {
  const python: Readonly<Record<string, string>> = {
    'run.py': 'import argparse\nimport helper\n',
    'skill.yaml': contract('a/one', { modules: ['helper'] }),
  };
  async function putModule(text: string, base = root): Promise<void> {
    await mkdir(join(base, '.modules'), { recursive: true });
    await writeFile(join(base, '.modules', 'helper.py'), text);
  }

  it('has its script and its modules in the program, and both in the digest', async () => {
    await putModule('import numpy as np\n');
    await put('a/one', python);
    const load = async (): Promise<{ names?: string[] | undefined; digest?: string | undefined }> => {
      const { skills, findings } = await loadSkills([root]);
      expect(findings).toEqual([]);
      const skill = skills.get('a/one');
      return { names: skill?.program.map(({ name }) => name), digest: skill?.programDigest() };
    };
    const before = await load();
    expect(before.names).toEqual(['run.py', 'helper.py']);
    await putModule('import numpy as np  # changed\n');
    const after = await load();
    expect(after.digest).not.toBe(before.digest);
    await put('a/one', { ...python, 'run.py': 'import helper\n' });
    expect((await load()).digest).not.toBe(after.digest);
  });

  it('is broken, with file and field, where a module is missing or there is nothing to import it', async () => {
    await put('a/one', python);
    await put('b/two', { 'skill.yaml': contract('b/two', { modules: ['helper'] }) });
    await put('c/three');
    const { skills, findings } = await loadSkills([root]);
    expect([...skills.keys()]).toEqual(['c/three']);
    expect(where(findings)).toEqual([
      ['a/one', 'a/one/skill.yaml', 'modules', 'there is no module helper'],
      ['b/two', 'b/two/skill.yaml', 'modules', 'modules are named and there is no run.py'],
      ['b/two', 'b/two/skill.yaml', 'modules', 'there is no module helper'],
    ]);
    expect(findings[0]?.expected).toBe(join(root, '.modules', 'helper.py'));
  });

  it('of a lab takes modules of its own folder first, then those of the product', async () => {
    const [lab, shipped] = [join(root, 'lab'), join(root, 'shipped')];
    await put('a/one', python, lab);
    await putModule('x = 1\n', shipped);
    const module = async (): Promise<string | undefined> =>
      (await loadSkills([lab], [shipped])).skills.get('a/one')?.program[1]?.path;
    expect(await module()).toBe(join(shipped, '.modules', 'helper.py'));
    await putModule('x = 2\n', lab);
    expect(await module()).toBe(join(lab, '.modules', 'helper.py'));
  });

  it('is staged side by side with its modules, and not when a file changed since it was loaded', async () => {
    await putModule('x = 1\n');
    await put('a/one', python);
    const program = (await loadSkills([root])).skills.get('a/one')?.program ?? [];
    await stageProgram(program, join(root, 'staged'));
    expect((await readdir(join(root, 'staged'))).sort()).toEqual(['helper.py', 'run.py']);
    await putModule('x = 3\n');
    await expect(stageProgram(program, join(root, 'again'))).rejects.toMatchObject({ code: 'input.changed' });
  });
});
