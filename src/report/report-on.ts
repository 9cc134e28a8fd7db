import { describeError } from '../kernel/errors.js';
import { writeReport } from './write-report.js';

/** The first page of the report of a run, or why there is none and what to do: a run stands without its report. */
export async function reportOn(
  out: string,
  run: string,
): Promise<{ readonly index?: string; readonly failure?: string }> {
  try {
    return { index: (await writeReport(out, run)).index };
  } catch (error) {
    return {
      failure: `the report could not be written: ${describeError(error)}\n  to do: neuroclaw report writes it again`,
    };
  }
}
