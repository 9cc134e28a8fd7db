import { loadVectors, loadVolume } from '../load-volume.js';
import { drawMosaic } from '../mosaic.js';
import { svgPicture } from '../svg-picture.js';
import { boundsOf } from '../window.js';

/**
 * Principal directions in colours, red for right-left, green for front-back, blue for up-down, as bright as FA (Pajevic
 * and Pierpaoli 1999, doi:10.1002/(SICI)1522-2594(199909)42:3<526::AID-MRM15>3.0.CO;2-J).
 *
 * @param directions 4D image of three volumes, unit vectors along the world axes (as MRtrix3 writes them)
 * @param fa 0 to 1, on the same grid
 */
export async function directionsPicture(request: {
  readonly title: string;
  readonly directions: string;
  readonly fa: string;
  readonly count: number;
}): Promise<string> {
  const [xyz, weight] = [await loadVectors(request.directions), await loadVolume(request.fa, 0)];
  const mosaic = drawMosaic({
    grid: weight,
    layers: [{ kind: 'directions', xyz, weight }],
    bounds: boundsOf(weight, weight),
    count: request.count,
  });
  return svgPicture(mosaic, {
    title: request.title,
    description:
      'Principal directions: red right to left, green front to back, blue up and down; brightness is FA.',
  });
}
