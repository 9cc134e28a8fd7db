import { join } from 'node:path';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { FileFacts } from '../../checks/file-facts.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import { isJsonObject } from '../../kernel/json.js';
import type { Maker } from './adoption.js';
import { boldFindings } from './verify-bold.js';
import type { JudgedUnit } from './verify-subjects.js';

/** What a derivative dataset says of itself as a whole. */
export interface DerivativeFacts {
  readonly makers: readonly Maker[];
  readonly spaces: readonly string[];
  /** With an error among them nobody of the dataset can be adopted. */
  readonly findings: readonly Finding[];
}

const DESCRIPTION = 'dataset_description.json';

/** Who made a derivative dataset: `GeneratedBy`, before BIDS 1.4 `PipelineDescription`. */
export function derivativeFacts({ description, files }: BidsDataset): DerivativeFacts {
  const findings: Finding[] = [];
  const place = { file: DESCRIPTION, field: 'GeneratedBy' };
  const by = description['GeneratedBy'];
  const older = description['PipelineDescription'];
  const told = Array.isArray(by) ? by : isJsonObject(older) ? [older] : [];
  const makers = told.flatMap((one): Maker[] => {
    const { Name: name, Version: version } = isJsonObject(one) ? one : {};
    if (typeof name !== 'string' || name.trim() === '') return [];
    return [{ name, ...(typeof version === 'string' && version !== '' ? { version } : {}) }];
  });
  if (makers.length === 0)
    findings.push(
      errorFinding(
        'input.invalid',
        `${DESCRIPTION} does not say what made the dataset`,
        place,
        'Name and Version',
      ),
    );
  for (const { name, version } of makers)
    if (version === undefined)
      findings.push({
        code: 'input.invalid',
        severity: 'warning',
        message: `${DESCRIPTION} does not say which version of ${name}`,
        place,
        expected: 'Version',
      });
  const spaces = [...new Set(files.flatMap(({ entities }) => entities['space'] ?? []))].sort();
  return { makers, spaces, findings };
}

/** Looks at every image of every participant, and at what belongs together. */
export async function judgeParticipants(
  dataset: BidsDataset,
  makers: readonly Maker[],
  digestOf: (path: string) => Promise<string>,
  onProgress: (folder: string) => void,
  signal: AbortSignal,
): Promise<JudgedUnit[]> {
  const units: JudgedUnit[] = [];
  for (const { label, hasFolder } of dataset.participants) {
    if (!hasFolder) continue;
    signal.throwIfAborted();
    const folder = `sub-${label}`;
    onProgress(folder);
    const files = dataset.files.filter(({ path }) => path.startsWith(`${folder}/`));
    units.push({
      label,
      folder,
      files: files.map(({ path }) => path),
      makers,
      values: {},
      findings: await participantFindings(dataset, files, signal),
    });
  }
  return notTwice(dataset, units, digestOf);
}

async function participantFindings(
  dataset: BidsDataset,
  files: readonly BidsFile[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const facts = new FileFacts(signal);
  const findings: Finding[] = [];
  const images = files.filter(({ extension }) => /^\.nii(\.gz)?$/.test(extension));
  if (images.length === 0)
    findings.push(
      errorFinding('input.invalid', 'there is no image', { file: files[0]?.path ?? '' }, 'images in NIfTI'),
    );
  for (const image of images) {
    signal.throwIfAborted();
    try {
      const isBold = image.suffix === 'bold' && image.entities['desc'] === 'preproc';
      if (isBold) findings.push(...(await boldFindings(dataset, image, facts)));
      // Read to its end: what is cut is told.
      else await facts.scan(join(dataset.root, image.path));
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      const message = error.message.replaceAll(`${dataset.root}/`, '');
      findings.push(errorFinding(error.code, message, { ...error.place, file: image.path }, error.expected));
    }
  }
  return findings;
}

/** Series and confounds that are there twice, to the byte: one of the two is of another run, or of somebody else. */
async function notTwice(
  dataset: BidsDataset,
  units: readonly JudgedUnit[],
  digestOf: (path: string) => Promise<string>,
): Promise<JudgedUnit[]> {
  const single = dataset.files.filter(
    ({ suffix, entities, extension }) =>
      (suffix === 'bold' && /^\.nii/.test(extension)) ||
      (entities['desc'] === 'confounds' && extension === '.tsv'),
  );
  const byDigest = new Map<string, string[]>();
  for (const { path } of single) {
    const digest = await digestOf(join(dataset.root, path));
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), path]);
  }
  const twins = new Map(
    [...byDigest.values()].filter((own) => own.length > 1).flatMap((own) => own.map((p) => [p, own])),
  );
  return units.map((unit) => {
    const more = unit.files.flatMap((path) => {
      const others = twins.get(path)?.filter((other) => other !== path) ?? [];
      if (others.length === 0) return [];
      const message = `it is ${others.join(' and ')}, to the byte`;
      return [errorFinding('input.invalid', message, { file: path }, 'a file of its own run')];
    });
    return more.length === 0 ? unit : { ...unit, findings: [...unit.findings, ...more] };
  });
}
