// Writes skills/mrtrix3/<command>/ from what the programs of the pinned image say of themselves, and the recorded call of
// each in test/golden/skills/mrtrix3-generated.json. Skills written by hand are left alone.
//
//   node scripts/mrtrix3/generate.mjs            (a container engine must answer; DOCKER_HOST says where)
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { algorithms, leftOut } from './programs.mjs';
import { makeSkills, mark, programsToAsk } from './skills.mjs';
import { readUsages, usageScript } from './usage.mjs';

export const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const skillFolder = join(project, 'skills', 'mrtrix3');
const goldenFile = join(project, 'test', 'golden', 'skills', 'mrtrix3-generated.json');

/** The shell script that asks every program of the environment. */
export function askEverything() {
  const file = join(project, 'environments', 'mrtrix3', 'environment.yaml');
  return usageScript(programsToAsk(parse(readFileSync(file, 'utf8')).executables));
}

/**
 * What should be in skills/mrtrix3/ for skills that nobody wrote by hand, formatted as it is committed.
 *
 * @param {string} said what `askEverything` printed in the image
 * @returns {Promise<Map<string, string>>} text by path below skills/mrtrix3/
 */
export async function generatedFiles(said) {
  const config = await resolveConfig(join(project, 'package.json'));
  const files = new Map();
  for (const [name, texts] of makeSkills(readUsages(said))) {
    if (isByHand(name)) continue;
    for (const [file, text] of Object.entries(texts))
      files.set(`${name}/${file}`, await format(text, { ...config, filepath: file }));
  }
  return files;
}

/** The folders of skills/mrtrix3/ that the generator wrote. */
export function generatedFolders() {
  return readdirSync(skillFolder)
    .filter((name) => !isByHand(name))
    .sort();
}

/** The programs that get no generated skill, with the reason. */
export function programsLeftOut() {
  return Object.entries(leftOut).filter(([program]) => !(program in algorithms));
}

function isByHand(name) {
  const file = join(skillFolder, name, 'skill.yaml');
  return existsSync(file) && parse(readFileSync(file, 'utf8')).generated !== mark;
}

async function main() {
  const said = await runInImage(askEverything());
  const files = await generatedFiles(said);
  const names = new Set([...files.keys()].map((path) => path.split('/')[0]));
  for (const name of generatedFolders())
    if (!names.has(name)) rmSync(join(skillFolder, name), { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(skillFolder, path)), { recursive: true });
    writeFileSync(join(skillFolder, path), text);
  }
  const calls = await recordCalls([...names].sort());
  writeFileSync(goldenFile, await format(JSON.stringify(calls), { filepath: goldenFile, printWidth: 110 }));
  console.log(`${names.size} skills generated, ${programsLeftOut().length} programs left out`);
}

/** The plainest call of each skill: what is required, the first choice, the smallest number. */
async function recordCalls(names) {
  const { loadSkill } = await import(pathToFileURL(join(project, 'dist/skills/load-skill.js')).href);
  const { resolveCall } = await import(pathToFileURL(join(project, 'dist/skills/resolve.js')).href);
  const calls = {};
  for (const name of names) {
    const id = `mrtrix3/${name}`;
    const { skill, findings } = await loadSkill(id, join(skillFolder, name));
    if (!skill) throw new Error(findings.map(({ message }) => message).join('\n'));
    const request = { params: {}, inputs: {} };
    for (const input of skill.descriptor.inputs) {
      if (input.optional) continue;
      const path = `/in/${input.id}/${input.id}`;
      if (input.type === 'File') request.inputs[input.id] = input.list ? [`${path}-1`, `${path}-2`] : path;
      else request.params[input.id] = sampleValue(input);
    }
    for (const { members, 'one-is-required': one } of skill.descriptor.groups)
      if (one) request.params[members[0]] = true;
    const { argv, params, outputs, findings: wrong } = resolveCall(skill, request);
    if (wrong.length > 0) throw new Error(`${id}: ${wrong.map(({ message }) => message).join('; ')}`);
    calls[id] = { request, argv, params, outputs };
  }
  return calls;
}

function sampleValue(input) {
  const one = input['value-choices']?.[0] ?? (input.type === 'Number' ? (input.minimum ?? 1) : 'data.mif');
  return input.list ? [one] : one;
}

async function runInImage(script) {
  const built = (path) => import(pathToFileURL(join(project, 'dist', path)).href);
  const { openDockerRuntime } = await built('environments/runtimes/docker/docker-runtime.js');
  const { engineHosts } = await built('environments/runtimes/docker/hosts.js');
  const { lockEnvironments } = await built('environments/lock/lock-environments.js');
  const { loadEnvironments } = await built('environments/registry.js');
  const { newAttemptId } = await built('kernel/ids.js');
  const runtime = await openDockerRuntime({
    hosts: engineHosts(process.env.DOCKER_HOST, process.env.XDG_RUNTIME_DIR),
  });
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-mrtrix3-'));
  try {
    const registry = await loadEnvironments([join(project, 'environments')]);
    const file = join(folder, 'neuroclaw.lock.json');
    const lock = await lockEnvironments([registry.environments.get('mrtrix3')], {
      engine: runtime.engine,
      file,
    });
    const environment = await runtime.open({ name: 'mrtrix3', env: {} }, lock.environments.mrtrix3);
    const attempt = newAttemptId();
    for (const name of ['out', 'scratch']) mkdirSync(join(folder, name));
    const stdout = join(folder, 'stdout.log');
    const exit = await environment.run(
      {
        attempt,
        store: `generate-${attempt}`,
        run: 'run',
        job: 'stage/step',
        argv: ['sh', '-c', script],
        inputs: [],
        folder,
        env: {},
        cpus: 2,
        memoryMb: 1024,
        walltimeS: 300,
        gpu: false,
        network: false,
        stdout,
        stderr: join(folder, 'stderr.log'),
      },
      new AbortController().signal,
    );
    if (exit.exitCode !== 0) throw new Error(readFileSync(join(folder, 'stderr.log'), 'utf8'));
    return readFileSync(stdout, 'utf8');
  } finally {
    await runtime.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
