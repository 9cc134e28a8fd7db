import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEvidence } from '../../../src/skills/evidence.js';
import { loadSkills, type SkillRegistry } from '../../../src/skills/registry.js';
import { indexText, type IndexFile } from '../../../src/skills/skill-index.js';
import { describeSkill } from '../../../src/skills/skill.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

let root: string;
let index: IndexFile;

/** Long after every file was written: all of them are settled. */
const later = (): number => Date.now() + 60_000;

beforeEach(async () => {
  root = join(temporaryFolder(), 'skills');
  for (const family of ['niimath', 'nifti'])
    cpSync(join(projectFolder, 'skills', family), join(root, family), { recursive: true });
  cpSync(join(projectFolder, 'skills', 'evidence.json'), join(root, 'evidence.json'));
  // A Python skill with a module of the root.
  cpSync(join(root, 'niimath', 'smooth'), join(root, 'niimath', 'scripted'), { recursive: true });
  edit(
    'niimath/scripted/skill.yaml',
    (text) => `${text.replace(/^id: .*$/m, 'id: niimath/scripted')}\nmodules: [helper]\n`,
  );
  writeFileSync(join(root, 'niimath', 'scripted', 'run.py'), 'import helper\n');
  cpSync(join(root, 'niimath', 'scripted'), join(root, '.modules'), { recursive: true });
  writeFileSync(join(root, '.modules', 'helper.py'), 'x = 1\n');
  index = { root, file: join(root, '..', 'index.json'), sealed: false };
  await build();
});

async function build(now = later()): Promise<void> {
  const { skills, capabilities, findings } = await loadSkills([root]);
  expect(findings).toEqual([]);
  const { entries } = await readEvidence(root);
  writeFileSync(index.file, indexText(root, skills.values(), entries, capabilities.values(), now));
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(root, path), change(readFileSync(join(root, path), 'utf8')));
}

const load = (more: Partial<IndexFile> = {}): Promise<SkillRegistry> =>
  loadSkills([root], [root], { ...index, ...more });

/** Everything that can be seen of skills. */
function seen({ skills, capabilities, findings }: SkillRegistry): unknown {
  return {
    findings,
    capabilities: [...capabilities],
    skills: [...skills.values()].map((skill) => ({
      ...describeSkill(skill),
      folder: skill.folder,
      contract: skill.contract,
      descriptor: skill.descriptor,
      name: skill.name,
      description: skill.description,
      body: skill.body,
      program: skill.program,
      evidence: skill.evidence,
      digest: skill.programDigest(),
    })),
  };
}

/** Which skills came out of the index: what is read from files makes new contracts, with text of the files in them. */
function markIndex(): void {
  writeFileSync(
    index.file,
    readFileSync(index.file, 'utf8').replaceAll('"description":"', '"description":"indexed: '),
  );
}
const indexed = ({ skills }: SkillRegistry): string[] =>
  [...skills.values()].filter((skill) => skill.description.startsWith('indexed: ')).map(({ id }) => id);

describe('a registry from the index', () => {
  it.each([false, true])('is the one from files (sealed: %s)', async (sealed) => {
    const files = await loadSkills([root]);
    expect(files.skills.get('niimath/scripted')?.program.map(({ name }) => name)).toEqual([
      'run.py',
      'helper.py',
    ]);
    expect(seen(await load({ sealed }))).toEqual(seen(files));
    markIndex();
    expect(indexed(await load({ sealed }))).toEqual([...files.skills.keys()]);
  });

  it('is that of the whole product too, as the build writes it', async () => {
    const shipped = join(projectFolder, 'skills');
    const files = await loadSkills([shipped]);
    const { skills, capabilities } = files;
    const { entries } = await readEvidence(shipped);
    writeFileSync(index.file, indexText(shipped, skills.values(), entries, capabilities.values(), later()));
    const fromIndex = await loadSkills([shipped], [shipped], { ...index, root: shipped });
    expect(seen(fromIndex)).toEqual(seen(files));
  });

  it('with later roots replaces skills of the product as ever', async () => {
    const own = temporaryFolder();
    cpSync(join(root, 'niimath', 'smooth'), join(own, 'niimath', 'smooth'), { recursive: true });
    const fromIndex = await loadSkills([root, own], [root, own], index);
    expect(seen(fromIndex)).toEqual(seen(await loadSkills([root, own])));
    expect(fromIndex.skills.get('niimath/smooth')?.folder).toBe(join(own, 'niimath', 'smooth'));
  });
});

