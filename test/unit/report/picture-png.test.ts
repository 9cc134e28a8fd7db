import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { pictureAsPng } from '../../../src/report/picture-png.js';

const svg = (inner: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><rect width="100" height="100" fill="#ff0000"/>${inner}</svg>`;

/** Pixels that are darker than the paper and not of the red half. */
async function inkOf(inner: string): Promise<number> {
  const { data, channels, width } = decode((await pictureAsPng(svg(inner), 400)).png);
  let ink = 0;
  for (let at = 0; at < data.length; at += channels)
    if ((at / channels) % width >= width / 2 && (data[at] ?? 255) < 128) ink += 1;
  return ink;
}

describe('an SVG as PNG', () => {
  it('has the width that was asked for, left on the left, on white', async () => {
    const { png, width, height } = await pictureAsPng(svg(''), 400);
    const image = decode(png);
    expect([width, height, image.width, image.height]).toEqual([400, 200, 400, 200]);
    const pixel = (x: number, y: number) => [
      ...image.data.slice((y * 400 + x) * image.channels, (y * 400 + x) * image.channels + 3),
    ];
    expect([pixel(50, 100), pixel(350, 100)]).toEqual([
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });

  it('draws letters, whatever fonts the machine has', async () => {
    expect(await inkOf('')).toBe(0);
    const marker = '<text x="150" y="60" font-family="system-ui, sans-serif" font-size="30">R</text>';
    expect(await inkOf(marker)).toBeGreaterThan(200);
    expect(await inkOf(marker.replace('system-ui, sans-serif', 'No Such Font'))).toBeGreaterThan(200);
  });

  it('fetches nothing that the picture names', async () => {
    expect(await inkOf('<image href="file:///etc/passwd" x="100" width="100" height="100"/>')).toBe(0);
  });

  it('says what is wrong with what is no SVG', async () => {
    await expect(pictureAsPng('no picture', 100)).rejects.toThrow();
  });
});
