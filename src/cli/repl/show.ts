import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { ResultPicture } from '../../agents/reply.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { table } from '../render.js';
import type { Desk } from './desk.js';
import { drawPicture } from './draw-picture.js';

const TEXT = /\.(json|tsv|csv|txt|md|log|bval|bvec|jsonl|yaml|yml)$/i;
const PICTURE = /\.(svg|png)$/i;
const MOST_LINES = 40;
const MOST_PICTURES = 6;

/**
 * `/show`: the pictures of the last run as a list; those whose name, title or labels hold all the words; or a file: a text
 * as it is, a picture in the terminal where it can draw, everything as a link.
 */
export async function show(session: Desk, argument: string): Promise<void> {
  const file = argument === '' ? undefined : findFile(session, argument);
  if (file !== undefined) return showFile(session, file);
  const pictures = await picturesOfLastRun(session);
  if (argument === '') return listPictures(session, pictures);
  const words = argument.toLowerCase().split(/\s+/);
  const found = pictures.filter((picture) => {
    const text = describe(picture).join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (found.length === 0) {
    const { out, data } = session.conversation.state;
    const folders = [out, data, session.cwd].filter((folder) => folder !== undefined);
    throw new NeuroClawError('input.not-found', `there is no picture or file ${argument}`, {
      expected: `a word of what /show lists, or a path below ${folders.join(', ')}`,
    });
  }
  if (found.length > MOST_PICTURES) return listPictures(session, found);
  for (const picture of found) {
    session.print(describe(picture).join('  '));
    session.print(session.io.link(picture.file));
    await drawPicture(session, picture.file);
  }
}

async function showFile(session: Desk, path: string): Promise<void> {
  session.print(session.io.link(path));
  if (PICTURE.test(path)) return drawPicture(session, path);
  if (!TEXT.test(path)) return;
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  session.print(lines.slice(0, MOST_LINES).join('\n'));
  if (lines.length > MOST_LINES) session.print(`... and ${lines.length - MOST_LINES} more lines`);
}

/** As it is named, or below the output folder, the data, or the folder one stands in. */
function findFile(session: Desk, name: string): string | undefined {
  const { out, data } = session.conversation.state;
  const candidates = isAbsolute(name)
    ? [name]
    : [
        ...[out, data].flatMap((root) => (root === undefined ? [] : [join(root, name)])),
        resolve(session.cwd, name),
      ];
  return candidates.find((path) => existsSync(path) && statSync(path).isFile());
}

async function picturesOfLastRun({ conversation }: Desk): Promise<readonly ResultPicture[]> {
  const { out } = conversation.state;
  if (out === undefined) return [];
  const { resultsOf } = await import('../../agents/answers/results.js');
  return (await resultsOf(out)).pictures;
}

function describe({ stage, name, title, entities }: ResultPicture): string[] {
  const labels = Object.entries(entities).map(([key, value]) => `${key}-${value}`);
  return [labels.join(' '), stage, name, title];
}

function listPictures(session: Desk, pictures: readonly ResultPicture[]): void {
  if (pictures.length === 0) return session.print('the last run drew no pictures');
  const rows = pictures.map((picture) => describe(picture));
  table(rows).forEach((row, index) =>
    session.print(`  ${session.io.link(pictures[index]?.file ?? '', row)}`),
  );
  session.print('/show and words of a line show a picture');
}
