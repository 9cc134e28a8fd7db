// Loading 500 skills: from the built index, from their files, and from their files with every lint, each in a process of
// its own, in turns. The skills are those of the product, under other names.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SKILLS = 500;
const ROUNDS = 7;
const script = fileURLToPath(import.meta.url);
const shipped = fileURLToPath(new URL('../skills', import.meta.url));

async function buildSkills(root) {
  const families = (await readdir(shipped, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  const ids = [];
  for (const { name } of families)
    ids.push(...(await readdir(join(shipped, name))).map((skill) => `${name}/${skill}`));
  await cp(join(shipped, '.modules'), join(root, '.modules'), { recursive: true }).catch(() => undefined);
  for (let index = 0; index < SKILLS; index++) {
    const id = ids[index % ids.length];
    const copy = `${id}-${Math.floor(index / ids.length)}`;
    const folder = join(root, copy);
    await mkdir(folder, { recursive: true });
    await cp(join(shipped, id), folder, { recursive: true });
    const edit = async (file, change) =>
      writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
    await edit('skill.yaml', (text) => text.replace(/^id: .*$/m, `id: ${copy}`));
    await edit('SKILL.md', (text) =>
      text.replace(/^name: .*$/m, `name: ${copy.split('/')[1].replace(/[_.]/g, '-')}`),
    );
  }
}

/** One measurement, in this process: printed as JSON for the parent. Loading the code is not counted, as in a server. */
async function measure(what, root, index) {
  const { loadSkills } = await import('../dist/skills/registry.js');
  if (what !== 'index') await import('../dist/skills/load-skill.js');
  const { lintSkill } = await import('../dist/skills/lint.js');
  const { knownCheck, validateCheckSpec } = await import('../dist/checks/catalog.js');
  const start = performance.now();
  const { skills, findings } = await loadSkills(
    [root],
    [root],
    what === 'index' || what === 'sealed' ? { root, file: index, sealed: what === 'sealed' } : undefined,
  );
  let problems = findings.length;
  if (what === 'validate') {
    const world = {
      environmentOffers: () => undefined,
      checkExists: knownCheck,
      checkProblems: validateCheckSpec,
    };
    // No environment is known here, which each skill is told of once.
    for (const skill of skills.values()) problems += lintSkill(skill, world).length - 1;
  }
  return { ms: performance.now() - start, skills: skills.size, problems };
}

async function measureApart(what, root, index) {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--measure', what, root, index]);
  const measured = JSON.parse(stdout);
  if (measured.skills !== SKILLS || measured.problems !== 0)
    throw new Error(`${what}: ${measured.skills} of ${SKILLS} skills, ${measured.problems} problems`);
  return measured.ms;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw skills '));
  try {
    await buildSkills(root);
    const { loadSkills } = await import('../dist/skills/registry.js');
    const { indexText } = await import('../dist/skills/skill-index.js');
    // The index leaves out what changed in the last two seconds.
    await wait(2100);
    const { skills } = await loadSkills([root]);
    const index = join(root, '.index.json');
    const text = indexText(root, skills.values(), {}, [], Date.now());
    if (Object.keys(JSON.parse(text).skills).length !== SKILLS) throw new Error('the index is not whole');
    await writeFile(index, text);
    await utimes(index, 0, 0);
    const runs = { index: [], sealed: [], files: [], validate: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const what of Object.keys(runs)) runs[what].push(await measureApart(what, root, index));
    const figure = (label, what) => ({ label, value: Number(median(runs[what]).toFixed(1)), unit: 'ms' });
    return {
      name: 'registry',
      figures: [
        figure(`load ${SKILLS} skills from the index of a checkout`, 'index'),
        figure(`load ${SKILLS} skills from the index of an installed package`, 'sealed'),
        figure(`load ${SKILLS} skills from their files`, 'files'),
        figure(`load ${SKILLS} skills from their files and lint each`, 'validate'),
        { label: 'size of the index', value: Number((text.length / 1e6).toFixed(2)), unit: 'MB' },
      ],
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

if (process.argv[1] === script) {
  const [, , flag, what, root, index] = process.argv;
  console.log(JSON.stringify(flag === '--measure' ? await measure(what, root, index) : await bench()));
}
