import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeSyntheticDicoms } from '../../src/synthetic/dataset.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { temporaryFolder } from '../support/temporary.js';

/** Of nobody; as long as the name that synthetic DICOMs have. */
const NAME = 'ROEXIA^JANE';
const API_KEY = 'sk-planted-4f1c9a7be2d84c55';
const LICENSE = 'jane.roexia@example.org\n12345\n *Cplantedlicence1\n FSplantedlicence2\n';

let root: string;
let out: string;
let home: string;
let env: Record<string, string>;

beforeEach(() => {
  root = temporaryFolder();
  // The person's own folder names somebody, too.
  home = join(root, 'home', 'roexia');
  mkdirSync(home, { recursive: true });
  out = join(home, 'results');
  const license = join(home, 'license.txt');
  writeFileSync(license, LICENSE);
  env = cliEnvironment(join(root, 'state'), {
    ...labSettings,
    OPENAI_API_KEY: API_KEY,
    FS_LICENSE: license,
  });
});

/** Every file below a folder that is text, by its path. */
function textsBelow(folder: string): Map<string, string> {
  const texts = new Map<string, string>();
  if (!existsSync(folder)) return texts;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (!statSync(path).isFile() || /\.(nii|gz|png|dcm|tck)$/.test(name)) continue;
    texts.set(relative(root, path), readFileSync(path, 'utf8'));
  }
  return texts;
}

const names = ['roexia', 'jane'];
const secrets = [API_KEY, 'Cplantedlicence1', 'FSplantedlicence2'];
/** Names of machines such as `vm` stand by chance in any digest. */
const places = (): string[] => [
  root,
  home,
  `/home/${userInfo().username}`,
  ...(hostname().length > 7 ? [hostname()] : []),
];

function found(texts: ReadonlyMap<string, string>, planted: readonly string[]): string[] {
  return [...texts].flatMap(([path, text]) =>
    planted.flatMap((each) =>
      text.toLowerCase().includes(each.toLowerCase()) ? [`${path}: ${each}: ${around(text, each)}`] : [],
    ),
  );
}

function around(text: string, planted: string): string {
  const at = text.toLowerCase().indexOf(planted.toLowerCase());
  return text.slice(Math.max(0, at - 60), at + 60);
}

/** The last run: its pages, its trace, and everything that can be given away of it. */
async function scan(): Promise<{ exported: string[]; kept: string[]; pages: number }> {
  const runs = join(out, '.neuroclaw', 'runs');
  const folder = join(runs, readdirSync(runs).at(-1) ?? '');
  const to = join(root, 'given');
  for (const args of [
    ['export', 'crate', '--to', join(to, 'crate')],
    ['export', 'methods', '--to', join(to, 'methods')],
    ['report'],
  ]) {
    const { code, stderr } = await runCli([...args, '--out', out], env);
    expect([args[0], code, stderr]).toEqual([args[0], 0, '']);
  }
  const script = join(folder, 'reproduce.sh');
  const given = textsBelow(to);
  if (existsSync(script)) given.set('reproduce.sh', readFileSync(script, 'utf8'));
  const pages = textsBelow(join(folder, 'report'));
  for (const [path, text] of pages) given.set(path, text);
  const trace = new Map([['trace.jsonl', readFileSync(join(folder, 'trace.jsonl'), 'utf8')]]);
  const logs = new Map(
    [
      ...textsBelow(join(out, '.neuroclaw', 'store')),
      ...textsBelow(join(out, '.neuroclaw', 'failed')),
    ].filter(([path]) => path.endsWith('.log')),
  );
  return {
    exported: found(given, [...names, ...secrets, ...places()]),
    // A trace names folders, and the person's folder may be called anything: names are looked for without them.
    kept: [...found(trace, secrets), ...found(logs, [...names, ...secrets])],
    pages: pages.size,
  };
}

