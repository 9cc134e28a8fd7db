import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../support/temporary.js';

/** Contents by path: text as it is, anything else as JSON. */
export type Tree = Readonly<Record<string, unknown>>;

/** Writes files into a fresh folder that is removed after the test. */
export function writeTree(tree: Tree): string {
  const root = temporaryFolder();
  addFiles(root, tree);
  return root;
}

/** The same with a dataset_description.json and, unless it is given, a participants.tsv of the folders. */
export function writeDataset(tree: Tree): string {
  const labels = new Set(Object.keys(tree).flatMap((path) => /^(sub-[^/]+)\//.exec(path)?.[1] ?? []));
  return writeTree({
    'dataset_description.json': { Name: 'test', BIDSVersion: '1.10.0' },
    'participants.tsv': ['participant_id', ...labels, ''].join('\n'),
    ...tree,
  });
}

export function addFiles(root: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
