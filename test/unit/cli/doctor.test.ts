import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cliEnvironment, runCli, type CliResult } from '../../support/cli.js';
import { temporaryFolder } from '../../support/temporary.js';

interface Report {
  readonly engine: { readonly usable: boolean; readonly gpu?: boolean };
  readonly licences: Record<string, string>;
  readonly next: { readonly command: string } | null;
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly ready: boolean;
    readonly command?: string;
  }[];
}

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** Answers version and info as a container engine without any image does. */
async function emptyEngine(info: object = {}): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url?.replace(/^\/v[\d.]+/, '') ?? '';
    const body = path.startsWith('/version')
      ? { Version: '28.0.0', Components: [{ Name: 'Engine' }] }
      : path.startsWith('/info')
        ? { NCPU: 2, SecurityOptions: [], Runtimes: { runc: {} }, ...info }
        : undefined;
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body ?? { message: 'no such image' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const doctor = (more: Record<string, string>, ...args: string[]): Promise<CliResult> => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'empty'));
  const env = cliEnvironment(join(root, 'state'), {
    PATH: join(root, 'empty'),
    DOCKER_HOST: `unix://${root}/no.sock`,
    ...more,
  });
  return runCli(['doctor', ...args], env, root);
};
const report = async (more: Record<string, string> = {}): Promise<Report> =>
  JSON.parse((await doctor(more, '--json')).stdout) as Report;
const commandFor = (found: Report, name: string): string | undefined =>
  found.pipelines.find(({ pipeline }) => pipeline === name)?.command;

describe('neuroclaw doctor', () => {
  it('on a bare machine: what ships inside is ready, and Docker comes next', async () => {
    const found = await report();
    expect(found.engine.usable).toBe(false);
    expect(found.pipelines.find(({ pipeline }) => pipeline === 'curation/dicom-to-bids')?.ready).toBe(true);
    expect(commandFor(found, 'diffusion/tensor')).toBe('neuroclaw env install docker');
    expect(found.next?.command).toMatch(/^neuroclaw env /);
    expect(found.licences['freesurfer']).toContain('no FreeSurfer licence is configured');
  });

  it('with an engine and no image: lock what is missing', async () => {
    const found = await report({ DOCKER_HOST: await emptyEngine() });
    expect(found.engine).toMatchObject({ usable: true, gpu: false });
    expect(commandFor(found, 'diffusion/tensor')).toBe('neuroclaw env lock mrtrix3');
  });

  it('sees a GPU that the engine offers, and a licence that is there', async () => {
    const file = join(temporaryFolder(), 'license.txt');
    writeFileSync(file, 'somebody@example.org\n12345\n');
    const found = await report({
      DOCKER_HOST: await emptyEngine({ Runtimes: { runc: {}, nvidia: {} } }),
      FS_LICENSE: file,
    });
    expect(found.engine.gpu).toBe(true);
    expect(found.licences).toEqual({});
  });

  it('ends with 0 where the named pipeline is ready, else with 5, and says why in one line', async () => {
    const ready = await doctor({}, 'curation/dicom-to-bids');
    expect([ready.code, ready.stdout]).toEqual([0, expect.stringContaining('1 of 1 pipelines are ready')]);
    const lacking = await doctor({}, 'curation/dicom-to-bids', 'diffusion/tensor');
    expect([lacking.code, lacking.stdout]).toEqual([
      5,
      expect.stringMatching(
        /not yet\S*\s+diffusion\/tensor\s+missing mrtrix3\s+neuroclaw env install docker/,
      ),
    ]);
    const unknown = await doctor({}, 'diffusion/tenso');
    expect([unknown.code, unknown.stderr]).toEqual([
      3,
      expect.stringContaining('did you mean diffusion/tensor?'),
    ]);
  });
});
