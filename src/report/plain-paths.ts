import { homedir } from 'node:os';
import { basename } from 'node:path';
import type { Plan } from '../planning/plan.js';

/** Where tools see their files, which is the same on every machine. */
const OF_TOOLS = /^\/(?:in|out|skill|scratch|dev|proc|usr|opt|bin|etc)(?:\/|$)/;
const ABSOLUTE = /(?<![\w.~/:<>-])\/(?:[^\s/'"`<>|;:,()[\]{}]+\/)+[^\s/'"`<>|;:,()[\]{}]*/g;

/**
 * Takes the folders of this machine out of texts that people pass on: the output folder becomes `<out>`, data become
 * `<data>`, files that the person gave and every other absolute path keep their last part. Paths as tools see them
 * (`/in/bold/...`) stay. Of DICOMs nothing below the folder stays either: their paths hold names of people.
 */
export function pathHider(plan: Plan, out: string): (text: string) => string {
  const known = new Map<string, string>([
    [out, '<out>'],
    [homedir(), '~'],
  ]);
  const dicoms: string[] = [];
  for (const { data, inputs } of plan.stages) {
    if ('bids' in data) known.set(data.bids, '<data>');
    if ('dicom' in data) dicoms.push(data.dicom);
    for (const path of Object.values(inputs)) known.set(path, basename(path));
  }
  const prefixes = [...known].filter(([path]) => path.length > 1).sort(([a], [b]) => b.length - a.length);
  return (text) => {
    if (!text.includes('/')) return text;
    let hidden = text;
    for (const folder of dicoms)
      hidden = hidden
        .split(folder)
        .map((part, index) => (index === 0 ? part : part.replace(/^\/[^'"`\n,;()]*/, '')))
        .join('<data>');
    for (const [path, name] of prefixes) hidden = hidden.replaceAll(path, name);
    return hidden.replace(ABSOLUTE, (path) => (OF_TOOLS.test(path) ? path : `…/${lastPart(path)}`));
  };
}

function lastPart(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? '';
}