describe.skipIf(!hasTestData)('nothing that is nobody’s business leaves with a run', () => {
  it('of BOLD runs with names in sidecars and participants.tsv', { timeout: 240_000 }, async () => {
    const data = join(home, 'study of Jane');
    const name = 'sub-1/func/sub-1_task-objectviewing_run-01_bold';
    mkdirSync(join(data, 'sub-1', 'func'), { recursive: true });
    for (const each of ['dataset_description.json', 'task-objectviewing_bold.json', `${name}.nii.gz`])
      cpSync(testData('bids', 'haxby-slice', each), join(data, each));
    writeFileSync(
      join(data, 'participants.tsv'),
      `participant_id\tname\tnotes\nsub-1\t${NAME}\tkey ${API_KEY}\n`,
    );
    writeFileSync(
      join(data, `${name}.json`),
      JSON.stringify({
        PatientName: NAME,
        OperatorsName: 'Jane',
        Source: `${home}/raw`,
        TaskName: 'objectviewing',
      }),
    );
    const wish = 'clean the BOLD runs of Jane';
    const ran = await runCli(['run', wish, '--data', data, '--out', out, '--yes'], env);
    expect(ran.code).toBe(0);
    const { exported, kept, pages } = await scan();
    expect(exported).toEqual([]);
    expect(kept).toEqual([]);
    expect(pages).toBeGreaterThan(0);
    // The scan sees what is planted: the data, and the plan that stays in the folder, hold it.
    expect(found(textsBelow(data), names)).not.toEqual([]);
    expect(found(textsBelow(join(out, '.neuroclaw', 'runs')), [home])).not.toEqual([]);
  });

  it('of DICOMs with a name in headers, file names and folders', { timeout: 240_000 }, async () => {
    const data = join(home, 'ROEXIA_JANE');
    await writeSyntheticDicoms(data);
    for (const file of readdirSync(data)) {
      const path = join(data, file);
      const bytes = readFileSync(path);
      const at = bytes.indexOf('PHANTOM^ONE');
      expect(at).toBeGreaterThan(0);
      bytes.write(NAME, at, 'latin1');
      writeFileSync(path, bytes);
      renameSync(path, join(data, `ROEXIA_${file}`));
    }
    const ran = await runCli(
      ['run', 'convert these DICOMs to BIDS', '--data', data, '--out', out, '--yes'],
      env,
    );
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const { exported, kept, pages } = await scan();
    expect(exported).toEqual([]);
    expect(kept).toEqual([]);
    expect(pages).toBeGreaterThan(0);
    expect(found(textsBelow(join(out, 'bids')), [...names, ...secrets])).toEqual([]);
  });

  it('of a run that failed', { timeout: 120_000 }, async () => {
    const data = join(home, 'Jane');
    writeEventsDataset(data, 1);
    const plan = join(root, 'plan.json');
    writeFileSync(plan, JSON.stringify(shortPlan(data, out)));
    // Something of somebody else stands where a result must go: the failure names the path.
    const target = join(out, 'derivatives', 'lab-short', 'sub-1', 'func');
    mkdirSync(target, { recursive: true });
    const first = await runCli(['run', plan, '--yes'], env);
    expect(first.code).toBe(0);
    const [published = ''] = readdirSync(target);
    const other = join(home, 'other');
    mkdirSync(join(other, 'derivatives', 'lab-short', 'sub-1', 'func'), { recursive: true });
    writeFileSync(join(other, 'derivatives', 'lab-short', 'sub-1', 'func', published), 'not ours');
    out = other;
    const request = `sort the events, as ${API_KEY} and *Cplantedlicence1 say`;
    writeFileSync(plan, JSON.stringify({ ...shortPlan(data, out), request }));
    expect((await runCli(['run', plan, '--yes'], env)).code).not.toBe(0);
    const { exported, kept } = await scan();
    expect(exported).toEqual([]);
    expect(kept).toEqual([]);
  });
});
