import { join } from 'node:path';
import { z } from 'zod';
import { parseFreesurferStats, type FreesurferStats } from '../imaging/freesurfer-stats.js';
import { readSurface } from '../imaging/freesurfer-surface.js';
import { determinant3 } from '../imaging/jacobian.js';
import { readMgh } from '../imaging/mgh.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import type { FileFacts } from './file-facts.js';
import { filesBelow } from './folder-checks.js';
import { problem } from './problem.js';

const none = z.strictObject({});
const hemispheres = ['lh', 'rh'] as const;

/** What each stage of recon-all leaves behind, in the order of the stages; the later ones need the earlier ones. */
const stageFiles = {
  autorecon1: [
    'mri/orig.mgz',
    'mri/nu.mgz',
    'mri/T1.mgz',
    'mri/brainmask.mgz',
    'mri/transforms/talairach.xfm',
  ],
  autorecon2: [
    'mri/aseg.presurf.mgz',
    'mri/wm.mgz',
    'mri/filled.mgz',
    ...hemispheres.flatMap((hemi) => [`surf/${hemi}.inflated`]),
  ],
  autorecon3: [
    'mri/aseg.mgz',
    'mri/ribbon.mgz',
    'mri/aparc+aseg.mgz',
    'stats/aseg.stats',
    ...hemispheres.flatMap((hemi) => [
      `surf/${hemi}.white`,
      `surf/${hemi}.pial`,
      `surf/${hemi}.sphere.reg`,
      `surf/${hemi}.thickness`,
      `label/${hemi}.aparc.annot`,
      `label/${hemi}.cortex.label`,
      `stats/${hemi}.aparc.stats`,
    ]),
  ],
} as const;
type Stage = keyof typeof stageFiles;
const stages = Object.keys(stageFiles) as [Stage, ...Stage[]];

