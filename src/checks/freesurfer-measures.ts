import { parseFreesurferStats, type FreesurferStats } from '../imaging/freesurfer-stats.js';
import { readSurface } from '../imaging/freesurfer-surface.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonValue } from '../kernel/json.js';
import type { FileFacts } from './file-facts.js';
import { problem } from './problem.js';

/** Whether a surface is one closed sheet of the size of a hemisphere; returns what was counted. */
export async function checkSurface(
  path: string,
  findings: Finding[],
): Promise<{ points: number; triangles: number; euler: number }> {
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

export async function readStats(path: string, facts: FileFacts): Promise<FreesurferStats> {
  return parseFreesurferStats(await facts.text(path), path);
}

/** mm3; from an infant to the largest adult heads. */
const intracranial = { least: 500_000, most: 2_500_000 };

export function volumeFindings(
  stats: FreesurferStats,
  path: string,
  values: Record<string, JsonValue>,
): Finding[] {
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
export function thicknessFindings(stats: FreesurferStats, path: string): Finding[] {
  const findings: Finding[] = [];
  for (const { structure, values } of stats.rows) {
    const thickness = values['ThickAvg'];
    if (thickness === undefined || (thickness >= 0.5 && thickness <= 6)) continue;
    findings.push(problem('freesurfer.stats', path, `${structure} is ${thickness} mm thick`, '0.5 to 6 mm'));
    break;
  }
  return findings;
}
