import { closeSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import type { EmbeddedTool, ToolIo } from '../tool.js';
import { instantiate, type EmscriptenModule } from '../wasm-module.js';

interface MemoryNode {
  node_ops: Record<string, unknown> & { getattr: (node: MemoryNode) => Record<string, unknown> };
  stream_ops: Record<string, unknown>;
}

interface OpenStream {
  hostFile?: number;
}

interface MemoryFileSystem {
  mkdirTree(path: string): void;
  createFile(
    parent: string,
    name: string,
    unused: undefined,
    canRead: boolean,
    canWrite: boolean,
  ): MemoryNode;
  readdir(path: string): string[];
  isDir(mode: number): boolean;
  stat(path: string): { mode: number };
  readFile(path: string): Uint8Array;
}

interface Dcm2niix extends EmscriptenModule {
  readonly FS: MemoryFileSystem;
}

/**
 * dcm2niix, compiled to WebAssembly. Inputs are read from the host as the program asks for them, so that a long series
 * is not held in memory twice; what it writes is kept in memory and copied to `/out` at the end.
 */
export const run: EmbeddedTool = async (argv, io) => {
  const dcm2niix = await instantiate<Dcm2niix>(
    io.assetPath('dist/dcm2niix.js'),
    io.assetPath('dist/dcm2niix.wasm'),
    io,
  );
  const { FS } = dcm2niix;
  for (const folder of ['/in', '/out', '/scratch']) FS.mkdirTree(folder);
  for (const { toolPath, hostPath } of io.inputsBelow('/in')) {
    FS.mkdirTree(posix.dirname(toolPath));
    addHostFile(FS, toolPath, hostPath);
  }
  const status = dcm2niix.callMain(argv.slice(1));
  copyOut(FS, '/out', io);
  return status;
};

/** A file of the memory file system whose content stays on the host. */
function addHostFile(FS: MemoryFileSystem, toolPath: string, hostPath: string): void {
  const { size } = statSync(hostPath);
  const node = FS.createFile(posix.dirname(toolPath), posix.basename(toolPath), undefined, true, false);
  const inMemory = node.node_ops;
  node.node_ops = { ...inMemory, getattr: (self) => ({ ...inMemory.getattr(self), size }) };
  node.stream_ops = {
    ...node.stream_ops,
    open(stream: OpenStream) {
      stream.hostFile = openSync(hostPath, 'r');
    },
    close(stream: OpenStream) {
      if (stream.hostFile !== undefined) closeSync(stream.hostFile);
    },
    read(stream: OpenStream, heap: Int8Array, offset: number, length: number, position: number) {
      if (stream.hostFile === undefined || length === 0) return 0;
      return readSync(stream.hostFile, heap, offset, length, position);
    },
    llseek(stream: { position: number }, offset: number, whence: number) {
      const from = whence === 1 ? stream.position : whence === 2 ? size : 0;
      return from + offset;
    },
  };
}

function copyOut(FS: MemoryFileSystem, folder: string, io: ToolIo): void {
  for (const name of FS.readdir(folder)) {
    if (name === '.' || name === '..') continue;
    const path = posix.join(folder, name);
    if (FS.isDir(FS.stat(path).mode)) {
      copyOut(FS, path, io);
      continue;
    }
    const target = io.writePath(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, FS.readFile(path));
  }
}
