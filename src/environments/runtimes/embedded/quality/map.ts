import { mean, percentile, standardDeviation } from './statistics.js';

export interface MapMeasures {
  readonly voxels: number;
  readonly volume_ml: number;
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
  readonly p5: number;
  readonly p95: number;
}

/** Statistics of a map within a mask (above 0), in units of the map. Undefined where the mask is empty. */
export function measureMap(data: Float64Array, mask: Float64Array, voxelMl: number): MapMeasures | undefined {
  const values = data.filter((_, index) => (mask[index] as number) > 0);
  if (values.length === 0) return undefined;
  return {
    voxels: values.length,
    volume_ml: values.length * voxelMl,
    mean: mean(values),
    median: percentile(values, 50),
    sd: values.length > 1 ? standardDeviation(values) : 0,
    p5: percentile(values, 5),
    p95: percentile(values, 95),
  };
}
