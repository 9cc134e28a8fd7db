import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectEngine, engineError } from '../../../../src/environments/runtimes/docker/engine.js';
import { engineHosts, hostOptions } from '../../../../src/environments/runtimes/docker/hosts.js';

describe('where a container engine is looked for', () => {
  it('is the named host alone', () => {
    expect(engineHosts('unix:///my.sock', '/run/user/1')).toEqual(['unix:///my.sock']);
  });

  it('is the usual sockets of Docker and Podman otherwise', () => {
    expect(engineHosts(undefined, '/run/user/1')).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/1/docker.sock',
      'unix:///run/user/1/podman/podman.sock',
      'unix:///run/podman/podman.sock',
    ]);
    expect(engineHosts('', '')).toEqual(['unix:///var/run/docker.sock', 'unix:///run/podman/podman.sock']);
  });

  it.each([
    ['unix:///run/x y.sock', { socketPath: '/run/x y.sock' }],
    ['/run/x.sock', { socketPath: '/run/x.sock' }],
    ['tcp://localhost:2375', { protocol: 'http', host: 'localhost', port: 2375 }],
    ['tcp://[::1]:2375/', { protocol: 'http', host: '[::1]', port: 2375 }],
  ])('%s is understood', (host, options) => {
    expect(hostOptions(host)).toEqual(options);
  });

  it.each(['ssh://me@there', 'npipe:////./pipe/docker', 'tcp://there', ''])('"%s" is refused', (host) => {
    expect(() => hostOptions(host)).toThrow(/cannot be reached/);
  });
});

describe('an engine that does not answer', () => {
  it('is told with every place that was tried', async () => {
    const attempt = connectEngine(['unix:///no/a.sock', 'unix:///no/b.sock']);
    await expect(attempt).rejects.toMatchObject({
      code: 'preflight.engine',
      message: 'no container engine answers at unix:///no/a.sock, unix:///no/b.sock',
    });
  });

  it('is told from a socket that this user may not use', () => {
    const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(engineError(denied, 'unix:///x')).toMatchObject({
      code: 'preflight.engine-permission',
      exitCode: 5,
    });
  });

  it('is told from one that answers with an error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-engine-'));
    const server = createServer((_, response) => {
      response.writeHead(500).end('{"message":"out of order"}');
    });
    try {
      const socket = join(folder, 'e.sock');
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      await expect(connectEngine([`unix://${socket}`])).rejects.toMatchObject({
        code: 'job.container',
        message: expect.stringContaining('out of order') as string,
      });
    } finally {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
