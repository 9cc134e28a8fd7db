import { readFile } from 'node:fs/promises';
import { describeError } from '../../kernel/errors.js';
import type { Desk } from './desk.js';
import { columnsFor, inlinePicture } from './inline-picture.js';

/** Pixels of a picture that is drawn from an SVG, so that its letters can be read. */
const WIDTH = 1200;

/** Draws an SVG or PNG where the terminal can; else nothing. */
export async function drawPicture(session: Desk, path: string): Promise<void> {
  const { pictures, screen } = session;
  if (pictures === 'none') return;
  try {
    const { png, width, height } = path.endsWith('.svg') ? await drawn(path) : sized(await readFile(path));
    session.draw(inlinePicture(png, columnsFor({ width, height }, screen), pictures));
  } catch (error) {
    session.print(`  it cannot be drawn here: ${describeError(error)}`);
  }
}

async function drawn(path: string) {
  const { pictureAsPng } = await import('../../report/picture-png.js');
  return pictureAsPng(await readFile(path, 'utf8'), WIDTH);
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A PNG with the size that its header tells (PNG specification, 11.2.2). */
function sized(png: Buffer) {
  if (png.length < 24 || !png.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG');
  return { png, width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
