import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseReconAllLog, versionOfStamp } from '../imaging/freesurfer-log.js';
import { readAnnotationPoints, readSurfaceSize, readVertexValues } from '../imaging/freesurfer-vertices.js';
import { readMgh } from '../imaging/mgh.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonValue } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import type { FileFacts } from './file-facts.js';
import { filesBelow } from './folder-checks.js';
import { checkSurface, readStats, thicknessFindings, volumeFindings } from './freesurfer-measures.js';
import { problem } from './problem.js';

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
const LOG = 'scripts/recon-all.log';
const STAMP = 'scripts/build-stamp.txt';

type Say = (message: string, expected: string, name?: string) => void;

/** What the log and the stamp say of who was reconstructed, and by which version. */
/** What recon-all leaves where it stops, and takes away when it starts again. */
const ERROR = 'scripts/recon-all.error';

interface Records {
  /** File -> the subject that it names. */
  readonly subjects: ReadonlyMap<string, string>;
  /** File -> the version of FreeSurfer that it names. */
  readonly versions: ReadonlyMap<string, string>;
}

export const freesurferSubject: Check = defineCheck({
  name: 'freesurfer.subject',
  version: 3,
  catches:
    'a reconstruction that stopped on the way although recon-all ended without an error: no surfaces, labels or statistics, a log that does not say it finished, a surface with holes, thickness or labels of another surface, statistics of another subject, two versions in one folder, volumes that no brain has',
  args: z.strictObject({
    /** The last stage that was asked for. */
    stage: z.enum(stages).default('autorecon3'),
    /** Folder of the subject below the output; absent: the output itself. */
    below: z.string().optional(),
    /** The log and the statistics must name the subject as the folder is named. */
    own_name: z.boolean().default(false),
  }),
  run: async ({ path, params }, { stage, below, own_name }, facts) => {
    const folder = below === undefined ? path : join(path, below);
    const names = await filesBelow(folder);
    const findings: Finding[] = [];
    const say: Say = (message, expected, name = '') =>
      void findings.push(problem('freesurfer.subject', join(folder, name), message, expected));
    const asked = stageOf(params['directive']) ?? stage;
    for (const name of stages.slice(0, stages.indexOf(asked) + 1).flatMap((one) => [...stageFiles[one]]))
      if (!names.includes(name)) say(`${name} is missing`, `what ${asked} leaves behind`, name);
      else if ((await facts.size(join(folder, name))) === 0) say(`${name} is empty`, 'some content', name);
    if (names.includes(ERROR)) say(`${ERROR} is there`, 'a run without errors', ERROR);
    const running = names.filter((name) => name.startsWith('scripts/IsRunning'));
    if (running.length > 0) say(`${running.join(', ')} is there`, 'a run that has ended');
    const records = await readRecords(folder, names, facts, say);
    const values: Record<string, JsonValue> = {};
    const [version] = [...records.versions.values()].slice(-1);
    if (version !== undefined) values['version'] = version;
    const subjects = new Map(records.subjects);
    if (findings.length === 0 && asked === 'autorecon3') {
      await checkSurfaces(folder, say, findings);
      for (const [name, subject] of await checkStats(folder, facts, findings, values))
        subjects.set(name, subject);
      const { header, voxels } = await readMgh(join(folder, 'mri', 'aseg.mgz'));
      if (voxels.some((value) => !Number.isInteger(value) || value < 0))
        say('aseg.mgz holds values that are no labels', 'whole numbers from 0', 'mri/aseg.mgz');
      if (header.dims[3] !== 1) say(`aseg.mgz has ${header.dims[3]} frames`, 'one', 'mri/aseg.mgz');
    }
    const first = own_name ? basename(folder) : [...subjects.values()][0];
    for (const [name, subject] of subjects)
      if (subject !== first)
        say(`${name} is of ${subject}`, `${first ?? ''}, as ${own_name ? 'the folder' : 'the log'}`, name);
    const [oldest] = records.versions.values();
    for (const [name, other] of records.versions)
      if (other !== oldest)
        say(`${name} says version ${other}`, `${oldest ?? ''}, as the rest of the subject`, name);
    return { findings, values };
  },
});

/** `-all` and the stages of recon-all, as the stage whose files must be there. */
function stageOf(directive: unknown): Stage | undefined {
  const name = String(directive).replace(/^-/, '');
  return name === 'all' ? 'autorecon3' : stages.find((stage) => stage === name);
}