describe('a stale index is never used', () => {
  it('where the contract of a capability changed, or came', async () => {
    const contract = join(root, '.capabilities', 'head-mask.yaml');
    cpSync(join(projectFolder, 'skills', '.capabilities'), join(root, '.capabilities'), { recursive: true });
    expect((await load()).capabilities.has('head-mask')).toBe(true);
    await build();
    writeFileSync(contract, readFileSync(contract, 'utf8').replace(/^title: .*$/m, 'title: Changed'));
    expect((await load()).capabilities.get('head-mask')?.title).toBe('Changed');
  });

  const id = 'niimath/smooth';

  it.each([
    [
      'the contract',
      `${id}/skill.yaml`,
      id,
      (text: string) => text.replace(/^version: .*$/m, 'version: 9.9.9'),
    ],
    ['the descriptor', `${id}/tool.json`, id, (text: string) => text.replace('niimath', 'niimath2')],
    ['the text', `${id}/SKILL.md`, id, (text: string) => `${text}\nMore.\n`],
    ['run.py', 'niimath/scripted/run.py', 'niimath/scripted', (text: string) => `${text}y = 2\n`],
    ['a module', '.modules/helper.py', 'niimath/scripted', (text: string) => `${text}y = 2\n`],
  ])('where %s changed', async (_what, path, changed, change) => {
    edit(path, change);
    const files = await loadSkills([root]);
    expect(seen(await load())).toEqual(seen(files));
    markIndex();
    expect(indexed(await load())).toEqual([...files.skills.keys()].filter((one) => one !== changed));
  });

  it('where a file keeps its size and its time of change is set back', async () => {
    edit(`${id}/skill.yaml`, (text) => text.replace(/^version: 1/m, 'version: 7'));
    utimesSync(join(root, id, 'skill.yaml'), 1, 1);
    await build();
    edit(`${id}/skill.yaml`, (text) => text.replace(/^version: 7/m, 'version: 8'));
    utimesSync(join(root, id, 'skill.yaml'), 1, 1);
    expect((await load()).skills.get(id)?.contract.version).toMatch(/^8/);
  });

  it('where a file changed just before the index was built', async () => {
    await build(Date.now());
    markIndex();
    expect(indexed(await load())).toEqual([]);
  });

  it('where a skill broke: it is named, and hides no other', async () => {
    edit(`${id}/skill.yaml`, (text) => `${text}\nnonsense: true\n`);
    const files = await loadSkills([root]);
    expect(files.findings).toMatchObject([{ place: { skill: id, field: 'nonsense' } }]);
    expect(seen(await load())).toEqual(seen(files));
  });

  it('where a run.py was added', async () => {
    writeFileSync(join(root, id, 'run.py'), 'print(1)\n');
    expect((await load()).skills.get(id)?.program.map(({ name }) => name)).toEqual(['run.py']);
  });

  it('where evidence changed', async () => {
    writeFileSync(join(root, 'evidence.json'), '{}');
    expect((await load()).skills.get(id)?.evidence).toEqual({ evidence: 'declared' });
  });

  it.each([false, true])('for a skill that is gone or new (sealed: %s)', async (sealed) => {
    rmSync(join(root, id), { recursive: true });
    cpSync(join(root, 'niimath', 'tsnr'), join(root, 'niimath', 'tsnr-two'), { recursive: true });
    edit('niimath/tsnr-two/skill.yaml', (text) => text.replace(/^id: .*$/m, 'id: niimath/tsnr-two'));
    const files = await loadSkills([root]);
    expect(files.skills.has('niimath/tsnr-two')).toBe(true);
    expect(seen(await load({ sealed }))).toEqual(seen(files));
  });

  it.each([
    ['cut', (text: string) => text.slice(0, 1000)],
    ['of another version', (text: string) => text.replace('skill-index@1', 'skill-index@0')],
    ['of nothing', () => 'null'],
  ])('which is %s', async (_what, change) => {
    writeFileSync(index.file, change(readFileSync(index.file, 'utf8')));
    expect(seen(await load())).toEqual(seen(await loadSkills([root])));
  });
});
