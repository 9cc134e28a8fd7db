/** Libraries with pools of threads of their own, each with its own variable. */
const threadLimits = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS',
] as const;

/**
 * Variables of every job that runs a `run.py`, in all runtimes alike: no bytecode is written, nothing of the user's own
 * packages is seen, hashing and so the order of sets repeats, pictures need no screen, and libraries start no more
 * threads than the job was given. What a skill declares itself comes after these.
 */
export function pythonVariables(threads: number): Readonly<Record<string, string>> {
  return {
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONHASHSEED: '0',
    MPLBACKEND: 'Agg',
    ...Object.fromEntries(threadLimits.map((name) => [name, String(threads)])),
  };
}
