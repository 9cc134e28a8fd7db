import { loadVolume, type Which } from '../load-volume.js';
import { drawMosaic, type Mosaic } from '../mosaic.js';
import { wholeBounds } from '../planes.js';
import { svgPicture } from '../svg-picture.js';
import type { Volume } from '../volume.js';
import { boundsOf, percentileRange } from '../window.js';

/** Two images in turn at the same places of the world: what moves between them is not aligned. */
export async function flickerPicture(request: {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly volume: Which;
  readonly outline?: string | undefined;
  readonly count: number;
}): Promise<string> {
  const before = await loadVolume(request.before, request.volume);
  const after = await loadVolume(request.after, request.volume);
  const outline = request.outline === undefined ? undefined : await loadVolume(request.outline, 0);
  const bounds = outline === undefined ? wholeBounds(before) : boundsOf(before, outline);
  const draw = (volume: Volume): Mosaic =>
    drawMosaic({
      grid: before,
      layers: [
        { kind: 'map', volume, colours: 'grey', range: percentileRange(volume, 0.02, 0.995) },
        ...(outline === undefined ? [] : [{ kind: 'outline' as const, volume: outline }]),
      ],
      bounds,
      count: request.count,
    });
  return svgPicture(
    draw(before),
    { title: request.title, description: 'Two images in turn at the same places: before and after.' },
    draw(after),
  );
}
