import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findRun } from '../engine/runs.js';
import { indexPage } from './index-page.js';
import { GENERATOR } from './page/page.js';
import { participantPages } from './participant-page.js';
import { byParticipant, readRunReport } from './run-report.js';

export interface WrittenReport {
  readonly run: string;
  /** Of the run itself: `<out>/.neuroclaw/runs/<run>/report/`. */
  readonly folder: string;
  /** What a person opens: `index.html` in `<out>/report/`, or in the run's folder where that name is taken. */
  readonly index: string;
  /** Names of all files of the report. */
  readonly files: readonly string[];
}

const INDEX = 'index.html';

/**
 * Writes the pages of a run (the last, where none is named) into the run's folder, and the same files as `<out>/report/`,
 * which always holds the report that was written last. A report that was there before is replaced as a whole.
 */
export async function writeReport(out: string, name?: string): Promise<WrittenReport> {
  const report = await readRunReport(out, name);
  const folder = join(findRun(out, report.run).paths.folder, 'report');
  const making = `${folder}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(making, { recursive: true });
  try {
    const pages = new Map<string, readonly string[]>();
    const fileNames = uniqueNames(report.participants);
    const jobs = byParticipant(report.jobs);
    const pictures = byParticipant(report.pictures);
    for (const participant of report.participants) {
      const own = {
        participant,
        jobs: jobs.get(participant) ?? [],
        pictures: pictures.get(participant) ?? [],
      };
      const nameOf = (part: number): string =>
        `${fileNames.get(participant) ?? ''}${part === 0 ? '' : `_${part + 1}`}.html`;
      const texts = await participantPages(report, own, nameOf);
      for (const [part, text] of texts.entries()) await writeFile(join(making, nameOf(part)), text);
      pages.set(
        participant,
        texts.map((_, part) => nameOf(part)),
      );
    }
    await writeFile(
      join(making, INDEX),
      await indexPage(report, (participant) => pages.get(participant) ?? []),
    );
    await writeFile(join(making, 'references.bib'), report.bibtex);
    await replaceFolder(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  const files = (await readdir(folder)).sort();
  const shown = await showAt(join(resolve(out), 'report'), folder, files);
  return { run: report.run, folder, index: join(shown ?? folder, INDEX), files };
}

/** `sub-01`; labels that are no file names get letters that are. */
function uniqueNames(participants: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const participant of participants) {
    const base = `sub-${participant.replace(/[^A-Za-z0-9+]/g, '-').slice(0, 80)}`;
    let name = base;
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${base}-${number}`;
    taken.add(name.toLowerCase());
    names.set(participant, name);
  }
  return names;
}

/** The same files where people look, without taking the space twice; undefined where something else has that name. */
async function showAt(place: string, folder: string, files: readonly string[]): Promise<string | undefined> {
  if (!(await isOurs(place))) return undefined;
  const making = `${place}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(making, { recursive: true });
  try {
    for (const file of files) {
      const [from, to] = [join(folder, file), join(making, file)];
      // Some file systems have no hard links.
      await link(from, to).catch(() => copyFile(from, to));
    }
    await replaceFolder(making, place);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return place;
}

/** Nothing is there, or a report of ours. */
async function isOurs(place: string): Promise<boolean> {
  try {
    return (await readFile(join(place, INDEX), 'utf8')).slice(0, 2000).includes(`content="${GENERATOR}"`);
  } catch {
    const names = await readdir(place).catch((error: unknown) =>
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : ['something else'],
    );
    return names.length === 0;
  }
}

async function replaceFolder(made: string, place: string): Promise<void> {
  const old = `${made}.old`;
  await rename(place, old).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(made, place);
  await rm(old, { recursive: true, force: true });
}
