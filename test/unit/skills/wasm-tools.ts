import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from '../../support/data.js';

interface FileSystem {
  mkdir(path: string): void;
  writeFile(path: string, data: Uint8Array): void;
  readFile(path: string): Uint8Array;
  readdir(path: string): string[];
}
interface WasmModule {
  callMain(args: readonly string[]): number;
  FS: FileSystem;
  FS_createDataFile(parent: string, name: string, data: Uint8Array, read: boolean, write: boolean): void;
  FS_readFile(path: string): Uint8Array;
}

export interface ToolRun {
  readonly status: number;
  readonly printed: string;
  /** By path below /out. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Loads a WebAssembly build directly: the entry points of the packages want a browser. */
async function load(name: string): Promise<{ module: WasmModule; printed: string[] }> {
  const folder = join(projectFolder, 'node_modules', '@niivue', name, 'dist');
  const printed: string[] = [];
  const print = (line: string): number => printed.push(line);
  const { default: factory } = (await import(pathToFileURL(join(folder, `${name}.js`)).href)) as {
    default: (options: object) => Promise<WasmModule>;
  };
  const wasmBinary = readFileSync(join(folder, `${name}.wasm`));
  return { module: await factory({ noInitialRun: true, print, printErr: print, wasmBinary }), printed };
}

/** Runs niimath on bytes by tool path. Its file system is flat, so paths become names. */
export async function runNiimath(
  argv: readonly string[],
  inputs: Readonly<Record<string, Buffer>>,
): Promise<ToolRun> {
  const { module, printed } = await load('niimath');
  const names = new Map<string, string>();
  for (const [path, data] of Object.entries(inputs)) {
    names.set(path, `in${names.size}.nii${extname(path) === '.gz' ? '.gz' : ''}`);
    module.FS_createDataFile('.', names.get(path) ?? '', data, true, true);
  }
  const outputs = argv.filter((token) => token.startsWith('/out/'));
  const args = argv
    .slice(1)
    .map((token) => names.get(token) ?? (token.startsWith('/out/') ? 'result.nii.gz' : token));
  const status = module.callMain(args);
  const files = new Map<string, Buffer>();
  if (status === 0)
    for (const path of outputs)
      files.set(path.slice('/out/'.length), Buffer.from(module.FS_readFile('result.nii.gz')));
  return { status, printed: printed.join('\n'), files };
}

/** Runs dcm2niix on the files of one folder, seen as /in/dicoms. */
export async function runDcm2niix(argv: readonly string[], folder: string): Promise<ToolRun> {
  const { module, printed } = await load('dcm2niix');
  for (const path of ['/in', '/in/dicoms', '/out']) module.FS.mkdir(path);
  for (const name of readdirSync(folder))
    module.FS.writeFile(`/in/dicoms/${name}`, readFileSync(join(folder, name)));
  const status = module.callMain(argv.slice(1));
  const files = new Map<string, Buffer>();
  for (const name of module.FS.readdir('/out')) {
    if (!name.startsWith('.')) files.set(name, Buffer.from(module.FS.readFile(`/out/${name}`)));
  }
  return { status, printed: printed.join('\n'), files };
}
