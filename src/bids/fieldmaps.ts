import type { Finding } from '../kernel/findings.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { sidecarFor } from './inheritance.js';

export interface FieldmapLink {
  readonly fieldmap: BidsFile;
  /** Images that it corrects. */
  readonly targets: readonly BidsFile[];
  readonly how: 'IntendedFor' | 'B0FieldIdentifier';
  /** Targets that do not exist; that there are none at all. */
  readonly findings: readonly Finding[];
}

/** Images in `fmap` that only accompany another one: the sidecar of the phase image speaks for them. */
const ACCOMPANYING = new Set(['magnitude', 'magnitude1', 'magnitude2', 'sbref']);

/**
 * Which field map corrects which image (BIDS specification, "Expressing the MR protocol intent for fieldmaps"): one
 * link for every image in `fmap`, and for every other image that carries a `B0FieldIdentifier`. Where the images name
 * it as their `B0FieldSource` those are the targets, else the ones that `IntendedFor` names, either relative to the
 * folder of the participant or as a BIDS URI. A field map that corrects nothing is a link without targets, and its
 * finding says why. Reads the sidecars of all images.
 */
export async function fieldmapLinks(dataset: BidsDataset): Promise<FieldmapLink[]> {
  const images = dataset.files.filter((file) => /^\.nii(\.gz)?$/.test(file.extension) && file.suffix !== '');
  const described = await Promise.all(
    images.map(async (image) => ({ image, values: (await sidecarFor(dataset, image)).values })),
  );
  const byPath = new Map(dataset.files.map((file) => [file.path, file]));
  const bySource = new Map<string, BidsFile[]>();
  for (const { image, values } of described) {
    for (const id of texts(values['B0FieldSource'])) {
      const key = fieldKey(image, id);
      bySource.set(key, [...(bySource.get(key) ?? []), image]);
    }
  }
  const links: FieldmapLink[] = [];
  for (const { image, values } of described) {
    const isFieldmap = image.datatype === 'fmap' && !ACCOMPANYING.has(image.suffix);
    const sources = texts(values['B0FieldIdentifier']).flatMap(
      (id) => bySource.get(fieldKey(image, id)) ?? [],
    );
    const targets = [...new Set(sources)];
    if (targets.length > 0) {
      links.push({ fieldmap: image, targets, how: 'B0FieldIdentifier', findings: [] });
    } else if (isFieldmap) {
      links.push(intendedLink(image, texts(values['IntendedFor']), byPath));
    }
  }
  return links;
}

/** Identifiers are unique within one participant. */
function fieldKey(image: BidsFile, id: string): string {
  return `${image.entities['sub'] ?? ''}/${id}`;
}

function intendedLink(
  fieldmap: BidsFile,
  intended: readonly string[],
  byPath: ReadonlyMap<string, BidsFile>,
): FieldmapLink {
  const place = { file: fieldmap.path, field: 'IntendedFor' };
  const targets = new Set<BidsFile>();
  const findings: Finding[] = [];
  for (const target of intended) {
    const candidates = possiblePaths(target, fieldmap);
    const file = candidates.map((path) => byPath.get(path)).find((found) => found !== undefined);
    if (file !== undefined) {
      targets.add(file);
      if (file.path === candidates[0]) continue;
      findings.push({
        code: 'input.invalid',
        severity: 'warning',
        message: `IntendedFor names ${target}, which was taken for ${file.path}`,
        place,
        expected: `bids::${file.path}`,
      });
    } else {
      findings.push({
        code: 'input.invalid',
        severity: 'error',
        message: `IntendedFor names ${target}, which is not in the dataset`,
        place,
        expected: 'a path relative to the folder of the participant, or bids::sub-...',
      });
    }
  }
  if (intended.length === 0) {
    findings.push({
      code: 'input.invalid',
      severity: 'warning',
      message: `nothing says which images ${fieldmap.path} corrects`,
      place,
      suggestion:
        'name them in IntendedFor, or pair B0FieldIdentifier here with B0FieldSource of those images',
    });
  }
  return { fieldmap, targets: [...targets], how: 'IntendedFor', findings };
}

/** Paths that a target may mean, the one by the specification first, then what people write by mistake. */
function possiblePaths(target: string, fieldmap: BidsFile): string[] {
  const uri = /^bids:([^:]*):(.*)$/s.exec(target);
  if (uri !== null) {
    const [, dataset = '', path = ''] = uri;
    // Another dataset is not in this index.
    return dataset === '' ? [path, decoded(path), path.replace(/^\/+/, '')] : [];
  }
  const relative = target.replace(/^\.?\/+/, '');
  const participant = `sub-${fieldmap.entities['sub'] ?? ''}`;
  const session = `ses-${fieldmap.entities['ses'] ?? ''}`;
  return [
    `${participant}/${target}`,
    `${participant}/${relative}`,
    relative,
    `${participant}/${session}/${relative}`,
  ];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function texts(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((entry): entry is string => typeof entry === 'string' && entry !== '');
}
