import { NeuroClawError } from '../kernel/errors.js';

/** One whole-brain measure, a line `# Measure BrainSeg, BrainSegVol, Brain Segmentation Volume, 1243340.0, mm^3`. */
export interface StatsMeasure {
  /** Short name, such as `EstimatedTotalIntraCranialVol`. */
  readonly name: string;
  readonly field: string;
  readonly description: string;
  readonly value: number;
  /** `mm^3`, `mm`, `unitless`, as written. */
  readonly unit: string;
}

/** A statistics file of FreeSurfer: whole-brain measures and one row a structure. */
export interface FreesurferStats {
  /** `subjectname` of the header. */
  readonly subject: string | undefined;
  readonly hemisphere: 'lh' | 'rh' | undefined;
  readonly measures: readonly StatsMeasure[];
  /** As the header names them: `StructName`, `Volume_mm3`, `ThickAvg`, ... */
  readonly columns: readonly string[];
  readonly rows: readonly StatsRow[];
}

export interface StatsRow {
  readonly structure: string;
  /** Numbers by column; volumes in mm3, thickness in mm, areas in mm2. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * Reads aseg.stats, wmparc.stats, ?h.aparc*.stats and whatever else `mri_segstats` and `mris_anatomical_stats` write:
 * comments that begin with `#`, one of which names the columns (`# ColHeaders`), and rows parted by blanks.
 *
 * Throws `input.malformed` with the line: no columns, a row with another number of words, a word that is no number.
 */
export function parseFreesurferStats(text: string, file: string): FreesurferStats {
  const measures: StatsMeasure[] = [];
  const rows: StatsRow[] = [];
  let columns: string[] = [];
  const header = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    if (words[0] === '#') {
      if (words[1] === 'ColHeaders') columns = words.slice(2);
      else if (words[1] === 'Measure') measures.push(measureOf(line, file, index + 1));
      else if (words[1] !== undefined && words[2] !== undefined) header.set(words[1], words[2]);
    } else if (!line.startsWith('#')) rows.push(rowOf(words, columns, file, index + 1));
  }
  if (columns.length === 0) throw malformed('no line names the columns', '# ColHeaders ...', file);
  const hemisphere = header.get('hemi');
  return {
    subject: header.get('subjectname'),
    hemisphere: hemisphere === 'lh' || hemisphere === 'rh' ? hemisphere : undefined,
    measures,
    columns,
    rows,
  };
}

function measureOf(line: string, file: string, at: number): StatsMeasure {
  const parts = line
    .replace(/^#\s*Measure\s+/, '')
    .split(',')
    .map((part) => part.trim());
  const [name, field, unit] = [parts[0], parts[1], parts.at(-1)];
  const value = Number(parts.at(-2));
  // Descriptions hold commas: name and field stand first, value and unit last.
  if (parts.length < 5 || !name || !field || !unit || parts.at(-2) === '' || !Number.isFinite(value))
    throw malformed('a measure cannot be read', 'name, field, description, number, unit', file, at);
  return { name, field, description: parts.slice(2, -2).join(', '), value, unit };
}

function rowOf(words: readonly string[], columns: readonly string[], file: string, at: number): StatsRow {
  if (columns.length === 0) throw malformed('a row stands before the columns', '# ColHeaders ...', file, at);
  if (words.length !== columns.length)
    throw malformed(`the row has ${words.length} words`, `${columns.length}: ${columns.join(' ')}`, file, at);
  const values: Record<string, number> = {};
  let structure = '';
  for (const [index, column] of columns.entries()) {
    const word = words[index] ?? '';
    if (column === 'StructName') structure = word;
    else if (Number.isFinite(Number(word))) values[column] = Number(word);
    else throw malformed(`${column} is ${JSON.stringify(word)}`, 'a number', file, at);
  }
  return { structure, values };
}

function malformed(message: string, expected: string, file: string, line?: number): NeuroClawError {
  return new NeuroClawError('input.malformed', `statistics of FreeSurfer: ${message}`, {
    place: { file, ...(line === undefined ? {} : { line }) },
    expected,
  });
}
