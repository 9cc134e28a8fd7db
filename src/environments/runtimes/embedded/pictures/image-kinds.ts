import { colourMapNames } from './colour-maps.js';
import { oneOf, optionalNumber, optionalPath, severalOf, whichVolume, type Kind } from './flag-values.js';
import { directionsPicture } from './kinds/directions-picture.js';
import { flickerPicture } from './kinds/flicker-picture.js';
import { mosaicPicture } from './kinds/mosaic-picture.js';
import { planeNames } from './planes.js';
import type { Flags } from '../tools/flags.js';

const CUTS = 7;

function common(flags: Flags): { readonly title: string; readonly count: number } {
  return { title: flags.required('--title'), count: optionalNumber(flags, '--count') ?? CUTS };
}

/** Pictures of cuts. */
export const imageKinds: Readonly<Record<string, Kind>> = {
  mosaic: {
    flags:
      '--image --volume --outline --overlay --overlay-volume --colours --low --high --threshold --label --planes --count',
    svg: (flags, io) => {
      const overlay = optionalPath(flags, '--overlay', io);
      return mosaicPicture({
        ...common(flags),
        image: io.readPath(flags.required('--image')),
        volume: whichVolume(flags),
        outline: optionalPath(flags, '--outline', io),
        overlay:
          overlay === undefined
            ? undefined
            : {
                path: overlay,
                volume: optionalNumber(flags, '--overlay-volume') ?? 0,
                colours: oneOf(flags, '--colours', colourMapNames, 'viridis'),
                low: optionalNumber(flags, '--low'),
                high: optionalNumber(flags, '--high'),
                threshold: optionalNumber(flags, '--threshold'),
                label: flags.optional('--label') ?? 'value',
              },
        planes: severalOf(flags, '--planes', planeNames),
      });
    },
  },
  directions: {
    flags: '--directions --fa --count',
    svg: (flags, io) =>
      directionsPicture({
        ...common(flags),
        directions: io.readPath(flags.required('--directions')),
        fa: io.readPath(flags.required('--fa')),
      }),
  },
  flicker: {
    flags: '--before --after --volume --outline --count',
    svg: (flags, io) =>
      flickerPicture({
        ...common(flags),
        before: io.readPath(flags.required('--before')),
        after: io.readPath(flags.required('--after')),
        volume: whichVolume(flags),
        outline: optionalPath(flags, '--outline', io),
      }),
  },
};
