import { directionsOf, readNumberRows } from '../../../../imaging/gradients.js';
import { ToolUsageError } from '../tool.js';
import { oneOf, optionalPath, type Kind } from './flag-values.js';
import { carpetPicture, type Trace } from './kinds/carpet-picture.js';
import { designPicture } from './kinds/design-picture.js';
import { gradientsPicture } from './kinds/gradients-picture.js';
import { linesPicture } from './kinds/lines-picture.js';
import { matrixPicture } from './kinds/matrix-picture.js';
import { readColumns, readMatrix } from './tables.js';

const scales = ['linear', 'log'] as const;

/** Charts of tables, gradients and time series. */
export const chartKinds: Readonly<Record<string, Kind>> = {
  matrix: {
    flags: '--table --unit --scale',
    svg: async (flags, io) =>
      matrixPicture(await readMatrix(io.readPath(flags.required('--table'))), {
        title: flags.required('--title'),
        description: 'Matrix of connections between regions, a cell each.',
        unit: flags.optional('--unit') ?? '',
        log: oneOf(flags, '--scale', scales, 'linear') === 'log',
      }),
  },
  design: {
    flags: '--table',
    svg: async (flags, io) =>
      designPicture(await readColumns(io.readPath(flags.required('--table'))), {
        title: flags.required('--title'),
        description: 'Design matrix: volumes from top to bottom, regressors from left to right.',
      }),
  },
  gradients: {
    flags: '--bval --bvec',
    svg: async (flags, io) => {
      const bvals = (await readNumberRows(io.readPath(flags.required('--bval')))).rows.flat();
      const directions = directionsOf((await readNumberRows(io.readPath(flags.required('--bvec')))).rows);
      if (directions?.length !== bvals.length)
        throw new ToolUsageError(`${bvals.length} b-values and ${directions?.length ?? 'no'} directions`);
      return gradientsPicture(
        { bvals, directions },
        { title: flags.required('--title'), description: 'Gradient directions on a hemisphere, by shell.' },
      );
    },
  },
  lines: {
    flags: '--table --x --x-label --y-label --scale',
    svg: async (flags, io) => {
      const columns = await readColumns(io.readPath(flags.required('--table')));
      const x = flags.required('--x');
      if (!columns.names.includes(x))
        throw new ToolUsageError(`the table has no column ${x}; there are ${columns.names.join(', ')}`);
      const yLabel = flags.required('--y-label');
      return linesPicture(columns, {
        title: flags.required('--title'),
        description: `${yLabel} over ${x}.`,
        x,
        xLabel: flags.optional('--x-label') ?? x,
        yLabel,
        log: oneOf(flags, '--scale', scales, 'linear') === 'log',
      });
    },
  },
  carpet: {
    flags: '--bold --mask --confounds --traces',
    svg: async (flags, io) => {
      const table = optionalPath(flags, '--confounds', io);
      const columns = table === undefined ? undefined : await readColumns(table);
      const wanted = flags.optional('--traces')?.split(',') ?? [];
      const traces = wanted.map((name): Trace => {
        const values = columns?.values[columns.names.indexOf(name)];
        if (values !== undefined) return { name, values };
        const there = columns === undefined ? 'no table was given' : `there are ${columns.names.join(', ')}`;
        throw new ToolUsageError(`--traces names ${name}; ${there}`);
      });
      return carpetPicture({
        title: flags.required('--title'),
        description:
          'Voxels from top to bottom, volumes from left to right, in standard deviations from -2 to 2.',
        bold: io.readPath(flags.required('--bold')),
        mask: optionalPath(flags, '--mask', io),
        traces,
      });
    },
  },
};
