import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LockedImage } from '../../../src/environments/lock/lock-file.js';
import { openDockerRuntime } from '../../../src/environments/runtimes/docker/docker-runtime.js';
import { hostOptions } from '../../../src/environments/runtimes/docker/hosts.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, lockForTests, output, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();
const real = runtime && hostOptions(runtime.engine.host).socketPath;

/** A socket in front of the engine that can be cut, as when the engine dies. */
async function cuttable(socketPath: string): Promise<{ cut(): void; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: real!, allowHalfOpen: true });
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(engine).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    server,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe.skipIf(!real)('an engine that stops in the middle', { timeout: 60_000 }, () => {
  let folder: string;
  let locked: LockedImage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
  }, 300_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  it('makes the job under way lost and the next one not started, and leaves what can be ended', async () => {
    const socket = join(folder, 'engine.sock');
    const proxy = await cuttable(socket);
    const through = await openDockerRuntime({ hosts: [`unix://${socket}`] });
    const environment = await through.open({ name: 'mrtrix3', env: {} }, locked);
    const call = await makeCall(folder, { argv: ['sh', '-c', 'echo ready; sleep 1000'] });
    const running = environment.run(call, new AbortController().signal);
    await expect.poll(() => output(call).catch(() => ''), { timeout: 10_000 }).toBe('ready\n');
    proxy.cut();

    const exit = await running;
    expect(exit).toMatchObject({ reason: 'lost', code: 'job.container', exitCode: null });
    expect(exit.message).toContain('stopped in the middle');

    const next = await environment.run(
      await makeCall(folder, { argv: ['true'] }),
      new AbortController().signal,
    );
    expect(next).toMatchObject({ reason: 'not-started', code: 'preflight.engine' });
    await through.close();

    expect(await runtime!.endLeftovers(call.store)).toHaveLength(1);
  });

  it('is told apart from an engine that was never there', async () => {
    await expect(
      openDockerRuntime({ hosts: [`unix://${join(folder, 'nobody.sock')}`] }),
    ).rejects.toMatchObject({
      code: 'preflight.engine',
    });
  });
});
