import { errorFinding, type Finding } from '../kernel/findings.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { sidecarFor } from './inheritance.js';

export interface FieldmapLink {
  readonly fieldmap: BidsFile;
  /** Images that it corrects. */
  readonly targets: readonly BidsFile[];
  readonly how: 'IntendedFor' | 'B0FieldIdentifier';
  /** Targets that do not exist. */
  readonly findings: readonly Finding[];
}

/**
 * Which field map corrects which image: by `B0FieldIdentifier`/`B0FieldSource` where given, else by `IntendedFor`,
 * as a path relative to the participant or as a BIDS URI (BIDS specification, "Expressing the MR protocol intent").
 */
export async function fieldmapLinks(dataset: BidsDataset): Promise<FieldmapLink[]> {
  const images = dataset.files.filter((file) => /^\.nii(\.gz)?$/.test(file.extension));
  const byPath = new Map(images.map((file) => [file.path, file]));
  const bySource = await imagesByFieldSource(dataset, images);
  const links: FieldmapLink[] = [];
  for (const fieldmap of images.filter((file) => file.datatype === 'fmap' || file.datatype === 'perf')) {
    const { values } = await sidecarFor(dataset, fieldmap);
    const sources = texts(values['B0FieldIdentifier']).flatMap(
      (id) => bySource.get(`${fieldmap.entities['sub']}/${id}`) ?? [],
    );
    const targets = [...new Set(sources)].filter((target) => target !== fieldmap);
    if (targets.length > 0) {
      links.push({ fieldmap, targets, how: 'B0FieldIdentifier', findings: [] });
      continue;
    }
    const intended = texts(values['IntendedFor']);
    if (intended.length === 0) continue;
    const found: BidsFile[] = [];
    const findings: Finding[] = [];
    for (const target of intended) {
      const file = byPath.get(intendedPath(target, fieldmap));
      if (file !== undefined) found.push(file);
      else
        findings.push(
          errorFinding('input.invalid', `IntendedFor names ${target}, which does not exist`, {
            file: fieldmap.path,
            field: 'IntendedFor',
          }),
        );
    }
    links.push({ fieldmap, targets: found, how: 'IntendedFor', findings });
  }
  return links;
}

async function imagesByFieldSource(
  dataset: BidsDataset,
  images: readonly BidsFile[],
): Promise<Map<string, BidsFile[]>> {
  const bySource = new Map<string, BidsFile[]>();
  for (const image of images) {
    if (image.datatype === 'anat') continue;
    for (const id of texts((await sidecarFor(dataset, image)).values['B0FieldSource'])) {
      const key = `${image.entities['sub']}/${id}`;
      bySource.set(key, [...(bySource.get(key) ?? []), image]);
    }
  }
  return bySource;
}

function intendedPath(target: string, fieldmap: BidsFile): string {
  if (target.startsWith('bids::')) return target.slice('bids::'.length);
  return `sub-${fieldmap.entities['sub']}/${target.replace(/^\.?\//, '')}`;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (entry): entry is string => typeof entry === 'string',
  );
}
