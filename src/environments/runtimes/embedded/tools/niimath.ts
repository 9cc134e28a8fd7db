import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { EmbeddedTool, ToolIo } from '../tool.js';
import { instantiate, type EmscriptenModule } from '../wasm-module.js';

interface Niimath extends EmscriptenModule {
  FS_createDataFile(
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): void;
  FS_readFile(path: string): Uint8Array;
}

/**
 * niimath, compiled to WebAssembly. Its file system has no folders, so each file gets a flat name: `/in/mask/a.nii.gz`
 * becomes `in1.nii.gz`, `/out/x.nii` becomes `out0.nii`.
 */
export const run: EmbeddedTool = async (argv, io) => {
  const niimath = await instantiate<Niimath>(
    io.assetPath('dist/niimath.js'),
    io.assetPath('dist/niimath.wasm'),
    io,
  );
  const inputs = new Map<string, string>();
  const outputs = new Map<string, string>();
  const args = argv.slice(1).map((token) => {
    if (token.startsWith('/in/')) return flatName(inputs, 'in', token);
    if (token.startsWith('/out/') || token.startsWith('/scratch/')) return flatName(outputs, 'out', token);
    return token;
  });
  for (const [toolPath, name] of inputs) {
    niimath.FS_createDataFile('.', name, readFileSync(io.readPath(toolPath)), true, true, true);
  }
  const status = niimath.callMain(args);
  if (status !== 0) return status;
  for (const [toolPath, name] of outputs) writeOutput(niimath, name, toolPath, io);
  return 0;
};

/** One flat name for each file, with its extension: niimath chooses the format by it. */
function flatName(names: Map<string, string>, prefix: string, toolPath: string): string {
  let name = names.get(toolPath);
  if (name === undefined) {
    name = `${prefix}${names.size}${/\.nii(\.gz)?$/i.exec(toolPath)?.[0] ?? ''}`;
    names.set(toolPath, name);
  }
  return name;
}

/** niimath compresses by its own setting, whatever the name says: brings the bytes into the form that was asked for. */
function writeOutput(niimath: Niimath, name: string, toolPath: string, io: ToolIo): void {
  const bytes = readEither(niimath, name);
  if (bytes === undefined) return; // A missing output is the engine's to find.
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const wanted = toolPath.endsWith('.gz');
  writeFileSync(
    io.writePath(toolPath),
    compressed === wanted ? bytes : wanted ? gzipSync(bytes) : gunzipSync(bytes),
  );
}

function readEither(niimath: Niimath, name: string): Uint8Array | undefined {
  const other = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : `${name}.gz`;
  for (const candidate of [name, other]) {
    try {
      return niimath.FS_readFile(candidate);
    } catch {
      // Not under this name.
    }
  }
  return undefined;
}
