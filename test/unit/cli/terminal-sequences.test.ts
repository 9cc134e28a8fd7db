import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { fileLink } from '../../../src/cli/file-link.js';
import { columnsFor, inlinePicture } from '../../../src/cli/repl/inline-picture.js';
import { kittyPictures } from '../../support/kitty-pictures.js';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 256);

describe('pictures as escape sequences', () => {
  it('of iTerm2, byte for byte', () => {
    expect(inlinePicture(bytes(4), 40, 'iterm2')).toBe(
      '\x1b]1337;File=inline=1;size=4;width=40:AAcOFQ==\x07',
    );
  });

  it('of kitty in one piece, byte for byte', () => {
    expect(inlinePicture(bytes(4), 40, 'kitty')).toBe('\x1b_Ga=T,f=100,q=2,c=40,m=0;AAcOFQ==\x1b\\');
  });

  it.each([3071, 3072, 3073, 10_000])('of kitty, %d bytes in pieces of at most 4096 characters', (length) => {
    const text = inlinePicture(bytes(length), 40, 'kitty');

    const pieces = [...text.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)];
    expect(pieces.map(([piece]) => piece).join('')).toBe(text);
    expect(pieces.every(([, , data = '']) => data.length <= 4096 && data.length % 4 === 0)).toBe(true);
    const keys = pieces.map(([, control]) => control);
    expect(keys[0]).toMatch(/^a=T,f=100,q=2,c=40,m=[01]$/);
    expect(keys.slice(1)).toEqual(keys.slice(1).map((_, at) => `m=${at + 2 < keys.length ? 1 : 0}`));
    expect(keys[0]?.endsWith('m=0')).toBe(keys.length === 1);
    expect(kittyPictures(text)).toEqual([Buffer.from(bytes(length))]);
  });

  it('takes bytes of a larger buffer alone', () => {
    const large = bytes(100);
    expect(inlinePicture(large.subarray(0, 4), 40, 'kitty')).toBe(inlinePicture(bytes(4), 40, 'kitty'));
  });

  it('holds no line end, so that it is one line of the screen', () => {
    expect(inlinePicture(bytes(9000), 40, 'kitty') + inlinePicture(bytes(9000), 40, 'iterm2')).not.toMatch(
      /[\r\n]/,
    );
  });

  it('fits the screen: wide pictures by its columns, high ones by its rows', () => {
    expect(columnsFor({ width: 800, height: 280 }, { columns: 80, rows: 24 })).toBe(78);
    expect(columnsFor({ width: 400, height: 800 }, { columns: 80, rows: 24 })).toBe(20);
    expect(columnsFor({ width: 10, height: 8000 }, { columns: 5, rows: 2 })).toBe(10);
  });
});

describe('a path as a link', () => {
  it('names the machine, and codes what addresses cannot hold', () => {
    expect(fileLink('/data/my study/ä.tsv', true)).toBe(
      `\x1b]8;;file://${hostname()}/data/my%20study/%C3%A4.tsv\x1b\\/data/my study/ä.tsv\x1b]8;;\x1b\\`,
    );
  });

  it('is the path alone without links', () => {
    expect(fileLink('/data/a.tsv', false)).toBe('/data/a.tsv');
  });
});
