import type { PictureProtocol } from '../../config/terminal.js';

/** Characters of base64 in one sequence of kitty's protocol, a multiple of 4. */
const CHUNK = 4096;

/**
 * The escape sequences that draw a PNG at the cursor, so many character cells wide and as high as its shape asks for.
 * They hold no line end, and the cursor stands behind the picture afterwards.
 */
export function inlinePicture(
  png: Uint8Array,
  columns: number,
  protocol: Exclude<PictureProtocol, 'none'>,
): string {
  const data = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64');
  if (protocol === 'iterm2')
    return `\x1b]1337;File=inline=1;size=${png.byteLength};width=${columns}:${data}\x07`;
  // Transmit and draw (a=T) a PNG (f=100); no answers (q=2), they would be read as keys.
  const first = `a=T,f=100,q=2,c=${columns},`;
  let sequences = '';
  for (let at = 0; at < data.length; at += CHUNK) {
    const more = at + CHUNK < data.length ? 1 : 0;
    sequences += `\x1b_G${at === 0 ? first : ''}m=${more};${data.slice(at, at + CHUNK)}\x1b\\`;
  }
  return sequences;
}

/** Cells are about twice as high as wide. */
const CELL_RATIO = 2;

/** Columns for a picture of this shape, so that it fits the screen with some lines to spare. */
export function columnsFor(
  picture: { readonly width: number; readonly height: number },
  screen: { readonly columns: number; readonly rows: number },
): number {
  const most = Math.max(10, screen.columns - 2);
  const rows = Math.max(5, screen.rows - 4);
  return Math.max(10, Math.min(most, Math.floor((rows * CELL_RATIO * picture.width) / picture.height)));
}
