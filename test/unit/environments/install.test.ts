import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import { installPlan, type MachineFacts } from '../../../src/environments/install-plan.js';
import { loadEnvironments } from '../../../src/environments/registry.js';
import { commandLine } from '../../../src/trace/body-fields.js';
import { cliEnvironment, runCli, type CliResult } from '../../support/cli.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

const facts: MachineFacts = {
  home: '/home/me',
  work: '/tmp/work',
  user: 'me',
  root: false,
  distribution: 'ubuntu',
  codename: 'jammy',
  arch: 'amd64',
};
const { environments } = await loadEnvironments([join(projectFolder, 'environments')]);
const installable = [...environments.values()].filter(({ install }) => install !== undefined);

const lines = (name: string, more: Partial<MachineFacts> = {}): string[] => {
  const environment = environments.get(name);
  if (environment === undefined) throw new Error(name);
  return installPlan(environment, { ...facts, ...more }).steps.map((step) =>
    'argv' in step ? commandLine(step.argv) : `write ${step.write}: ${step.text}`,
  );
};

describe('installers of the product', () => {
  it('are there for the suites, the Python environment and the container engine with GPUs', () => {
    expect(installable.map(({ name }) => name).sort()).toEqual([
      'ants',
      'dcm2niix',
      'docker',
      'freesurfer',
      'fsl',
      'mrtrix3',
      'nvidia-container-toolkit',
      'python-neuro',
    ]);
  });

  it('print what their makers advise', async () => {
    const commands = Object.fromEntries(
      installable.map(({ name, install }) => [name, [`# ${install?.source ?? ''}`, ...lines(name)]]),
    );
    await expect(`${JSON.stringify(commands, null, 2)}\n`).toMatchFileSnapshot(
      join(projectFolder, 'test', 'golden', 'install-commands.json'),
    );
  });

  it('start no shell with a text, fetch by https only, and say what each step is for', () => {
    for (const environment of installable)
      for (const step of installPlan(environment, facts).steps) {
        expect(step.about.length).toBeGreaterThan(5);
        if (!('argv' in step)) continue;
        expect(step.argv).not.toContain('-c');
        for (const word of step.argv) {
          expect(word).not.toMatch(/[|&;<>`]|\$\(/);
          expect(word).not.toMatch(/^http:|\{(home|work|user|arch|codename|distribution)\}/);
        }
      }
  });

  it('ask root for what changes the system, and nobody where the person is root', () => {
    expect(lines('mrtrix3')).toContain('sudo apt-get install --yes mrtrix3 python3-setuptools');
    expect(lines('mrtrix3', { root: true })).toContain('apt-get install --yes mrtrix3 python3-setuptools');
    expect(lines('fsl').join('\n')).not.toContain('sudo');
  });

  it('fit the machine: distribution and architecture in the source of packages', () => {
    expect(
      lines('docker', { distribution: 'debian', codename: 'bookworm', arch: 'arm64' }).join('\n'),
    ).toContain(
      'deb [arch=arm64 signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm stable',
    );
  });

  it.each([
    ['freesurfer', { distribution: 'debian' }, 'is not for this system (debian)'],
    ['mrtrix3', { distribution: '' }, 'is not for this system (unknown)'],
    ['qsiprep', {}, 'environment qsiprep has no installer'],
    ['niimath', {}, 'environment niimath has no installer'],
  ])('refuse %s with %j', (name, more, message) => {
    expect(() => lines(name, more)).toThrow(message);
  });
});

describe('neuroclaw env install', () => {
  let root = '';
  let state = '';
  beforeEach(() => {
    root = temporaryFolder();
    state = join(root, 'state');
  });

  const steps = [
    { write: '{work}/tool', text: 'a tool\n', about: 'A file that stands for a download' },
    { argv: ['cp', '{work}/tool', '{home}/tool'], about: 'Where it belongs' },
  ];
  function lab(change: Record<string, unknown> = {}): void {
    const folder = join(root, 'environments', 'tool');
    mkdirSync(folder, { recursive: true });
    mkdirSync(state, { recursive: true });
    const environment = {
      name: 'tool',
      title: 'A tool',
      license: 'MIT',
      executables: ['cat'],
      smoke: [{ argv: ['cat', join(state, 'tool')], prints: 'a tool' }],
      install: { source: 'https://example.org/install', systems: ['debian', 'ubuntu'], steps },
      runtimes: { host: { packages: [] } },
      ...change,
    };
    writeFileSync(join(folder, 'environment.yaml'), stringify(environment));
  }
  const install = (...args: string[]): Promise<CliResult> =>
    runCli(
      ['env', 'install', 'tool', ...args],
      cliEnvironment(state, { NEUROCLAW_ENVIRONMENTS: join(root, 'environments') }),
      root,
    );
  const installs = join('neuroclaw', 'installs');
  const log = (): string => {
    const [name = ''] = readdirSync(join(state, installs)).filter((file) => file.endsWith('.log'));
    return readFileSync(join(state, installs, name), 'utf8');
  };

  it('prints commands that a shell takes, and runs nothing', async () => {
    lab();
    const { code, stdout } = await install('--print');
    expect(code).toBe(0);
    expect(stdout).toContain('# tool, as https://example.org/install advises');
    expect(stdout).toContain(
      `cp /tmp/neuroclaw-install/tool ${state.includes(' ') ? `'${state}/tool'` : `${state}/tool`}`,
    );
    expect(existsSync(join(state, 'tool'))).toBe(false);
    expect(existsSync(join(state, installs))).toBe(false);
  });

  it('runs nothing that nobody approved', async () => {
    lab();
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([4, expect.stringContaining('was not approved')]);
    expect(existsSync(join(state, 'tool'))).toBe(false);
  });

  it('installs, tries the tool, and keeps what it did', async () => {
    lab();
    const { code, stdout } = await install('--yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('works  cat')]);
    expect(log()).toMatch(/\$ cp .*tool[\s\S]*ended with 0/);
    const [line = ''] = readFileSync(join(state, installs, 'installs.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      environment: 'tool',
      smoke: [{ text: 'a tool' }],
      accepted: [],
    });
  });

  it('stops at the step that fails, with what it said and the log', async () => {
    lab({
      install: {
        source: 'https://example.org/install',
        systems: ['debian', 'ubuntu'],
        steps: [{ argv: ['cp', '{work}/nothing', '{home}/tool'], about: 'Cannot be' }, ...steps],
      },
    });
    const { code, stderr } = await install('--yes');
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/ended with 1: .*nothing.*\[preflight\.installer\]/),
    ]);
    expect(existsSync(join(state, 'tool'))).toBe(false);
    expect(log()).toContain('ended with 1');
  });

  it('is no success where the tool is another than was expected', async () => {
    lab({ smoke: [{ argv: ['cat', join(state, 'tool')], prints: 'version 2' }] });
    const { code, stderr } = await install('--yes');
    expect([code, stderr]).toEqual([5, expect.stringContaining('does not print "version 2": a tool')]);
    expect(existsSync(join(state, installs, 'installs.jsonl'))).toBe(false);
  });

  it('says which program the steps need', async () => {
    lab({
      install: {
        source: 'https://example.org/install',
        systems: ['debian', 'ubuntu'],
        steps: [{ argv: ['no-such-program', 'x'], about: 'Cannot be' }],
      },
    });
    const { code, stderr } = await install('--yes');
    expect([code, stderr]).toEqual([5, expect.stringContaining('no-such-program is not on this machine')]);
  });

  it('wants conditions of use accepted by name, and writes down that they were', async () => {
    lab({ terms: { name: 'tool-non-commercial', url: 'https://example.org/license' } });
    const refused = await install('--yes');
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/tool-non-commercial.*not accepted \[preflight\.terms\]/),
    ]);
    expect(existsSync(join(state, 'tool'))).toBe(false);
    expect((await install('--yes', '--accept', 'tool-non-commercial')).code).toBe(0);
    const [line = ''] = readFileSync(join(state, installs, 'installs.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ accepted: ['tool-non-commercial'] });
  });
});