async function readRecords(
  folder: string,
  names: readonly string[],
  facts: FileFacts,
  say: Say,
): Promise<Records> {
  const subjects = new Map<string, string>();
  const versions = new Map<string, string>();
  if (names.includes(STAMP)) {
    const version = versionOfStamp((await facts.text(join(folder, STAMP))).trim());
    if (version !== undefined) versions.set(STAMP, version);
  }
  if (!names.includes(LOG)) {
    say('there is no log', LOG, LOG);
    return { subjects, versions };
  }
  const log = parseReconAllLog(await facts.text(join(folder, LOG)));
  if (!log.finished) say('it does not end with a run that finished', '`finished without error`', LOG);
  for (const subject of log.subjects) subjects.set(LOG, subject);
  if (log.subjects.length > 1) say(`it is of ${log.subjects.join(' and ')}`, 'one subject', LOG);
  const logged = [...new Set(log.stamps.flatMap((stamp) => versionOfStamp(stamp) ?? []))];
  const [last] = logged.slice(-1);
  if (last !== undefined) versions.set(LOG, last);
  if (logged.length > 1) say(`its calls are of versions ${logged.join(' and ')}`, 'one version', LOG);
  return { subjects, versions };
}

/** Surfaces are closed, and everything that lies on one has as many points as it. */
async function checkSurfaces(folder: string, say: Say, findings: Finding[]): Promise<void> {
  for (const hemi of hemispheres) {
    const white = await checkSurface(join(folder, 'surf', `${hemi}.white`), findings);
    const same = (name: string, points: number): void => {
      if (points !== white.points) say(`it has ${points} points`, `${white.points}, as ${hemi}.white`, name);
    };
    same(`surf/${hemi}.pial`, (await checkSurface(join(folder, 'surf', `${hemi}.pial`), findings)).points);
    for (const name of [`surf/${hemi}.inflated`, `surf/${hemi}.sphere.reg`])
      same(name, (await readSurfaceSize(join(folder, name))).points);
    const annotation = `label/${hemi}.aparc.annot`;
    same(annotation, await readAnnotationPoints(join(folder, annotation)));
    const name = `surf/${hemi}.thickness`;
    const thickness = await readVertexValues(join(folder, name));
    same(name, thickness.points);
    // mm; recon-all cuts it at 5, and smoothing leaves some points of real subjects just below 0.
    if (thickness.odd > 0) say(`${thickness.odd} values are no numbers`, 'a thickness at each point', name);
    else if (thickness.minimum < -0.1 || thickness.maximum > 10 || thickness.maximum === thickness.minimum)
      say(`from ${thickness.minimum} to ${thickness.maximum} mm`, '0 to 10 mm', name);
  }
}

/** Statistics that a brain can have, of the hemisphere that their file is named after; returns whom they name. */
async function checkStats(
  folder: string,
  facts: FileFacts,
  findings: Finding[],
  values: Record<string, JsonValue>,
): Promise<Map<string, string>> {
  const subjects = new Map<string, string>();
  const volumes = 'stats/aseg.stats';
  const aseg = await readStats(join(folder, volumes), facts);
  if (aseg.subject !== undefined) subjects.set(volumes, aseg.subject);
  findings.push(...volumeFindings(aseg, join(folder, volumes), values));
  for (const hemi of hemispheres) {
    const name = `stats/${hemi}.aparc.stats`;
    const file = join(folder, name);
    const stats = await readStats(file, facts);
    if (stats.subject !== undefined) subjects.set(name, stats.subject);
    findings.push(...thicknessFindings(stats, file));
    if (stats.hemisphere !== undefined && stats.hemisphere !== hemi)
      findings.push(problem('freesurfer.subject', file, `it is of ${stats.hemisphere}`, hemi));
    const { points } = await readSurfaceSize(join(folder, 'surf', `${hemi}.white`));
    const counted = stats.rows.reduce((sum, row) => sum + (row.values['NumVert'] ?? 0), 0);
    if (counted > points)
      findings.push(
        problem(
          'freesurfer.subject',
          file,
          `its regions have ${counted} points`,
          `${points} at most, as ${hemi}.white`,
        ),
      );
  }
  return subjects;
}
