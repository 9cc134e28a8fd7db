import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

type WasmImports = Record<string, Record<string, unknown>>;
interface WasmModule {
  readonly compiled: never;
}

/** Node has it; the types that describe it belong to browsers and are not loaded. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: WasmImports) => object;
};

/** The part of an Emscripten module that the tools use. */
export interface EmscriptenModule {
  callMain(args: string[]): number;
}

type Factory<M> = (options: Record<string, unknown>) => Promise<M>;

interface Loaded {
  readonly factory: Factory<EmscriptenModule>;
  readonly compiled: WasmModule;
}

const loaded = new Map<string, Promise<Loaded>>();

/**
 * A fresh instance of a program compiled by Emscripten: nothing of an earlier call is left in it. The compiled code is
 * kept for the life of the process, so that an instance costs a few milliseconds.
 */
export async function instantiate<M extends EmscriptenModule>(
  glueFile: string,
  wasmFile: string,
  streams: { readonly print: (line: string) => void; readonly printError: (line: string) => void },
): Promise<M> {
  let loading = loaded.get(wasmFile);
  if (loading === undefined) {
    loading = load(glueFile, wasmFile);
    loaded.set(wasmFile, loading);
  }
  const { factory, compiled } = await loading;
  const module = await factory({
    noInitialRun: true,
    thisProgram: 'tool',
    print: streams.print,
    printErr: streams.printError,
    instantiateWasm(imports: WasmImports, receive: (instance: object, module: WasmModule) => unknown) {
      refuseShell(imports);
      return receive(new WebAssembly.Instance(compiled, imports), compiled);
    },
  });
  return module as M;
}

async function load(glueFile: string, wasmFile: string): Promise<Loaded> {
  const [glue, compiled] = await Promise.all([
    import(pathToFileURL(glueFile).href) as Promise<{ default: Factory<EmscriptenModule> }>,
    WebAssembly.compile(readFileSync(wasmFile)),
  ]);
  return { factory: glue.default, compiled };
}

/** In Node, Emscripten's `system()` starts a shell. No tool of ours may: it answers that there is none. */
function refuseShell(imports: WasmImports): void {
  for (const members of Object.values(imports)) {
    for (const [name, value] of Object.entries(members)) {
      if (typeof value === 'function' && value.name === '__emscripten_system') {
        members[name] = (command: number) => (command === 0 ? 0 : -52);
      }
    }
  }
}
