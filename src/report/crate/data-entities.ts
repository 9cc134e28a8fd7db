import type { StoredOutput } from '../../engine/store.js';
import type { JsonValue } from '../../kernel/json.js';
import type { Reference } from '../bibliography.js';
import type { CrateFile, CrateState } from './crate-state.js';
import { contentId, fileId, ref } from './graph.js';
import { formatOf } from './formats.js';

/** The files of an output: those in the crate, else its content. */
export function resultIds(state: CrateState, job: string, output: string): string[] {
  const kept = state.content.results.get(`${job} ${output}`);
  if (kept !== undefined && kept.length > 0) return kept.map((file) => addFile(state, file));
  const stored = state.artifacts.entryOf(job)?.outputs.find(({ id }) => id === output);
  if (stored === undefined || stored.absent) return [];
  const name = stored.path.split('/').at(-1) ?? stored.path;
  return [
    addContent(state, stored.sha256, name, isFolder(stored) ? 'Dataset' : 'File', stored.files[0]?.size),
  ];
}

export function addFile(state: CrateState, { path, sha256, size, about, encodingFormat }: CrateFile): string {
  const id = state.graph.add({
    '@id': fileId(path),
    '@type': 'File',
    name: path.split('/').at(-1) ?? path,
    description: about,
    encodingFormat,
    contentSize: String(size),
    sha256,
    ...(path === 'README.md' ? { about: ref('./') } : {}),
  });
  state.parts.add(id);
  return id;
}

/** Something that is not in the crate. The same content is one entity, whatever it was called. */
export function addContent(
  state: CrateState,
  sha256: string,
  name: string,
  type: 'File' | 'Dataset',
  size?: number,
  from = '',
): string {
  const id = contentId(sha256);
  const known = state.graph.has(id);
  state.graph.add({
    '@id': id,
    '@type': type,
    ...(known ? { alternateName: [name] } : { name, alternateName: [name] }),
    sha256,
    ...(size === undefined || type === 'Dataset' ? {} : { contentSize: String(size) }),
    description: `${from}not in this crate: named by its content`,
    ...(type === 'File' ? { encodingFormat: formatOf(name) } : {}),
  });
  state.parts.add(id);
  return id;
}

export function addFormal(
  state: CrateState,
  id: string,
  name: string,
  additionalType: string,
  example: string,
  type = additionalType,
): string {
  state.graph.add({
    '@id': id,
    '@type': 'FormalParameter',
    name,
    additionalType,
    workExample: [ref(example)],
  });
  state.graph.add({ '@id': example, '@type': type, exampleOfWork: [ref(id)] });
  return id;
}

export function addCitations(state: CrateState, references: readonly Reference[]): JsonValue {
  return references.flatMap(({ doi, text }) => {
    if (doi === undefined) return [];
    const id = `https://doi.org/${encodeURI(doi)}`;
    state.graph.add({ '@id': id, '@type': 'ScholarlyArticle', name: text, identifier: id });
    return [ref(id)];
  });
}
export function isFolder({ path, files }: StoredOutput): boolean {
  return files.length !== 1 || files[0]?.path !== path;
}

export function typeOfValue(value: JsonValue): string {
  if (typeof value === 'boolean') return 'Boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Float';
  return 'Text';
}

export function shownValue(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