/** Checks of what FreeSurfer writes: subject folders, surfaces, statistics, images in its own format. */
export const freesurferChecks: readonly Check[] = [
  defineCheck({
    name: 'freesurfer.subject',
    version: 1,
    catches:
      'a reconstruction that stopped on the way although recon-all ended without an error: no surfaces, labels or statistics, a log that does not say it finished, a surface with holes, volumes that no brain has',
    args: z.strictObject({
      /** The last stage that was asked for. */
      stage: z.enum(stages).default('autorecon3'),
      /** Folder of the subject below the output; absent: the output itself. */
      below: z.string().optional(),
    }),
    run: async ({ path, params }, { stage, below }, facts) => {
      const folder = below === undefined ? path : join(path, below);
      const names = await filesBelow(folder);
      const findings: Finding[] = [];
      const say = (message: string, expected: string, name = ''): void =>
        void findings.push(problem('freesurfer.subject', join(folder, name), message, expected));
      const asked = stageOf(params['directive']) ?? stage;
      for (const name of stages.slice(0, stages.indexOf(asked) + 1).flatMap((one) => [...stageFiles[one]]))
        if (!names.includes(name)) say(`${name} is missing`, `what ${asked} leaves behind`, name);
      const running = names.filter((name) => name.startsWith('scripts/IsRunning'));
      if (running.length > 0) say(`${running.join(', ')} is there`, 'a run that has ended');
      await checkLog(folder, names, facts, say);
      if (findings.length > 0 || asked !== 'autorecon3') return { findings };
      const values: Record<string, number> = {};
      for (const hemi of hemispheres)
        for (const kind of ['white', 'pial'])
          await checkSurface(join(folder, 'surf', `${hemi}.${kind}`), findings);
      const aseg = await readStats(join(folder, 'stats', 'aseg.stats'), facts);
      findings.push(...volumeFindings(aseg, join(folder, 'stats', 'aseg.stats'), values));
      for (const hemi of hemispheres) {
        const file = join(folder, 'stats', `${hemi}.aparc.stats`);
        findings.push(...thicknessFindings(await readStats(file, facts), file));
      }
      const { header, voxels } = await readMgh(join(folder, 'mri', 'aseg.mgz'));
      if (voxels.some((value) => !Number.isInteger(value) || value < 0))
        say('aseg.mgz holds values that are no labels', 'whole numbers from 0', 'mri/aseg.mgz');
      if (header.dims[3] !== 1) say(`aseg.mgz has ${header.dims[3]} frames`, 'one', 'mri/aseg.mgz');
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'freesurfer.stats',
    version: 1,
    catches:
      'statistics of regions that are cut, hold words for numbers, or volumes and thicknesses that no brain has',
    args: none,
    run: async ({ path }, _args, facts) => {
      const stats = await readStats(path, facts);
      const values: Record<string, number> = { rows: stats.rows.length };
      const findings = stats.columns.includes('ThickAvg')
        ? thicknessFindings(stats, path)
        : volumeFindings(stats, path, values);
      if (stats.rows.length === 0)
        findings.push(problem('freesurfer.stats', path, 'no row', 'a row for each structure'));
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'freesurfer.table',
    version: 2,
    catches:
      'a table over participants with somebody missing or twice, cells missing, words for numbers, or nothing but 0',
    args: z.strictObject({ min_columns: z.number().int().min(1).default(2) }),
    run: async ({ path, params }, { min_columns }, facts) => {
      const lines = (await facts.text(path)).split(/\r?\n/).filter((line) => line.trim() !== '');
      const [header = [], ...rows] = lines.map((line) =>
        line.split(/\t|,|\s+/).filter((word) => word !== ''),
      );
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('freesurfer.table', path, message, expected));
      if (rows.length === 0) say('no row', 'a row for each participant');
      if (header.length <= min_columns) say(`${header.length} columns`, `more than ${min_columns}`);
      const { subjects } = params;
      if (Array.isArray(subjects) && params['transpose'] !== true && params['skip_missing'] !== true) {
        const names = rows.map(([name = '']) => name.split('/').at(-1));
        const wrong = subjects.find((name) => names.filter((each) => each === name).length !== 1);
        if (wrong !== undefined || rows.length !== subjects.length)
          say(
            `${rows.length} rows for ${subjects.length} subjects${wrong === undefined ? '' : `, and not one of ${String(wrong)}`}`,
            'a row for each subject',
          );
      }
      for (const row of rows) {
        const bad = row.slice(1).find((word) => !Number.isFinite(Number(word)));
        if (row.length !== header.length) say(`${row[0]} has ${row.length} cells`, `${header.length}`);
        else if (bad !== undefined) say(`${row[0]} has ${JSON.stringify(bad)}`, 'numbers');
      }
      if (rows.length > 0 && rows.every((row) => row.slice(1).every((word) => Number(word) === 0)))
        say('every number is 0', 'measures');
      return { findings, values: { participants: rows.length, measures: Math.max(0, header.length - 1) } };
    },
  }),
  defineCheck({
    name: 'freesurfer.surface',
    version: 1,
    catches: 'a surface with holes, handles or open edges, or of another size than a cortex',
    args: none,
    run: async ({ path }) => {
      const findings: Finding[] = [];
      const values = await checkSurface(path, findings);
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'mgh.readable',
    version: 1,
    catches: 'an image of FreeSurfer that is cut, empty, of one value, or full of values that are no numbers',
    args: z.strictObject({
      labels: z.boolean().default(false),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
    run: async ({ path }, { labels, min = -Infinity, max = Infinity }) => {
      const { header, voxels } = await readMgh(path);
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('mgh.readable', path, message, expected));
      let [low, high, odd] = [Infinity, -Infinity, 0];
      for (const value of voxels) {
        if (!Number.isFinite(value)) odd += 1;
        else {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
        if (labels && !Number.isInteger(value)) odd += 1;
      }
      if (odd > 0)
        say(`${odd} values are no ${labels ? 'labels' : 'numbers'}`, labels ? 'whole numbers' : 'finite');
      if (!(high > low)) say(`every value is ${low}`, 'more than one value');
      else if (low < min || high > max) say(`values from ${low} to ${high}`, `${min} to ${max}`);
      return { findings, values: { dims: [...header.dims], minimum: low, maximum: high } };
    },
  }),
  defineCheck({
    name: 'transform.lta',
    version: 1,
    catches: 'a registration that mirrors, collapses or blows up the image, or whose file is cut',
    args: z.strictObject({ rigid: z.boolean().default(false), max_scale: z.number().min(1).default(3) }),
    run: async ({ path }, { rigid, max_scale }, facts) => {
      const check = 'transform.lta';
      const lines = (await facts.text(path)).split(/\r?\n/).map((line) => line.trim());
      const at = lines.findIndex((line) => /^1\s+4\s+4$/.test(line));
      const rows = lines
        .slice(at + 1, at + 5)
        .map((line) => line.split(/\s+/).map(Number))
        .filter((row) => row.length === 4 && row.every(Number.isFinite));
      if (at < 0 || rows.length !== 4)
        return { findings: [problem(check, path, 'no matrix of 4x4 numbers', '`1 4 4` and four rows')] };
      const findings: Finding[] = [];
      const [a = [], b = [], c = []] = rows;
      const determinant = determinant3([...a.slice(0, 3), ...b.slice(0, 3), ...c.slice(0, 3)]);
      if (determinant <= 0)
        findings.push(problem(check, path, `its determinant is ${determinant}`, 'above 0'));
      else if (determinant > max_scale || determinant < 1 / max_scale)
        findings.push(
          problem(
            check,
            path,
            `it changes volumes by ${determinant.toFixed(3)}`,
            `1/${max_scale} to ${max_scale}`,
          ),
        );
      if (rigid && /^type\s*=\s*1\b/m.test(lines.join('\n')) && Math.abs(determinant - 1) > 0.01)
        findings.push(
          problem(check, path, `it changes volumes by ${determinant.toFixed(3)}`, 'rotation and shift'),
        );
      return { findings, values: { determinant } };
    },
  }),
];

type Say = (message: string, expected: string, name?: string) => void;

/** `-all` and the stages of recon-all, as the stage whose files must be there. */
function stageOf(directive: unknown): Stage | undefined {
  const name = String(directive).replace(/^-/, '');
  return name === 'all' ? 'autorecon3' : stages.find((stage) => stage === name);
}

async function checkLog(folder: string, names: readonly string[], facts: FileFacts, say: Say): Promise<void> {
  const log = 'scripts/recon-all.log';
  if (!names.includes(log)) return say('there is no log', log, log);
  const text = await facts.text(join(folder, log));
  const ended = text.lastIndexOf('finished without error');
  if (ended < 0 || text.lastIndexOf('exited with ERRORS') > ended)
    say('it does not end with a run that finished', '`finished without error`', log);
}

async function checkSurface(path: string, findings: Finding[]): Promise<JsonObject> {
  const { points, triangles, euler, openEdges, sound, extent } = await readSurface(path);
  const say = (message: string, expected: string): void =>
    void findings.push(problem('freesurfer.surface', path, message, expected));
  if (!sound) say('points without a finite place, or triangles without their points', 'a whole surface');
  if (openEdges > 0) say(`${openEdges} edges are open`, 'two triangles at each edge');
  else if (euler !== 2) say(`its Euler number is ${euler}: it has ${(2 - euler) / 2} handles`, '2, a sphere');
  // mm; a hemisphere of an infant is 70 mm long, one of an adult up to 200.
  const longest = Math.max(...extent);
  if (!(longest > 50 && longest < 250)) say(`it is ${longest.toFixed(0)} mm long`, '50 to 250 mm');
  return { points, triangles, euler };
}

async function readStats(path: string, facts: FileFacts): Promise<FreesurferStats> {
  return parseFreesurferStats(await facts.text(path), path);
}

/** mm3; from an infant to the largest adult heads. */
const intracranial = { least: 500_000, most: 2_500_000 };

function volumeFindings(stats: FreesurferStats, path: string, values: Record<string, number>): Finding[] {
  const findings: Finding[] = [];
  const say = (message: string, expected: string): void =>
    void findings.push(problem('freesurfer.stats', path, message, expected));
  const total = stats.measures.find(({ field }) => field === 'eTIV')?.value;
  if (total !== undefined) {
    values['intracranial_ml'] = total / 1000;
    if (total < intracranial.least || total > intracranial.most)
      say(`the intracranial volume is ${(total / 1000).toFixed(0)} mL`, '500 to 2500 mL');
  }
  const brain = stats.measures.find(({ field }) => field === 'BrainSegVol')?.value;
  if (brain !== undefined && total !== undefined && brain > 1.1 * total)
    say(
      `the brain (${(brain / 1000).toFixed(0)} mL) is larger than the skull (${(total / 1000).toFixed(0)} mL)`,
      'a brain that fits into its skull',
    );
  const negative = stats.rows.find(({ values: row }) => (row['Volume_mm3'] ?? 0) < 0);
  if (negative) say(`${negative.structure} has a volume below 0`, 'mm3 from 0');
  return findings;
}

/** mm; the cortex is 1 to 4.5 mm thick, means of regions stay within 0.5 to 6. */
function thicknessFindings(stats: FreesurferStats, path: string): Finding[] {
  const findings: Finding[] = [];
  for (const { structure, values } of stats.rows) {
    const thickness = values['ThickAvg'];
    if (thickness === undefined || (thickness >= 0.5 && thickness <= 6)) continue;
    findings.push(problem('freesurfer.stats', path, `${structure} is ${thickness} mm thick`, '0.5 to 6 mm'));
    break;
  }
  return findings;
}
