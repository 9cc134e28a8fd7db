import { directionsOf, readNumberRows } from '../../../../imaging/gradients.js';
import { ToolUsageError } from '../tool.js';
import { oneOf, optionalPath, type Kind } from './flag-values.js';
import { carpetPicture, type Trace } from './kinds/carpet-picture.js';
import { designPicture } from './kinds/design-picture.js';
import { gradientsPicture } from './kinds/gradients-picture.js';
import { linesPicture } from './kinds/lines-picture.js';
import { matrixPicture } from './kinds/matrix-picture.js';
import { scalpPicture } from './kinds/scalp-picture.js';
import { tracesPicture } from './kinds/traces-picture.js';
import { projectElectrodes } from './scalp.js';
import { mapsOf, placesOf } from './scalp-tables.js';
import { readColumns, readMatrix, readTextColumns } from './tables.js';

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
  traces: {
    flags: '--table --unit --spacing',
    svg: async (flags, io) => {
      const columns = await readColumns(io.readPath(flags.required('--table')));
      if (!columns.names.includes('time_s') || columns.names.length < 2)
        throw new ToolUsageError(`expected time_s and channels, the table has ${columns.names.join(', ')}`);
      const spacing = flags.optional('--spacing');
      return tracesPicture(columns, {
        title: flags.required('--title'),
        description: 'Channels over time, one below the other, up is positive.',
        unit: flags.optional('--unit') ?? 'uV',
        spacing: spacing === undefined ? undefined : Number(spacing),
      });
    },
  },
  scalp: {
    flags: '--table --positions --channel --value --each --label --scale',
    svg: async (flags, io) => {
      const table = await readTextColumns(io.readPath(flags.required('--table')));
      const positions = await readTextColumns(io.readPath(flags.required('--positions')));
      return scalpPicture(
        projectElectrodes(placesOf(positions)),
        mapsOf(table, {
          channel: flags.optional('--channel') ?? 'channel',
          value: flags.required('--value'),
          each: flags.optional('--each'),
        }),
        {
          title: flags.required('--title'),
          description: 'Maps of the scalp seen from above, nose up, left on the left.',
          label: flags.required('--label'),
          shared: oneOf(flags, '--scale', ['shared', 'own'] as const, 'shared') === 'shared',
        },
      );
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
