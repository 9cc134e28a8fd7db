/** What a tool that runs inside a worker is given, and what it gives back. */

export interface ToolIo {
  /** Host path of `/in/...`, to read. Throws ToolPathError for any other place and for inputs that were not given. */
  readPath(toolPath: string): string;
  /** Host path below `/out` or `/scratch`, to write. Throws ToolPathError for any other place. */
  writePath(toolPath: string): string;
  /** The inputs at or below a tool path, with tool paths such as `/in/dicoms/0001.dcm`, in the order of these. */
  inputsBelow(toolPath: string): readonly { readonly toolPath: string; readonly hostPath: string }[];
  /** Path of a file that belongs to the tool, such as its WebAssembly module: an asset of the catalogue. */
  assetPath(name: string): string;
  /** Variables of the job and of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a line to stdout of the job. */
  print(line: string): void;
  /** Writes a line to stderr of the job. */
  printError(line: string): void;
}

/** Runs one call to its end. `argv[0]` is the executable. Returns the exit status; what it throws becomes status 1. */
export type EmbeddedTool = (argv: readonly string[], io: ToolIo) => Promise<number>;

export class ToolPathError extends Error {
  override readonly name = 'ToolPathError';
}

/** The command line of a tool is wrong: told on stderr with exit status 2. */
export class ToolUsageError extends Error {
  override readonly name = 'ToolUsageError';
}
