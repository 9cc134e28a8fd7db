import { readSync } from 'node:fs';

/**
 * Runs as a thread of a worker process. Blocks on a pipe whose other end only the parent holds: when the parent is
 * gone, however it ended, the read returns and the process ends with it, even while WebAssembly keeps the main thread
 * busy.
 */
const parentPipe = 4;
const byte = Buffer.alloc(1);

for (;;) {
  try {
    if (readSync(parentPipe, byte) === 0) break;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EINTR' && code !== 'EAGAIN') break;
  }
}
process.kill(process.pid, 'SIGKILL');
