import type { ColourMapName } from '../colour-maps.js';
import type { Layer } from '../layers.js';
import { loadVolume, type Which } from '../load-volume.js';
import { drawMosaic } from '../mosaic.js';
import { wholeBounds, type PlaneName } from '../planes.js';
import { svgPicture } from '../svg-picture.js';
import { boundsOf, percentileRange } from '../window.js';

export interface MosaicRequest {
  readonly title: string;
  /** Host paths. */
  readonly image: string;
  readonly volume: Which;
  readonly outline?: string | undefined;
  readonly overlay?:
    | {
        readonly path: string;
        /** Of a 4D map, from 0; absent: the first. */
        readonly volume?: number;
        readonly colours: ColourMapName;
        /** Absent: the 2nd and 98th percentile of its values, symmetric about 0 for a map with a sign. */
        readonly low?: number | undefined;
        readonly high?: number | undefined;
        readonly threshold?: number | undefined;
        readonly label: string;
      }
    | undefined;
  readonly planes: readonly PlaneName[];
  readonly count: number;
}

/**
 * Cuts through an image in shades of grey, with the outline of a mask or of labels and a map in colours over it. Each
 * may lie on a grid of its own: they are laid upon each other by their world coordinates.
 */
export async function mosaicPicture(request: MosaicRequest): Promise<string> {
  const image = await loadVolume(request.image, request.volume);
  const layers: Layer[] = [
    { kind: 'map', volume: image, colours: 'grey', range: percentileRange(image, 0.02, 0.995) },
  ];
  const { overlay } = request;
  const outline = request.outline === undefined ? undefined : await loadVolume(request.outline, 0);
  let scale: Parameters<typeof svgPicture>[1]['scale'];
  if (overlay !== undefined) {
    const volume = await loadVolume(overlay.path, overlay.volume ?? 0);
    const found = percentileRange(volume, 0.02, 0.98);
    const extreme = Math.max(Math.abs(found.low), Math.abs(found.high));
    const signed = overlay.colours === 'blue-red';
    const range = {
      low: overlay.low ?? (signed ? -extreme : Math.min(found.low, overlay.threshold ?? found.low)),
      high: overlay.high ?? (signed ? extreme : found.high),
    };
    const threshold = overlay.threshold ?? Number.MIN_VALUE;
    layers.push({ kind: 'map', volume, colours: overlay.colours, range, threshold, alpha: 0.85 });
    const said =
      overlay.threshold === undefined ? '' : ` (shown where |value| is at least ${overlay.threshold})`;
    scale = {
      colours: overlay.colours,
      range,
      label: `${overlay.label}${said}`,
      ...(overlay.threshold === undefined ? {} : { threshold: overlay.threshold }),
    };
  }
  if (outline !== undefined) layers.push({ kind: 'outline', volume: outline });
  const bounds = outline === undefined ? wholeBounds(image) : boundsOf(image, outline);
  const mosaic = drawMosaic({ grid: image, layers, bounds, planes: request.planes, count: request.count });
  const parts = [
    `Cuts through ${request.planes.join(', ')} planes`,
    ...(outline === undefined ? [] : ['with outlines']),
    ...(overlay === undefined ? [] : [`with ${overlay.label} in colours`]),
  ];
  return svgPicture(mosaic, {
    title: request.title,
    description: `${parts.join(' ')}.`,
    ...(scale === undefined ? {} : { scale }),
  });
}
