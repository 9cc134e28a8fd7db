import { writeFileSync } from 'node:fs';
import { colourMapNames, type ColourMapName } from '../pictures/colour-maps.js';
import { directionsPicture } from '../pictures/kinds/directions-picture.js';
import { flickerPicture } from '../pictures/kinds/flicker-picture.js';
import { mosaicPicture } from '../pictures/kinds/mosaic-picture.js';
import type { Which } from '../pictures/load-volume.js';
import { planeNames, type PlaneName } from '../pictures/planes.js';
import { ToolUsageError, type EmbeddedTool, type ToolIo } from '../tool.js';
import { readFlags, type Flags } from './flags.js';

/**
 * Pictures of images as SVG: `neuroclaw-pictures mosaic|directions|flicker --title TEXT ... --out FILE`.
 * What each kind takes is said by its skill, `quality/picture-*`.
 */
export const run: EmbeddedTool = async ([, kind, ...args], io) => {
  const draw = Object.hasOwn(kinds, kind ?? '') ? kinds[kind ?? ''] : undefined;
  if (draw === undefined)
    throw new ToolUsageError(
      `there is no picture of ${kind ?? 'nothing'}; ${Object.keys(kinds).join(', ')} are known`,
    );
  const { flags, svg } = draw;
  const given = readFlags(args, { '--title': 'value', '--out': 'value', '--count': 'value', ...flags });
  writeFileSync(io.writePath(given.required('--out')), await svg(given, io));
  return 0;
};

interface Kind {
  readonly flags: Readonly<Record<string, 'value'>>;
  readonly svg: (flags: Flags, io: ToolIo) => Promise<string>;
}

const kinds: Readonly<Record<string, Kind>> = {
  mosaic: {
    flags: valued('--image --volume --outline --overlay --colours --low --high --threshold --label --planes'),
    svg: (flags, io) => {
      const overlay = path(flags, '--overlay', io);
      return mosaicPicture({
        ...common(flags),
        image: io.readPath(flags.required('--image')),
        volume: which(flags),
        outline: path(flags, '--outline', io),
        overlay:
          overlay === undefined
            ? undefined
            : {
                path: overlay,
                colours: oneOf<ColourMapName>(flags, '--colours', colourMapNames, 'viridis'),
                low: number(flags, '--low'),
                high: number(flags, '--high'),
                threshold: number(flags, '--threshold'),
                label: flags.optional('--label') ?? 'value',
              },
        planes: (flags.optional('--planes') ?? planeNames.join(',')).split(',').map((name) => {
          if ((planeNames as readonly string[]).includes(name)) return name as PlaneName;
          throw new ToolUsageError(`--planes names ${name}; ${planeNames.join(', ')} are known`);
        }),
      });
    },
  },
  directions: {
    flags: valued('--directions --fa'),
    svg: (flags, io) =>
      directionsPicture({
        ...common(flags),
        directions: io.readPath(flags.required('--directions')),
        fa: io.readPath(flags.required('--fa')),
      }),
  },
  flicker: {
    flags: valued('--before --after --volume --outline'),
    svg: (flags, io) =>
      flickerPicture({
        ...common(flags),
        before: io.readPath(flags.required('--before')),
        after: io.readPath(flags.required('--after')),
        volume: which(flags),
        outline: path(flags, '--outline', io),
      }),
  },
};

function valued(names: string): Record<string, 'value'> {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'value']));
}

function common(flags: Flags): { readonly title: string; readonly count: number } {
  return { title: flags.required('--title'), count: number(flags, '--count') ?? 7 };
}

function path(flags: Flags, name: string, io: ToolIo): string | undefined {
  const given = flags.optional(name);
  return given === undefined ? undefined : io.readPath(given);
}

function number(flags: Flags, name: string): number | undefined {
  const text = flags.optional(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new ToolUsageError(`${name} is ${text}; a number is expected`);
}

function which(flags: Flags): Which {
  const text = flags.optional('--volume') ?? 'mean';
  if (text === 'mean') return 'mean';
  const index = number(flags, '--volume') ?? -1;
  if (Number.isInteger(index) && index >= 0) return index;
  throw new ToolUsageError(`--volume is ${text}; mean, or an index from 0, is expected`);
}

function oneOf<Name extends string>(
  flags: Flags,
  flag: string,
  names: readonly Name[],
  fallback: Name,
): Name {
  const given = flags.optional(flag) ?? fallback;
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new ToolUsageError(`${flag} is ${given}; ${names.join(', ')} are known`);
}
