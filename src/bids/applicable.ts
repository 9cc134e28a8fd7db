import type { BidsDataset, BidsFile } from './dataset.js';

/** Files by the folder that they lie in, then by suffix and extension. */
type FolderIndex = ReadonlyMap<string, ReadonlyMap<string, readonly BidsFile[]>>;

const indexes = new WeakMap<BidsDataset, FolderIndex>();

/**
 * Files with this suffix and extension that apply to `file` by the inheritance principle: they lie in its folder or
 * above it, and each of their entities it has with an equal value, but those in `beyond`. One list a folder that has
 * any, from the root down; in a list the ones with more entities last.
 */
export function applicableFiles(
  dataset: BidsDataset,
  file: BidsFile,
  wanted: { readonly suffix: string; readonly extension: string; readonly beyond?: readonly string[] },
): BidsFile[][] {
  const index = indexOf(dataset);
  const key = indexKey(wanted);
  const found: BidsFile[][] = [];
  for (const folder of foldersDownTo(file.path)) {
    const here = (index.get(folder)?.get(key) ?? []).filter((candidate) =>
      appliesTo(candidate, file, wanted.beyond ?? []),
    );
    if (here.length > 0) found.push(here.sort((a, b) => entityCount(a) - entityCount(b)));
  }
  return found;
}

function appliesTo(candidate: BidsFile, file: BidsFile, beyond: readonly string[]): boolean {
  for (const key in candidate.entities) {
    if (file.entities[key] !== candidate.entities[key] && !beyond.includes(key)) return false;
  }
  return true;
}

export function entityCount(file: BidsFile): number {
  return Object.keys(file.entities).length;
}

/** `['', 'sub-01', 'sub-01/func']` of `sub-01/func/x.nii`. */
function foldersDownTo(path: string): string[] {
  const folders = [''];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

function indexKey({ suffix, extension }: { suffix: string; extension: string }): string {
  return `${suffix}${extension}`;
}

/** Built at the first question, once for a dataset. */
function indexOf(dataset: BidsDataset): FolderIndex {
  const known = indexes.get(dataset);
  if (known !== undefined) return known;
  const index = new Map<string, Map<string, BidsFile[]>>();
  for (const file of dataset.files) {
    if (file.suffix === '') continue;
    const folder = file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')));
    const key = indexKey(file);
    let byKey = index.get(folder);
    if (byKey === undefined) index.set(folder, (byKey = new Map()));
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [file]);
    else list.push(file);
  }
  indexes.set(dataset, index);
  return index;
}
