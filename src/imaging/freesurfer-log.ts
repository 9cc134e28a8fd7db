/** What recon-all.log says of itself. Every call of recon-all appends to it. */
export interface ReconAllLog {
  /** The last call that ended, ended without an error. */
  readonly finished: boolean;
  /** Names after `subjid`, each once, in their order. */
  readonly subjects: readonly string[];
  /** Build stamps of FreeSurfer, each once, in their order. */
  readonly stamps: readonly string[];
}

/**
 * Reads recon-all.log: lines `subjid NAME` and `build-stamp.txt: STAMP` at the head of each call, and at its end
 * `recon-all -s NAME finished without error at ...` or `... exited with ERRORS at ...`.
 */
export function parseReconAllLog(text: string): ReconAllLog {
  const ended = text.lastIndexOf('finished without error');
  return {
    finished: ended >= 0 && text.lastIndexOf('exited with ERRORS') < ended,
    subjects: words(text, /^subjid (\S+)[ \t]*$/gm),
    stamps: words(text, /^build-stamp\.txt: (\S+)[ \t]*$/gm),
  };
}

function words(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].flatMap(([, word]) => word ?? []))];
}

/**
 * The version in a build stamp: `freesurfer-linux-ubuntu22_x86_64-7.4.1-20230614-7eb8460` is 7.4.1,
 * `freesurfer-Linux-centos6_x86_64-stable-pub-v6.0.0-2beb96c` 6.0.0, and
 * `freesurfer-linux-centos7_x86_64-dev-20190522-02b772a` dev-20190522. Undefined: no version is in it.
 */
export function versionOfStamp(stamp: string): string | undefined {
  return /-v?(\d+\.\d+(?:\.\d+)?)(?:-|$)/.exec(stamp)?.[1] ?? /-(dev-\d{8})(?:-|$)/.exec(stamp)?.[1];
}
