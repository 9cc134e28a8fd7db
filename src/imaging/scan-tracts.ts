import { lengthOf, streamStreamlines } from './tck.js';

/** What one pass over a tracks file tells. */
export interface TractogramFacts {
  readonly streamlines: number;
  /** Streamlines without any point. */
  readonly empty: number;
  readonly points: number;
  /** mm, of each streamline in the order of the file. */
  readonly lengths: Float32Array;
}

/** Reads every streamline once; 4 bytes are kept of each. Throws input.malformed for a damaged file. */
export async function scanTracts(path: string, signal?: AbortSignal): Promise<TractogramFacts> {
  let lengths = new Float32Array(1024);
  let [points, empty] = [0, 0];
  const streamlines = await streamStreamlines(
    path,
    (line, index) => {
      if (index === lengths.length) {
        const larger = new Float32Array(2 * index);
        larger.set(lengths);
        lengths = larger;
      }
      lengths[index] = lengthOf(line);
      points += line.length / 3;
      if (line.length === 0) empty += 1;
    },
    signal === undefined ? {} : { signal },
  );
  return { streamlines, empty, points, lengths: lengths.subarray(0, streamlines) };
}
